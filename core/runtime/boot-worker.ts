/** The spawned half of a thread: a host over the arena that its creator handed over. */
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { deadLettersIn, deliver, deliverLetter, flowIn } from '../flow/observe.js';
import { Arena } from '../memory/arena.js';
import { Header, Thread } from '../memory/layout.js';
import { ThreadRecord } from '../memory/thread-record.js';
import type { PortMessage } from './attachments.js';
import { Host } from './host.js';
import { DISPOSER_FAILED } from './injector.js';
import { importEntrance, importModule, ownCode } from './loader.js';
import { practise } from './practice.js';
import { BOOT_KEY, type WorkerBoot } from './thread.js';

const boot = isMainThread
  ? undefined
  : ((workerData as Record<string, unknown> | null)?.[BOOT_KEY] as WorkerBoot);

/** Whether this thread was made to run actors. */
export const isActorThread: boolean = boot !== undefined;

/** After so many milliseconds an actor's thread has called most of what such threads call. */
const SETTLED_MS = 1000;

let booted = false;

/** Runs once per thread, whoever calls it first: the entry, or a bundle that contains it. */
export function bootWorker(): void {
  if (boot === undefined || parentPort === null || booted) return;
  booted = true;
  const port = parentPort;
  const arena = Arena.over(boot.buffer);
  const handBack = boot.handsBack ? handingBack(port) : undefined;
  const thread = new ThreadRecord(arena, boot.slot, false);
  const host = new Host(arena, thread, {
    name: boot.name,
    systemInbox: boot.systemInbox,
    askTimeoutMs: boot.askTimeoutMs,
    askCycle: boot.askCycle,
    port: {
      send(number, objects, moved, to) {
        port.postMessage({ t: 'attach', number, objects, moved, to } satisfies PortMessage, moved);
      },
      ask(number) {
        host.tellSystem({ op: 'wants-attachment', number, slot: boot.slot });
      },
      forget(number) {
        host.tellSystem({ op: 'attachment-done', number });
      },
    },
    flowOf: flowIn,
    deadLetters: deadLettersIn,
    onFlow: deliver,
    onDeadLetter: deliverLetter,
    onExit: () => void exit(host, handBack),
  });
  // The port holds the thread's event loop: a pending wait does not.
  port.on('message', (message: PortMessage) => {
    if (message.t === 'attachment') host.attachments.arrived(message.number, message.objects);
  });
  const isWanted = () => host.cells.size > 0;
  void prepare(boot, host).then(async () => {
    host.start();
    if (boot.spare) await learn(isWanted);
    if (handBack === undefined) return;
    if (boot.spare && !isWanted()) handBack();
    else setTimeout(handBack, SETTLED_MS).unref();
  });
}

/** Sends what the thread has compiled so far, for those that are made next; once. Without room for it they do without. */
function handingBack(port: MessagePort): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    try {
      const code = ownCode();
      if (code !== undefined) port.postMessage({ t: 'code', code } satisfies PortMessage);
    } catch {}
  };
}

const LAST_LOOKS = 20;
const LAST_LOOK_MS = 5;

/** A spare thread has time for what others come to when an actor starts. */
async function learn(isWanted: () => boolean): Promise<void> {
  try {
    await importEntrance();
    await practise(isWanted);
  } catch {
    // What goes wrong here goes wrong again where it matters.
  }
}

/** A disposer that does not end is cut short by who has said that the thread is to end. */
async function exit(host: Host, handBack: (() => void) | undefined): Promise<void> {
  try {
    await host.injector.dispose();
  } catch (error) {
    host.line.complain(DISPOSER_FAILED, { error });
  }
  host.post.flush();
  // Those that are made next may be waiting for it; but none are when the system ends.
  if (host.arena.i32[Header.CLOSING] === 0) handBack?.();
  // What has to be heard of, and waits for memory: a moment longer.
  for (let looks = 0; host.post.isInsisting && looks < LAST_LOOKS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, LAST_LOOK_MS));
  }
  // Whatever timers and handles the user's code has left: this ends the thread alone.
  setImmediate(() => {
    const { arena, thread, pending } = host;
    if (pending.size === 0 && !host.post.isInsisting)
      Atomics.store(arena.i32, thread.base + Thread.AT_REST, 1);
    process.exit(0);
  });
}

async function prepare(boot: WorkerBoot, host: Host): Promise<void> {
  for (const module of boot.preload) await importModule(module);
  if (boot.providers !== undefined) await host.injector.register(boot.providers);
}
