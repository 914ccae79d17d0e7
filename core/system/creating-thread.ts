/** What the thread that calls `start` has of its own: the arena, its place in it, its host, and the workers it makes. */
import { deadLettersIn, deliver, deliverLetter, flowIn } from '../flow/observe.js';
import { Arena } from '../memory/arena.js';
import { Box, Thread, ThreadState, wordOf } from '../memory/layout.js';
import { claimThread, recordOf, ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import type { SystemOptions } from '../messaging/options.js';
import { type AttachmentPort, AttachmentStore } from '../runtime/attachments.js';
import { Boxes } from '../runtime/boxes.js';
import type { ToSystem } from '../runtime/control.js';
import { Host } from '../runtime/host.js';
import { ReadyBits } from '../runtime/ready-bits.js';
import type { Rehearsal } from '../runtime/rehearsal.js';
import { defaultWorkerUrl, type ThreadEntry, Threads } from '../runtime/thread.js';
import { Telling } from '../runtime/told.js';
import { moduleUrl } from './options.js';

export interface CreatingThread {
  readonly host: Host;
  readonly boxes: Boxes;
  readonly threads: Threads;
}

/** What the creating thread hears of the others. */
export interface Reports {
  onMessage(message: ToSystem, correlation: number, replyTo: Address): void;
  onThreadExit(entry: ThreadEntry, code: number): void;
}

export function openCreatingThread(
  name: string,
  options: SystemOptions,
  reports: Reports,
  rehearsal: Rehearsal | undefined,
): CreatingThread {
  const arena = Arena.create(options.arenaBytes ?? 1 << 30);
  const slot = claimThread(arena);
  const thread = new ThreadRecord(arena, slot, true);
  const boxes = new Boxes(arena, thread);
  const inbox = Threads.equip(arena, thread, boxes, slot);
  Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.ALIVE);
  const store = new AttachmentStore((to) => arena.i32[wordOf(to.box) + Box.GENERATION] !== to.generation);
  const common = {
    name,
    systemInbox: inbox,
    askTimeoutMs: options.askTimeoutMs ?? 5000,
    askCycle: options.askCycle ?? 'report',
  };
  const host: Host = new Host(arena, thread, {
    ...common,
    port: portTo(store, inbox, (number, objects) => host.attachments.arrived(number, objects)),
    rehearsal,
    onSystem: reports.onMessage,
    flowOf: flowIn,
    deadLetters: deadLettersIn,
    onFlow: deliver,
    onDeadLetter: deliverLetter,
  });
  const threads = new Threads(
    arena,
    thread,
    boxes,
    store,
    {
      ...common,
      providers: options.providers === undefined ? undefined : moduleUrl(options.providers),
      preload: (options.preload ?? []).map(moduleUrl),
    },
    {
      workerUrl: options.workerUrl === undefined ? defaultWorkerUrl() : new URL(moduleUrl(options.workerUrl)),
      execArgv: options.execArgv,
      env: options.env,
      resourceLimits: options.resourceLimits,
    },
    reports.onThreadExit,
  );
  threads.entries.set(slot, ownEntry(slot, inbox));
  return { host, boxes, threads };
}

/** The store lies in this thread, so nothing goes over a port; what is moved is moved into the store. */
function portTo(
  store: AttachmentStore,
  inbox: Address,
  arrived: (number: number, objects: readonly unknown[]) => void,
): AttachmentPort {
  return {
    send: (number, objects, moved, to) => {
      const here = moved.length === 0 ? objects : structuredClone(objects, { transfer: moved as never[] });
      store.put(number, { objects: here, moved, to });
    },
    ask: (number) => store.take(number, { by: inbox, deliver: ({ objects }) => arrived(number, objects) }),
    forget: (number) => store.forget(number),
  };
}

/** Inline actors of the program live here as others do in their workers. */
function ownEntry(slot: number, inbox: Address): ThreadEntry {
  return {
    slot,
    inbox,
    worker: undefined,
    readyBits: new ReadyBits(1),
    blueprints: new Telling(),
    recipes: [],
    shared: false,
    dead: false,
    error: undefined,
    exitTimer: undefined,
    exited: new Promise(() => undefined),
  };
}
