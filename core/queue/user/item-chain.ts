/**
 * The items of a SharedQueue: a chain of blocks, whose tail publishes. Producers and consumers have a lock each and
 * meet only in the block's COMMITTED.
 *
 * PUT and TAKEN follow from where the chain's ends stand, so that a death in between leaves nothing to be undone:
 * {@link ItemChain.mendPutting} and {@link ItemChain.mendTaking} count again.
 */
import type { Arena } from '../../memory/arena.js';
import { copyWords } from '../../memory/copy.js';
import { type Granule, LINE_WORDS, NONE, wordOf } from '../../memory/layout.js';
import type { ThreadRecord } from '../../memory/thread-record.js';
import { ChainBlock, Chained } from './layout.js';

const FIRST_BLOCK_BYTES = 1 << 9;
const BLOCK_BYTES = 1 << 16;
const GROWTH = 8;
/** A power of two: eight lines. */
const AHEAD_WORDS = 128;
/** What the consuming end needs of the queue whose lock it works under. */
export interface UndoLog {
  /** Changes a word so that it can be undone. */
  change(index: number, value: number): void;
  /** What was changed so far holds. */
  confirm(): void;
}

export class ItemChain {
  /** Bytes of the block that the last {@link append} would have needed. */
  blockBytes = 0;
  readonly #i32: Int32Array;
  readonly #base: number;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    base: number,
  ) {
    this.#i32 = arena.i32;
    this.#base = base;
  }

  /** Items in it, as it looks from outside: a consumer may have been quicker than the producer's count. */
  get count(): number {
    const { PUT, TAKEN } = Chained;
    return Math.max(0, (Atomics.load(this.#i32, this.#base + PUT) - this.#taken(TAKEN)) | 0);
  }

  /** Words of payload in it. */
  get size(): number {
    const { PUT_SIZE, TAKEN_SIZE } = Chained;
    return Math.max(0, (Atomics.load(this.#i32, this.#base + PUT_SIZE) - this.#taken(TAKEN_SIZE)) | 0);
  }

  #taken(word: number): number {
    return Atomics.load(this.#i32, this.#base + word);
  }

  // The producing end, under PUT_LOCK.

  /**
   * Adds an item, if it fits into the last block.
   * @returns false when another block is needed: see {@link blockBytes}
   */
  append(words: Int32Array, size: number): boolean {
    const i32 = this.#i32;
    const base = this.#base;
    const tail = i32[base + Chained.TAIL] as Granule;
    if (!this.#fits(tail, size)) {
      this.blockBytes = this.#bytesBehind(tail, size + 1);
      return false;
    }
    const word = wordOf(tail);
    const committed = i32[word + ChainBlock.COMMITTED];
    const behind = committed + size + 1;
    i32[word + committed] = size + 1;
    copyWords(i32, word + committed + 1, words, 0, size);
    if ((behind ^ committed) >= AHEAD_WORDS) this.#claimAhead(word, behind);
    // Here it comes to be: whoever sees this sees the item whole.
    Atomics.store(i32, word + ChainBlock.COMMITTED, behind);
    i32[base + Chained.PUT] = (i32[base + Chained.PUT] + 1) | 0;
    i32[base + Chained.PUT_SIZE] = (i32[base + Chained.PUT_SIZE] + size) | 0;
    return true;
  }

  /**
   * Brings the lines that the next items will lie in to this core, all at a time. One by one, each when it is first
   * written, they took 100 ns each: the atomic step behind the write has to wait for it.
   */
  #claimAhead(word: number, from: number): void {
    const i32 = this.#i32;
    const end = word + Math.min(from + AHEAD_WORDS, i32[word + ChainBlock.CAPACITY]);
    for (let at = word + from; at < end; at += LINE_WORDS) i32[at] = 0;
  }

  #fits(tail: Granule, size: number): boolean {
    if (tail === NONE) return false;
    const i32 = this.#i32;
    const word = wordOf(tail);
    return i32[word + ChainBlock.COMMITTED] + size < i32[word + ChainBlock.CAPACITY];
  }

  /** Makes the block in hand the last one. @returns false when another producer has seen to it meanwhile */
  extend(size: number, fresh: Granule): boolean {
    const tail = this.#i32[this.#base + Chained.TAIL] as Granule;
    if (this.#fits(tail, size)) return false;
    this.#link(tail, fresh);
    return true;
  }

  #link(tail: Granule, block: Granule): void {
    const i32 = this.#i32;
    const base = this.#base;
    const word = wordOf(block);
    i32[word + ChainBlock.NEXT] = NONE;
    i32[word + ChainBlock.CAPACITY] = this.arena.wordsOf(block);
    i32[word + ChainBlock.LINKED] = 0;
    i32[word + ChainBlock.BASE] = i32[base + Chained.PUT];
    i32[word + ChainBlock.BASE_SIZE] = i32[base + Chained.PUT_SIZE];
    this.#claimAhead(word, ChainBlock.DATA);
    Atomics.store(i32, word + ChainBlock.COMMITTED, ChainBlock.DATA);
    // Linked, then the tail: the consumer leaves no block that is the tail still, and a death is mended from here.
    if (tail === NONE) Atomics.store(i32, base + Chained.HEAD, block);
    else Atomics.store(i32, wordOf(tail) + ChainBlock.NEXT, block);
    Atomics.store(i32, base + Chained.TAIL, block);
    i32[word + ChainBlock.LINKED] = 1;
    this.thread.letGo();
  }

  /** Blocks grow from small ones: a queue of a few items takes little memory. */
  #bytesBehind(tail: Granule, length: number): number {
    const bytes =
      tail === NONE ? FIRST_BLOCK_BYTES : this.#i32[wordOf(tail) + ChainBlock.CAPACITY] * 4 * GROWTH;
    // The block's prefix of two words fits in: the arena's blocks are powers of two.
    return Math.max(Math.min(bytes, BLOCK_BYTES) - 8, (ChainBlock.DATA + length) * 4);
  }

  /** What a dead producer left, while PUT_LOCK is still its own. */
  mendPutting(): void {
    const i32 = this.#i32;
    const base = this.#base;
    let tail = i32[base + Chained.TAIL] as Granule;
    const behind = tail === NONE ? i32[base + Chained.HEAD] : i32[wordOf(tail) + ChainBlock.NEXT];
    if (behind !== NONE) {
      tail = behind as Granule;
      Atomics.store(i32, base + Chained.TAIL, tail);
    }
    if (tail === NONE) return;
    const word = wordOf(tail);
    i32[word + ChainBlock.LINKED] = 1;
    const { items, size } = this.#upTo(word, i32[word + ChainBlock.COMMITTED]);
    Atomics.store(i32, base + Chained.PUT, items);
    Atomics.store(i32, base + Chained.PUT_SIZE, size);
  }

  // The consuming end, under the structure's lock.

  /** Index of the next item's record, or 0 when there is none. */
  next(log: UndoLog): number {
    const i32 = this.#i32;
    const base = this.#base;
    for (;;) {
      const at = i32[base + Chained.AT];
      // The producer's line is looked at only when what was seen there is used up. Until then HEAD is the consumers'.
      if (at < i32[base + Chained.SEEN]) return wordOf(i32[base + Chained.HEAD] as Granule) + at;
      const head = Atomics.load(i32, base + Chained.HEAD) as Granule;
      if (head === NONE) return 0;
      const word = wordOf(head);
      i32[base + Chained.SEEN] = Atomics.load(i32, word + ChainBlock.COMMITTED);
      if (at < i32[base + Chained.SEEN]) return word + at;
      const next = Atomics.load(i32, word + ChainBlock.NEXT) as Granule;
      if (next === NONE || Atomics.load(i32, base + Chained.TAIL) === head) return 0;
      // The last items may have come between the two looks; behind NEXT there are no more.
      if (at < Atomics.load(i32, word + ChainBlock.COMMITTED)) continue;
      this.#leave(head, next, log);
    }
  }

  #leave(head: Granule, next: Granule, log: UndoLog): void {
    const base = this.#base;
    this.thread.hold(head);
    log.change(base + Chained.HEAD, next);
    log.change(base + Chained.AT, ChainBlock.DATA);
    log.change(wordOf(head) + ChainBlock.LINKED, 0);
    log.confirm();
    this.#i32[base + Chained.SEEN] = 0;
    this.arena.give(this.thread, head);
  }

  /** Whether there seems to be an item, for who has no lock. */
  get hasNext(): boolean {
    const i32 = this.#i32;
    const head = Atomics.load(i32, this.#base + Chained.HEAD) as Granule;
    if (head === NONE) return false;
    const committed = Atomics.load(i32, wordOf(head) + ChainBlock.COMMITTED);
    const next = Atomics.load(i32, wordOf(head) + ChainBlock.NEXT);
    return next !== NONE || Atomics.load(i32, this.#base + Chained.AT) < committed;
  }

  /** Counts an item as taken; AT has moved behind it for good. */
  countTaken(items: number, size: number): void {
    const i32 = this.#i32;
    const base = this.#base;
    i32[base + Chained.TAKEN] = (i32[base + Chained.TAKEN] + items) | 0;
    i32[base + Chained.TAKEN_SIZE] = (i32[base + Chained.TAKEN_SIZE] + size) | 0;
  }

  /** Throws away what lies in the head block. @returns whether there may be more */
  discard(log: UndoLog): boolean {
    const i32 = this.#i32;
    const base = this.#base;
    if (this.next(log) === 0) return false;
    log.change(base + Chained.AT, i32[base + Chained.SEEN]);
    log.confirm();
    this.mendTaking();
    return true;
  }

  /** What a dead consumer left, while the structure's lock is still its own, and its changes are undone. */
  mendTaking(): void {
    const i32 = this.#i32;
    const base = this.#base;
    // A living producer may be linking the first block just now.
    const head = Atomics.load(i32, base + Chained.HEAD) as Granule;
    // It may be what was seen of the block before.
    i32[base + Chained.SEEN] = 0;
    if (head === NONE) return;
    const { items, size } = this.#upTo(wordOf(head), i32[base + Chained.AT]);
    Atomics.store(i32, base + Chained.TAKEN, items);
    Atomics.store(i32, base + Chained.TAKEN_SIZE, size);
  }

  /** Items and words of payload in the chain's whole life, up to a place in a block. */
  #upTo(word: number, end: number): { items: number; size: number } {
    const i32 = this.#i32;
    let items = i32[word + ChainBlock.BASE];
    let size = i32[word + ChainBlock.BASE_SIZE];
    for (let at = ChainBlock.DATA as number; at < end; at += i32[word + at]) {
      items++;
      size += i32[word + at] - 1;
    }
    return { items: items | 0, size: size | 0 };
  }

  /** Takes the first block out, of a queue that is disposed of: in hand, as `detach` wants it. */
  detachBlock(log: UndoLog): Granule {
    const i32 = this.#i32;
    const base = this.#base;
    const head = i32[base + Chained.HEAD] as Granule;
    if (head === NONE) return NONE;
    this.thread.hold(head);
    log.change(base + Chained.HEAD, i32[wordOf(head) + ChainBlock.NEXT]);
    return head;
  }
}
