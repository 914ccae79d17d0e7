/** The spawned half of a thread: a host over the arena that its creator handed over. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { deadLettersIn, deliver, deliverLetter, flowIn } from '../flow/observe.js';
import { Arena } from '../memory/arena.js';
import { Thread } from '../memory/layout.js';
import { ThreadRecord } from '../memory/thread-record.js';
import type { PortMessage } from './attachments.js';
import { Host } from './host.js';
import { DISPOSER_FAILED } from './injector.js';
import { importEntrance, importModule } from './loader.js';
import { practise } from './practice.js';
import { BOOT_KEY, type WorkerBoot } from './thread.js';

const boot = isMainThread
  ? undefined
  : ((workerData as Record<string, unknown> | null)?.[BOOT_KEY] as WorkerBoot);

/** Whether this thread was made to run actors. */
export const isActorThread: boolean = boot !== undefined;

let booted = false;

/** Runs once per thread, whoever calls it first: the entry, or a bundle that contains it. */
export function bootWorker(): void {
  if (boot === undefined || parentPort === null || booted) return;
  booted = true;
  const port = parentPort;
  const arena = Arena.over(boot.buffer);
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
    onExit: () => void exit(host),
  });
  // The port holds the thread's event loop: a pending wait does not.
  port.on('message', (message: PortMessage) => {
    if (message.t === 'attachment') host.attachments.arrived(message.number, message.objects);
  });
  void prepare(boot, host).then(() => {
    host.start();
    if (boot.spare) void importEntrance().then(() => practise(() => host.cells.size > 0));
  });
}

const LAST_LOOKS = 20;
const LAST_LOOK_MS = 5;

/** A disposer that does not end is cut short by who has said that the thread is to end. */
async function exit(host: Host): Promise<void> {
  try {
    await host.injector.dispose();
  } catch (error) {
    host.line.complain(DISPOSER_FAILED, { error });
  }
  host.post.flush();
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
