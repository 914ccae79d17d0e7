/**
 * One SharedArrayBuffer for everything: queues, mailboxes, tables and locks. A handle is an offset.
 *
 * Blocks have power-of-two sizes. Free ones lie in one list per size: giving back is a lock-free push, taking is
 * done by one thread at a time (so a head cannot leave and return under a popper's eyes: no ABA). The others wait for
 * that, since who took fresh memory instead would use up the arena while blocks lie in its lists. The thread that
 * delivers death proofs does take fresh memory, after 50 µs: the popper may be dead.
 *
 * A block that is in no structure is in its thread's *hand*, and its owner word names that thread: so burying a
 * thread finds what it had taken and not linked. The owner word stays when a block is given away; the next who
 * takes it in hand overwrites it.
 */
import { ArenaFullError } from '../errors.js';
import {
  BlockPrefix,
  CLAIM_SHIFT,
  type Granule,
  Hand,
  Header,
  LINE_WORDS,
  MAGIC,
  MAX_CLASS,
  MIN_CLASS,
  NONE,
  Region,
  Thread,
  VERSION,
  wordOf,
} from './layout.js';
import { monotonicMs } from './monotonic.js';
import { lock, ownerOf, tryLock, unlock } from './robust-lock.js';
import type { ThreadRecord } from './thread-record.js';

const GRANULES_PER_LINE = LINE_WORDS / 2;
/** The first granule that is handed out, less one. */
const FIRST_GRANULE = Math.ceil(Region.BLOCKS / LINE_WORDS) * GRANULES_PER_LINE;
/** Up to 4 KiB: of what is kept for control and replies, half is for such blocks alone. */
const SMALL_CLASS = 12;

/** Smallest class whose block holds so many bytes besides its prefix. */
export function classFor(bytes: number): number {
  return Math.max(MIN_CLASS, 32 - Math.clz32(bytes + 8 - 1));
}

/** Words that a block of the class offers. */
// By shifts: a power is a call.
export const wordsIn = (sizeClass: number): number => (1 << (sizeClass - 2)) - BlockPrefix.WORDS;

const granulesIn = (sizeClass: number): number => 1 << (sizeClass - 3);

export class Arena {
  readonly i32: Int32Array;
  readonly u8: Buffer;
  readonly f64: Float64Array;

  private constructor(readonly buffer: SharedArrayBuffer) {
    // Explicit lengths: views that track a growable buffer's length are thirty times slower.
    // Divided, not shifted: 4 GiB has no 32 bits.
    this.i32 = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    this.u8 = Buffer.from(buffer, 0, buffer.byteLength);
    this.f64 = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  }

  /** A new arena. Memory is the kernel's until touched, so a large one costs nothing. */
  static create(bytes: number): Arena {
    const arena = new Arena(new SharedArrayBuffer(bytes));
    const { i32 } = arena;
    i32[Header.VERSION] = VERSION;
    i32[Header.SIZE] = Math.floor(bytes / 8);
    i32[Header.BUMP] = FIRST_GRANULE;
    i32[Header.RESERVE] = Math.min(Math.floor(bytes / 8 / 16), (16 << 20) / 8);
    i32[Header.DICTIONARY_NEXT] = Region.DICTIONARY_HEAP;
    arena.f64[Header.EPOCH / 2] = performance.timeOrigin + performance.now();
    arena.f64[Header.STARTED / 2] = monotonicMs();
    Atomics.store(i32, Header.MAGIC, MAGIC);
    return arena;
  }

  /** The arena in a buffer that came from another thread. */
  static over(buffer: SharedArrayBuffer): Arena {
    const arena = new Arena(buffer);
    if (arena.i32[Header.MAGIC] !== MAGIC || arena.i32[Header.VERSION] !== VERSION) {
      throw new TypeError('This SharedArrayBuffer is no arena of this version of Troupe.');
    }
    return arena;
  }

  /** Bytes handed out and not given back. */
  get bytesInUse(): number {
    return this.#inUse() * 8;
  }

  /** Granules. Each thread counts in a word of its own, which is right also when it dies: see {@link Thread.USED}. */
  #inUse(): number {
    const { i32 } = this;
    const end = Region.THREADS + Atomics.load(i32, Header.THREADS) * Thread.WORDS;
    let granules = 0;
    for (let base = Region.THREADS; base < end; base += Thread.WORDS) {
      granules += Atomics.load(i32, base + Thread.USED);
    }
    return granules;
  }

  get capacity(): number {
    return this.i32[Header.SIZE] * 8;
  }

  /**
   * A block of at least so many bytes, in the thread's hand: link it, then {@link ThreadRecord.letGo}.
   * Its content is undefined.
   * @param reserved take from the share kept for control and replies when the rest is used up
   * @returns {@link NONE} when the arena is full
   */
  take(thread: ThreadRecord, bytes: number, reserved = false): Granule {
    const sizeClass = classFor(bytes);
    if (sizeClass > MAX_CLASS) return NONE;
    const kept = this.#keptFrom(sizeClass, reserved);
    if (!this.#leaves(kept, sizeClass)) return NONE;
    let granule = this.#pop(thread, sizeClass) || this.#fresh(thread, sizeClass, kept);
    // Once all was handed out, what is free may lie in the lists of larger blocks.
    for (let larger = sizeClass + 1; granule === NONE && larger <= MAX_CLASS; larger++) {
      if (this.#leaves(kept, larger)) granule = this.#pop(thread, larger);
    }
    if (granule !== NONE) thread.taken(granule, this.#granulesOf(granule));
    return granule;
  }

  /** As {@link take}, of `most` bytes, or where these are not to be had of `least`. */
  takeUpTo(thread: ThreadRecord, most: number, least: number, reserved = false): Granule {
    return this.take(thread, Math.max(most, least), reserved) || this.take(thread, least, reserved);
  }

  /** How many granules have to be left: large answers may not use up what small ones, and orders, stand in need of. */
  #keptFrom(sizeClass: number, reserved: boolean): number {
    const reserve = this.i32[Header.RESERVE];
    if (!reserved) return reserve;
    return sizeClass > SMALL_CLASS ? reserve >> 1 : 0;
  }

  /** Whether so much is left beside a block of that size, wherever it lies. */
  #leaves(kept: number, sizeClass: number): boolean {
    const { i32 } = this;
    if (Atomics.load(i32, Header.SQUEEZED) === 0) return true;
    const inUse = this.#inUse() + granulesIn(sizeClass);
    return inUse <= i32[Header.SIZE] - FIRST_GRANULE - kept;
  }

  /** As {@link take}, or an {@link ArenaFullError}. */
  demand(thread: ThreadRecord, bytes: number): Granule {
    const block = this.take(thread, bytes);
    if (block === NONE) throw new ArenaFullError(bytes, this.bytesInUse, this.capacity);
    return block;
  }

  /** Gives back the block that the thread took in hand last. */
  give(thread: ThreadRecord, block: Granule): void {
    thread.giving(block, this.#granulesOf(block));
    this.#push(block);
    thread.letGo();
  }

  /** Gives back a block that is linked nowhere any more, and in nobody's hand. */
  free(thread: ThreadRecord, block: Granule): void {
    thread.hold(block);
    this.give(thread, block);
  }

  /** Words that the block offers. */
  wordsOf(block: Granule): number {
    return wordsIn(this.i32[wordOf(block) + BlockPrefix.CLASS]);
  }

  #granulesOf(block: Granule): number {
    return granulesIn(this.i32[wordOf(block) + BlockPrefix.CLASS]);
  }

  #push(block: Granule): void {
    const { i32 } = this;
    const head = Header.FREE_HEADS + i32[wordOf(block) + BlockPrefix.CLASS];
    for (;;) {
      const first = Atomics.load(i32, head);
      Atomics.store(i32, wordOf(block), first);
      if (Atomics.compareExchange(i32, head, first, block) === first) return;
    }
  }

  #pop(thread: ThreadRecord, sizeClass: number): Granule {
    const { i32 } = this;
    const head = Header.FREE_HEADS + sizeClass;
    if (Atomics.load(i32, head) === NONE) return NONE;
    if (!lock(thread, Header.POP_LOCKS + sizeClass)) return NONE;
    let block = NONE;
    for (;;) {
      block = Atomics.load(i32, head) as Granule;
      if (block === NONE) break;
      // In hand before it leaves the list: the owner word and the list together tell which happened.
      thread.reachFor(block);
      if (Atomics.compareExchange(i32, head, block, Atomics.load(i32, wordOf(block))) === block) break;
      thread.letGo();
    }
    unlock(thread, Header.POP_LOCKS + sizeClass);
    return block;
  }

  /** Whoever writes the owner word of the block at BUMP first has it; and anyone may move BUMP on for that one. */
  #fresh(thread: ThreadRecord, sizeClass: number, kept: number): Granule {
    const { i32 } = this;
    const granules = granulesIn(sizeClass);
    const end = i32[Header.SIZE] - kept;
    for (;;) {
      const start = Atomics.load(i32, Header.BUMP);
      if (start + granules > end) return NONE;
      // Before there is a block of it: what comes back lies in a list, where all could take it.
      if (start + granules > i32[Header.SIZE] - i32[Header.RESERVE]) Atomics.store(i32, Header.SQUEEZED, 1);
      const block = (start + 1) as Granule;
      const owner = wordOf(block) + BlockPrefix.OWNER;
      // In hand before it is claimed: a death behind that is found.
      thread.reachForFresh(block);
      const claim = thread.id | (sizeClass << CLAIM_SHIFT);
      const claimed = Atomics.compareExchange(i32, owner, 0, claim);
      if (claimed === 0) {
        i32[wordOf(block) + BlockPrefix.CLASS] = sizeClass;
        this.#moveOn(start, claim);
        // Only now: until here its claimant may be dead, and others have to know how far to go.
        Atomics.store(i32, owner, thread.id);
        return block;
      }
      thread.letGo();
      this.#moveOn(start, claimed);
    }
  }

  /** @param claim as it stands in the owner word; without a class when that one has moved on itself */
  #moveOn(start: number, claim: number): void {
    const sizeClass = claim >>> CLAIM_SHIFT;
    if (sizeClass !== 0) Atomics.compareExchange(this.i32, Header.BUMP, start, start + granulesIn(sizeClass));
  }

  /** Whether a block lies in its free list; for burying, with the popper's lock free or the dead one's. */
  #isFree(block: Granule): boolean {
    const { i32 } = this;
    const limit = i32[Header.SIZE] / GRANULES_PER_LINE;
    let at = Atomics.load(i32, Header.FREE_HEADS + i32[wordOf(block) + BlockPrefix.CLASS]);
    for (let steps = 0; at !== NONE && steps < limit; steps++) {
      if (at === block) return true;
      at = Atomics.load(i32, at * 2);
    }
    return false;
  }

  /** Whether a block in a dead thread's hand is still its own. */
  #isOwnedBy(block: Granule, slot: number): boolean {
    return Atomics.load(this.i32, wordOf(block) + BlockPrefix.OWNER) === slot + 1;
  }

  /**
   * Frees the blocks that a dead thread had in hand.
   * @param isLinked whether the block has become part of a structure (its queue's locks are settled by now)
   * @returns false when a popper is at work on the list: try again later
   */
  settleHands(thread: ThreadRecord, deadSlot: number, isLinked: (block: Granule) => boolean): boolean {
    const { i32 } = this;
    const base = Region.THREADS + deadSlot * Thread.WORDS;
    for (let i = 0; i < Thread.HAND_COUNT; i++) {
      const hand = i32[base + Thread.HANDS + i];
      if (hand === NONE) continue;
      const block = (hand & Hand.BLOCK) as Granule;
      const isCounted = hand === block;
      // Taken or given back, and the count not brought in line: it is free in the end, and no part of the count.
      if (!isCounted) Atomics.store(i32, base + Thread.USED, i32[base + Thread.USED_WITHOUT]);
      if ((hand & Hand.FRESH) !== 0) this.#settleClaim(block, deadSlot);
      if (this.#isOwnedBy(block, deadSlot) && !(isCounted && isLinked(block))) {
        const popLock = Header.POP_LOCKS + i32[wordOf(block) + BlockPrefix.CLASS];
        const mine = ownerOf(i32, popLock) !== deadSlot + 1;
        // While we hold the popper's lock nothing leaves the list, so the walk is sound.
        if (mine && !tryLock(thread, popLock)) return false;
        const free = this.#isFree(block);
        if (mine) unlock(thread, popLock);
        // Whoever takes a block writes its owner before unlinking it: seen unlinked and still the dead one's,
        // it is nobody's.
        if (!free && this.#isOwnedBy(block, deadSlot)) {
          if (isCounted) this.free(thread, block);
          else this.#push(block);
        }
      }
      i32[base + Thread.HANDS + i] = NONE;
    }
    return true;
  }

  /** What a dead thread was about to claim is its own as a whole, or it has no part in it. */
  #settleClaim(block: Granule, deadSlot: number): void {
    const { i32 } = this;
    const owner = wordOf(block) + BlockPrefix.OWNER;
    const claim = Atomics.load(i32, owner);
    const sizeClass = claim >>> CLAIM_SHIFT;
    if (sizeClass === 0 || claim % (1 << CLAIM_SHIFT) !== deadSlot + 1) return;
    i32[wordOf(block) + BlockPrefix.CLASS] = sizeClass;
    this.#moveOn(block - 1, claim);
    Atomics.store(i32, owner, deadSlot + 1);
  }
}
