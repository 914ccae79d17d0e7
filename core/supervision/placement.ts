/** Which thread an actor lives on: one of its own, a shared one, the spawner's; and the spare ones kept warm. */
import { ThreadDiedError } from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import { homeOf, reserveReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ThreadEntry, ThreadOptions } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import type { Ground } from './ground.js';
import type { Tree } from './tree.js';

/** How long a thread has to end by itself before it is terminated. */
const EXIT_MS = 2000;
/** Until a spare thread that was taken is replaced. */
const REFILL_MS = 50;

export class Placement {
  readonly #shared: ThreadEntry[] = [];
  readonly #warm: ThreadEntry[] = [];
  #refill: NodeJS.Timeout | undefined;
  #nextSeat = 0;

  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
  ) {
    this.warmUp();
  }

  /**
   * Finds the actor a thread, and tells producers where it lives.
   * @throws {ArenaFullError} there is no room to note that it has mail
   */
  place(node: ActorNode): void {
    const { arena } = this.ground;
    const entry = this.#threadFor(node);
    const index = this.#readyBit(entry);
    node.thread = entry;
    node.index = index;
    Atomics.store(arena.i32, wordOf(node.identity.box) + Box.HOME, homeOf(entry.slot, index));
  }

  /** Its room is made here, and not by the thread itself, which could only die for want of it. */
  #readyBit({ slot, readyBits }: ThreadEntry): number {
    const { arena, thread } = this.ground;
    const bit = readyBits.take();
    try {
      reserveReady(arena, thread, bit, recordOf(slot));
    } catch (error) {
      readyBits.give(bit);
      throw error;
    }
    return bit;
  }

  #threadFor(node: ActorNode): ThreadEntry {
    const { spec, path } = node;
    const { threads } = this.ground;
    if (spec.placement === 'inline') {
      const entry = threads.entries.get(spec.slot);
      if (entry === undefined || entry.dead) throw new ThreadDiedError(path, undefined);
      return entry;
    }
    if (spec.placement === 'shared') return this.#sharedThread(this.#seatOf(node));
    const warm = spec.thread === undefined ? this.#warm.shift() : undefined;
    const entry = warm ?? threads.create(spec.thread as ThreadOptions | undefined);
    // A little later: another thread's start would hold this one up.
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined;
      this.warmUp();
    }, REFILL_MS).unref();
    return entry;
  }

  /** For good: those of one seat stay together, also on the thread that comes after theirs. */
  #seatOf(node: ActorNode): number {
    if (node.seat >= 0) return node.seat;
    const { near } = node;
    // Of one that has ended, nobody knows any more where it was.
    const seat = (near && this.tree.at(near)?.seat) ?? -1;
    node.seat = seat >= 0 ? seat : this.#nextSeat++ % this.ground.options.sharedThreads;
    return node.seat;
  }

  #sharedThread(at: number): ThreadEntry {
    const { threads } = this.ground;
    let entry = this.#shared[at];
    if (entry === undefined || entry.dead) {
      entry = threads.create({}, true);
      this.#shared[at] = entry;
    }
    return entry;
  }

  /** Starts as many spare threads as are missing. */
  warmUp(): void {
    const { closing, options, threads } = this.ground;
    try {
      while (!closing && this.#warm.length < options.warmThreads)
        this.#warm.push(threads.create({}, false, true));
    } catch (error) {
      this.ground.complain('system', 'a spare thread could not be started', error);
    }
  }

  /** A thread has died: it is offered to nobody any more. */
  drop(entry: ThreadEntry): void {
    const at = this.#shared.indexOf(entry);
    if (at >= 0) delete this.#shared[at];
    const warm = this.#warm.indexOf(entry);
    if (warm < 0) return;
    // Not replaced before somebody needs one: what broke this one may break the next as well.
    this.#warm.splice(warm, 1);
    if (!this.ground.closing) this.ground.complain('system', 'a spare thread has died', entry.error);
  }

  /** An actor has ended: its place is free, and a thread of its own ends as well. */
  leave(node: ActorNode): void {
    const { thread } = node;
    if (thread === undefined || thread.dead) return;
    thread.readyBits.give(node.index);
    if (node.spec.placement === 'thread') this.#end(thread);
  }

  #end(entry: ThreadEntry): void {
    this.ground.say(entry, { op: 'exit' });
    entry.exitTimer = setTimeout(() => void entry.worker?.terminate(), EXIT_MS);
  }

  /** Ends all threads: the tree has ended. */
  async endAll(): Promise<void> {
    const { threads, host } = this.ground;
    const exits: Promise<void>[] = [];
    for (const entry of threads.entries.values()) {
      if (entry.worker === undefined || entry.dead) continue;
      exits.push(entry.exited);
      if (entry.exitTimer === undefined) this.#end(entry);
    }
    host.post.flush();
    await Promise.all(exits);
  }
}
