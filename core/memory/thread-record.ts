/**
 * A thread's record in the arena: its words, and the notes it leaves for whoever buries it.
 */
import type { Arena } from './arena.js';
import { type Granule, Hand, Header, MAX_THREADS, NONE, Region, Thread, ThreadState } from './layout.js';

/** Index of a thread record's first word. */
export const recordOf = (slot: number): number => Region.THREADS + slot * Thread.WORDS;

/** This thread's view of its own record. Plain fields are hoisted: they stand in hot paths. */
export class ThreadRecord {
  readonly i32: Int32Array;
  readonly base: number;
  /** slot + 1: what stands in a lock that it holds. */
  readonly id: number;
  #locks = 0;
  #hands = 0;

  constructor(
    readonly arena: Arena,
    readonly slot: number,
    /** A creating thread: it delivers death proofs, so it waits for nobody. */
    public neverWaits: boolean,
  ) {
    this.i32 = arena.i32;
    this.base = recordOf(slot);
    this.id = slot + 1;
  }

  get generation(): number {
    return this.i32[this.base + Thread.GENERATION];
  }

  get inbox(): Granule {
    return this.i32[this.base + Thread.INBOX] as Granule;
  }

  /** Before the lock is tried: a thread that dies holding it is found by this note. */
  noteLock(index: number): void {
    this.i32[this.base + Thread.LOCKS + this.#locks++] = index;
  }

  /** After the lock is free again. Locks nest, so the last noted is the one. */
  forgetLock(_index: number): void {
    this.i32[this.base + Thread.LOCKS + --this.#locks] = 0;
  }

  /** A block is in this thread's hand: linked nowhere. */
  hold(block: Granule): void {
    const { i32 } = this;
    i32[this.base + Thread.HANDS + this.#hands++] = block;
    i32[block * 2 - 1] = this.id;
  }

  /** As {@link hold}, of one that this thread is about to take out of a free list. */
  reachFor(block: Granule): void {
    this.#reach(block | Hand.UNCOUNTED);
    this.i32[block * 2 - 1] = this.id;
  }

  /** As {@link hold}, of one that others may be about to claim as well: it has no owner yet. */
  reachForFresh(block: Granule): void {
    this.#reach(block | Hand.FRESH);
  }

  #reach(hand: number): void {
    const { i32, base } = this;
    // What it is without the block is there before the mark that says so.
    i32[base + Thread.USED_WITHOUT] = i32[base + Thread.USED];
    i32[base + Thread.HANDS + this.#hands++] = hand;
  }

  /** The block reached for is taken, so many granules. */
  taken(block: Granule, granules: number): void {
    const { i32, base } = this;
    Atomics.store(i32, base + Thread.USED, i32[base + Thread.USED_WITHOUT] + granules);
    i32[base + Thread.HANDS + this.#hands - 1] = block;
  }

  /** The block held last is about to be given back. */
  giving(block: Granule, granules: number): void {
    const { i32, base } = this;
    i32[base + Thread.USED_WITHOUT] = i32[base + Thread.USED] - granules;
    i32[base + Thread.HANDS + this.#hands - 1] = block | Hand.UNCOUNTED;
    Atomics.store(i32, base + Thread.USED, i32[base + Thread.USED_WITHOUT]);
  }

  /** The block held last is linked somewhere, or given back. */
  letGo(): void {
    this.i32[this.base + Thread.HANDS + --this.#hands] = NONE;
  }
}

/** Reserves a record for a thread that is about to start; called by the creating thread only. */
export function claimThread(arena: Arena): number {
  const { i32 } = arena;
  for (let slot = 0; slot < MAX_THREADS; slot++) {
    const base = recordOf(slot);
    if (Atomics.load(i32, base + Thread.STATE) !== ThreadState.FREE) continue;
    const generation = i32[base + Thread.GENERATION] + 1;
    const chunks = i32.slice(
      base + Thread.READY_CHUNKS,
      base + Thread.READY_CHUNKS + Thread.READY_CHUNK_COUNT,
    );
    // Up to what the last owner had taken: that is in use, or was given back by others.
    i32.fill(0, base, base + Thread.USED);
    // Ready chunks stay with the record for good: a late producer may still write into them.
    i32.set(chunks, base + Thread.READY_CHUNKS);
    // And so do marks that the last owner had not taken: unseen, they would swallow the next ones.
    i32[base + Thread.READY_ANY] = -1;
    i32[base + Thread.GENERATION] = generation;
    Atomics.store(i32, base + Thread.STATE, ThreadState.STARTING);
    if (slot >= i32[Header.THREADS]) Atomics.store(i32, Header.THREADS, slot + 1);
    return slot;
  }
  return -1;
}
