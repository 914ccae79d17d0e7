/** Threads that come to no end: for how long they have been in one piece of code, whoever's it is. */
import { Box, Thread, wordOf } from '../memory/layout.js';
import { AWAKE } from '../memory/parking.js';
import { recordOf } from '../memory/thread-record.js';
import type { Host } from '../runtime/host.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';

/** What is known of threads from one look to the next: shared memory says how far they are, and not since when. */
export class BusyThreads {
  readonly #seen = new WeakMap<ThreadEntry, { readonly progress: number; readonly at: number }>();

  constructor(readonly host: Host) {}

  /**
   * For how many ms a thread has come to no end of anything, as far as looks have seen: no turn begun, no message done.
   * @param progress of {@link progressOf}
   * @param now of whatever clock
   */
  busyMs(entry: ThreadEntry, progress: number, now: number): number {
    const { i32 } = this.host.arena;
    // Here nobody is at work while this is.
    if (entry.worker === undefined || entry.dead) return 0;
    const record = recordOf(entry.slot);
    const isAwake = Atomics.load(i32, record + Thread.PARK) === AWAKE;
    let seen = this.#seen.get(entry);
    if (!isAwake || seen?.progress !== progress) {
      seen = { progress, at: now };
      this.#seen.set(entry, seen);
    }
    return now - seen.at;
  }
}

/** Of each thread a number that changes with its turns, and with each message that is done in one. */
export function progressOf({ i32 }: Host['arena'], nodes: Iterable<ActorNode>): Map<ThreadEntry, number> {
  const progress = new Map<ThreadEntry, number>();
  for (const { thread, identity } of nodes) {
    if (thread === undefined) continue;
    const base = wordOf(identity.box);
    const turns = progress.get(thread) ?? i32[recordOf(thread.slot) + Thread.PROGRESS];
    const taken = i32[base + Box.DONE] + i32[base + Box.URGENT_DONE];
    progress.set(thread, (turns + taken + i32[base + Box.PROCESSED] + i32[base + Box.FAILED]) | 0);
  }
  return progress;
}
