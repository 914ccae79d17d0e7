/** The consuming end of a chain that has one consumer: an actor, an inbox. Where several take, see lease.ts. */
import type { Arena } from '../memory/arena.js';
import { Box, Chain, type Granule, Lane, LaneConsumer, NONE, Thread, wordOf } from '../memory/layout.js';
import { peek } from '../memory/parking.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { consumerWords, doneWord, producerWords } from './block-chain.js';
import { Rec } from './record.js';

export class Reader {
  #block: Granule = NONE;
  /** Index of the next record, and of the end of what is known to be whole. */
  #at = 0;
  #limit = 0;
  #taken: number;
  #takenWords: number;
  #published: number;
  readonly #tail: number;
  readonly #head: number;
  readonly #done: number;
  readonly #base: number;
  /** Items between two publications of the head. */
  readonly #batch: number;

  /** Goes on where the last consumer's DONE stands. */
  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly box: Granule,
    lane: number,
  ) {
    const { i32 } = arena;
    this.#tail = producerWords(box, lane) + Lane.TAIL_BLOCK;
    this.#head = consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK;
    this.#done = doneWord(box, lane);
    this.#base = wordOf(box);
    this.#taken = i32[this.#done];
    this.#takenWords = i32[this.#head + LaneConsumer.TAKEN_WORDS];
    this.#published = i32[this.#head + LaneConsumer.TAKEN];
    const maxItems = i32[this.#base + Box.MAX_ITEMS];
    this.#batch = Math.max(1, Math.min(256, maxItems >> 2));
    const block = Atomics.load(i32, this.#head) as Granule;
    if (block !== NONE) this.#resume(block);
  }

  #resume(block: Granule): void {
    const { i32 } = this.arena;
    this.#enter(block);
    let skip = (this.#taken - i32[wordOf(block) + Chain.BASE]) | 0;
    let words = 0;
    while (skip-- > 0 && this.#at < this.#limit) {
      words += i32[this.#at + Rec.LENGTH];
      this.#at += i32[this.#at + Rec.LENGTH];
    }
    // Not from the producers' total: one may be publishing now, and the words of its record would be missed or
    // counted twice, for good.
    this.#takenWords = (i32[wordOf(block) + Chain.BASE_WORDS] + words) | 0;
  }

  #enter(block: Granule): void {
    this.#block = block;
    this.#at = wordOf(block) + Chain.DATA;
    this.#limit = wordOf(block) + Atomics.load(this.arena.i32, wordOf(block) + Chain.COMMITTED);
  }

  /** Index of the next record's first word, or 0 when there is none. It stays in place until {@link done}. */
  next(): number {
    if (this.#at < this.#limit) return this.#at;
    // An urgent lane is mostly untouched, and looked at before each message.
    const { i32 } = this.arena;
    if (this.#block === NONE) return peek(i32, this.#tail) === NONE ? 0 : this.#refresh();
    const word = wordOf(this.#block);
    // Neither more in its block nor another behind it.
    if (word + peek(i32, word + Chain.COMMITTED) === this.#limit && peek(i32, word + Chain.NEXT) === NONE)
      return 0;
    return this.#refresh();
  }

  /**
   * The record that {@link next} gave is begun. Noted in the box, not in the record: to write there would fetch a cache
   * line from the producer, and cost it the same when the block is used again. See {@link countBegun} for who counts it.
   */
  begin(): void {
    this.arena.i32[this.#base + Box.BEGUN] = (this.#taken + 1) | 0;
  }

  #refresh(): number {
    const { i32 } = this.arena;
    for (;;) {
      if (this.#block === NONE) {
        if (Atomics.load(i32, this.#tail) === NONE) return 0;
        this.#enter(Atomics.load(i32, this.#head) as Granule);
      } else {
        const word = wordOf(this.#block);
        this.#limit = word + Atomics.load(i32, word + Chain.COMMITTED);
        if (this.#at < this.#limit) return this.#at;
        const next = Atomics.load(i32, word + Chain.NEXT) as Granule;
        // The tail moves last: a block that is the tail still must stay, or a dead producer could not be settled.
        if (next === NONE || Atomics.load(i32, this.#tail) === this.#block) return 0;
        this.#limit = word + Atomics.load(i32, word + Chain.COMMITTED);
        if (this.#at < this.#limit) return this.#at;
        this.#leave(next);
      }
      if (this.#at < this.#limit) return this.#at;
    }
  }

  /** Moves the head to the next block; the old one becomes the spare, or free. */
  #leave(next: Granule): void {
    const { arena, thread } = this;
    const { i32 } = arena;
    const old = this.#block;
    this.watcher?.onBlock(next);
    i32[thread.base + Thread.NOTE_BOX] = this.box;
    thread.hold(old);
    Atomics.store(i32, this.#head, next);
    this.publishHead();
    const spare = this.#tail - Lane.TAIL_BLOCK + Lane.SPARE;
    // The larger block is the better spare; a huge one is not kept.
    if (arena.wordsOf(old) * 4 <= 1 << 16 && Atomics.compareExchange(i32, spare, NONE, old) === NONE) {
      thread.letGo();
    } else {
      arena.give(thread, old);
    }
    this.#enter(next);
  }

  /** The record that {@link next} gave is handled: a replacement would start behind it. */
  done(): void {
    const length = this.arena.i32[this.#at + Rec.LENGTH];
    this.#at += length;
    this.#takenWords += length;
    this.arena.i32[this.#done] = this.#taken = (this.#taken + 1) | 0;
    if (((this.#taken - this.#published) | 0) >= this.#batch) this.publishHead();
  }

  /** Lets producers see the room. @returns whether somebody waits for it (then wake those that hold messages) */
  publishHead(): void {
    const { i32 } = this.arena;
    if (this.#published === this.#taken) return;
    this.#published = this.#taken;
    Atomics.store(i32, this.#head + LaneConsumer.TAKEN_WORDS, this.#takenWords);
    Atomics.store(i32, this.#head + LaneConsumer.TAKEN, this.#taken);
    if (Atomics.load(i32, this.#base + Box.WANT_SPACE) !== 0) this.onRoom?.(this.box);
  }

  /** Called when producers wait for room. */
  onRoom: ((box: Granule) => void) | undefined;
  /** Told before it goes on to another block: the one before may be used again then. */
  watcher: { onBlock(next: Granule): void } | undefined;
}
