/**
 * The producing end of a chain: takes the box's lock, copies whole records behind the last one, stores COMMITTED.
 *
 * What is being published is noted in the thread's record first (NOTE), so that `settlePublication` can finish or
 * drop it when this thread dies between two stores (see dead-producer.ts).
 */
import type { Arena } from '../memory/arena.js';
import { copyWords } from '../memory/copy.js';
import {
  Box,
  BoxFlag,
  Chain,
  type Granule,
  Lane,
  LaneConsumer,
  NONE,
  NoteFlag,
  Thread,
  wordOf,
} from '../memory/layout.js';
import { lock, unlock } from '../memory/robust-lock.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { consumerWords, producerWords } from './block-chain.js';
import { isExempt, KIND_MASK, Rec, SENTINEL_KIND } from './record.js';

/** What became of a publication. */
export type PutResult = 'all' | 'full' | 'closed' | 'gone' | 'busy' | 'no-memory';

/** Of the first block of a box; each new one is {@link GROWTH} times as large as the one before, up to {@link BLOCK_BYTES}. */
const FIRST_BLOCK_BYTES = 448;
const BLOCK_BYTES = (1 << 16) - 8;
const GROWTH = 8;

/** One for each thread. How far it came is in {@link stoppedAt}, {@link publishedItems} and {@link room}. */
export class Producer {
  /** Index into the source behind the last record published. */
  stoppedAt = 0;
  publishedItems = 0;
  /** Items that the box has room for after this publication, as seen then. */
  room = 0;
  /** What is published next is the record that {@link Thread.ATTACHING} stands for. */
  isAttached = false;
  #movesFrom = 0;
  #known = 0;
  /** As left by `#publishLocked`: whether the new block is in the chain, the box has no limits, and how many words its tail block has. */
  #usedFresh = false;
  #unlimited = false;
  #capacity = 0;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
  ) {}

  /**
   * Publishes whole records from `source[from..to)`, in order, as many as there is room for.
   * @param moves a word that moves along in the same transaction, or 0: the CONSUMED of the block that they come from,
   * or what says that a message is done with
   * @param movesFrom what that word is counted from in `source`: it becomes the end of the last record less this
   * @param known how many records these are, if that is known and none of them is the end mark; else 0
   */
  publish(
    box: Granule,
    generation: number,
    lane: number,
    source: Int32Array,
    from: number,
    to: number,
    moves = 0,
    movesFrom = 0,
    known = 0,
  ): PutResult {
    const { arena, thread } = this;
    const base = wordOf(box);
    this.#movesFrom = movesFrom;
    this.#known = known;
    this.stoppedAt = from;
    this.publishedItems = 0;
    let fresh: Granule = NONE;
    let result: PutResult = 'all';
    for (;;) {
      if (!lock(thread, base + Box.LOCK)) {
        result = 'busy';
        break;
      }
      result = this.#publishLocked(box, generation, lane, source, to, moves, fresh);
      const needsBlock = result === 'no-memory' && fresh === NONE;
      const used = this.#usedFresh;
      unlock(thread, base + Box.LOCK);
      if (used) fresh = NONE;
      if (!needsBlock && !(used && result === 'no-memory')) break;
      // Blocks are taken before the lock, never under it.
      // Control and replies, which alone go to boxes without limits, have a share of the arena of their own.
      fresh = this.#takeBlock(source[this.stoppedAt + Rec.LENGTH], this.#unlimited);
      if (fresh === NONE) break;
    }
    if (fresh !== NONE) arena.give(thread, fresh);
    return result;
  }

  /** @param fresh a block taken before the lock, to be linked if the chain needs one; or NONE */
  #publishLocked(
    box: Granule,
    generation: number,
    lane: number,
    source: Int32Array,
    to: number,
    moves: number,
    fresh: Granule,
  ): PutResult {
    const { i32 } = this.arena;
    const base = wordOf(box);
    const p = producerWords(box, lane);
    this.#usedFresh = false;
    if (i32[base + Box.GENERATION] !== generation) return 'gone';
    const flags = i32[base + Box.FLAGS];
    if ((flags & BoxFlag.CLOSED) !== 0) return 'closed';
    this.#unlimited = (flags & BoxFlag.UNLIMITED) !== 0;
    const limited = !this.#unlimited;
    const taken = consumerWords(box, lane) + LaneConsumer.TAKEN;
    for (;;) {
      const tail = i32[p + Lane.TAIL_BLOCK] as Granule;
      const tailWord = wordOf(tail);
      const committed = tail === NONE ? 0 : i32[tailWord + Chain.COMMITTED];
      const space = tail === NONE ? 0 : i32[tailWord + Chain.CAPACITY] - committed;
      let items = limited ? this.#itemsOfRoom(base, p, taken) : 0x7fffffff;
      let words = limited ? this.#wordsOfRoom(base, p, taken + 1) : 0x7fffffff;
      this.room = items;
      const from = this.stoppedAt;
      let at = from;
      let count = 0;
      let closes = false;
      // All of them fit: they need not be looked at one by one.
      if (this.#known > 0 && to - from <= space && to - from <= words && this.#known <= items) {
        count = this.#known;
        at = to;
      }
      while (at < to) {
        const length = source[at + Rec.LENGTH];
        if (at + length - from > space) break;
        if ((items <= 0 || words < length) && !isExempt(source[at + Rec.KIND])) break;
        items--;
        words -= length;
        at += length;
        count++;
        if ((source[at - length + Rec.KIND] & KIND_MASK) === SENTINEL_KIND) {
          closes = true;
          break;
        }
      }
      if (count > 0) {
        this.#commit(box, lane, p, tail, committed, source, from, at, count, moves, closes);
        if (at >= to) return 'all';
        // Fewer are left than was said.
        this.#known = 0;
        // Closed under the same lock: everything accepted lies before the sentinel.
        if (closes) return 'closed';
        continue;
      }
      if (at >= to) return 'all';
      const length = source[at + Rec.LENGTH];
      if ((items <= 0 || words < length) && !isExempt(source[at + Rec.KIND])) {
        // Ask for a wake-up, then look again: the consumer publishes its head first and looks at this word after.
        if (Atomics.load(i32, base + Box.WANT_SPACE) === 0) {
          Atomics.store(i32, base + Box.WANT_SPACE, 1);
          continue;
        }
        return 'full';
      }
      // The consumer puts it there without the lock.
      const spare = Atomics.load(i32, p + Lane.SPARE) as Granule;
      if (spare !== NONE && this.arena.wordsOf(spare) - Chain.DATA >= length) {
        // Its owner word first, then out of its place: see the arena's settling of hands.
        i32[this.thread.base + Thread.NOTE_BOX] = box;
        this.thread.hold(spare);
        Atomics.store(i32, p + Lane.SPARE, NONE);
        this.#link(box, lane, p, tail, spare);
      } else if (fresh !== NONE && this.arena.wordsOf(fresh) - Chain.DATA >= length) {
        this.#link(box, lane, p, tail, fresh);
        this.#usedFresh = true;
        fresh = NONE;
      } else {
        this.#capacity = tail === NONE ? 0 : i32[tailWord + Chain.CAPACITY];
        return 'no-memory';
      }
    }
  }

  #itemsOfRoom(base: number, p: number, taken: number): number {
    const { i32 } = this.arena;
    return i32[base + Box.MAX_ITEMS] - ((i32[p + Lane.PUT] - Atomics.load(i32, taken)) | 0);
  }

  #wordsOfRoom(base: number, p: number, takenWords: number): number {
    const { i32 } = this.arena;
    return i32[base + Box.MAX_WORDS] - ((i32[p + Lane.PUT_WORDS] - Atomics.load(i32, takenWords)) | 0);
  }

  #commit(
    box: Granule,
    lane: number,
    p: number,
    tail: Granule,
    committed: number,
    source: Int32Array,
    from: number,
    to: number,
    count: number,
    moves: number,
    closes: boolean,
  ): void {
    const { i32 } = this.arena;
    const target = wordOf(tail) + committed;
    copyWords(i32, target, source, from, to);
    // The note says all that follows, before any of it is done: whoever buries this thread finishes from there.
    const note = this.thread.base;
    const put = (i32[p + Lane.PUT] + count) | 0;
    const putWords = (i32[p + Lane.PUT_WORDS] + to - from) | 0;
    i32[note + Thread.NOTE_BOX] = box;
    i32[note + Thread.NOTE_LANE] = lane;
    i32[note + Thread.NOTE_BLOCK] = tail;
    i32[note + Thread.NOTE_COMMITTED] = committed + to - from;
    i32[note + Thread.NOTE_PUT] = put;
    i32[note + Thread.NOTE_PUT_WORDS] = putWords;
    i32[note + Thread.NOTE_MOVES] = moves;
    const movesTo = to - this.#movesFrom;
    i32[note + Thread.NOTE_MOVES_TO] = movesTo;
    i32[note + Thread.NOTE_FLAGS] = (closes ? BoxFlag.CLOSED : 0) | (this.isAttached ? NoteFlag.ATTACHED : 0);
    i32[note + Thread.NOTE] = 1;
    // From here on the records exist.
    Atomics.store(i32, wordOf(tail) + Chain.COMMITTED, committed + to - from);
    i32[p + Lane.PUT] = put;
    i32[p + Lane.PUT_WORDS] = putWords;
    if (closes) i32[wordOf(box) + Box.FLAGS] |= BoxFlag.CLOSED;
    if (moves !== 0) i32[moves] = movesTo;
    if (this.isAttached) i32[note + Thread.ATTACHING] = 0;
    i32[note + Thread.NOTE] = 0;
    const depth = (put - i32[consumerWords(box, lane) + LaneConsumer.TAKEN]) | 0;
    if (depth > i32[wordOf(box) + Box.HIGH_WATER]) i32[wordOf(box) + Box.HIGH_WATER] = depth;
    this.stoppedAt = to;
    this.publishedItems += count;
    this.room -= count;
  }

  /** Links a block that is in hand behind the tail. The consumer leaves no block that is the tail still. */
  #link(box: Granule, lane: number, p: number, tail: Granule, block: Granule): void {
    const { i32 } = this.arena;
    const word = wordOf(block);
    i32[this.thread.base + Thread.NOTE_BOX] = box;
    i32[word + Chain.NEXT] = NONE;
    i32[word + Chain.CAPACITY] = this.arena.wordsOf(block);
    i32[word + Chain.BASE] = i32[p + Lane.PUT];
    i32[word + Chain.BASE_WORDS] = i32[p + Lane.PUT_WORDS];
    i32[word + Chain.CONSUMED] = Chain.DATA;
    Atomics.store(i32, word + Chain.COMMITTED, Chain.DATA);
    if (tail === NONE) Atomics.store(i32, consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK, block);
    else Atomics.store(i32, wordOf(tail) + Chain.NEXT, block);
    Atomics.store(i32, p + Lane.TAIL_BLOCK, block);
    this.thread.letGo();
  }

  #takeBlock(length: number, reserved: boolean): Granule {
    let bytes = FIRST_BLOCK_BYTES;
    if (this.#capacity > 0) {
      bytes = Math.max(FIRST_BLOCK_BYTES, Math.min(BLOCK_BYTES, (this.#capacity * 4 + 8) * GROWTH - 8));
    }
    // A huge item gets a block of its own size.
    return this.arena.takeUpTo(this.thread, bytes, (length + Chain.DATA) * 4, reserved);
  }
}
