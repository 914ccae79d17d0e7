/**
 * Messages of this thread for one box, encoded, in the arena: staged for a moment, or held while the mailbox is
 * full. Whoever buries the thread finds the chain in its record and publishes it, so an accepted message
 * survives its sender.
 */
import type { Arena } from '../memory/arena.js';
import { copyWords } from '../memory/copy.js';
import { Chain, type Granule, Outbox as Layout, NONE, Thread, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Producer, PutResult } from '../queue/producer.js';
import { isExempt, Rec, VOID } from '../queue/record.js';
import { type Address, isMessage } from './envelope.js';

const FIRST_BYTES = 4096 - 8;
const NEXT_BYTES = (1 << 16) - 8;
/** With less room than this left in the block, a record is not built in place: it would rarely fit. */
const IN_PLACE_WORDS = 64;

/** How waiting ended: in the mailbox; refused since that is closed; or given up for what came later. */
export type Publication = 'published' | 'refused' | 'dropped';

/**
 * What is done with a record that is taken out.
 * @param readTo what its block's CONSUMED becomes
 * @returns false when it has to stay for now
 */
export type TakeOut = (record: number, block: Granule, readTo: number) => boolean;

interface Waiter {
  /** Number of the record it waits for. */
  sequence: number;
  settle(how: Publication): void;
}

export class Outbox {
  /** Publication was refused for want of room: what follows waits behind it. */
  held = false;
  /** A stop stands at the end: nothing may follow. */
  sealed = false;
  /** Given back: its box was gone when it was published. */
  closed = false;
  /** It stands in the publisher's list of what is to be published. */
  listed = false;
  /** Words staged since the last publication, and how many of them call for the next one. */
  staged = 0;
  batch = 0;
  /** Messages that the box had room for at the last publication, less those staged since. */
  room = 0;
  /**
   * Whom the next message may be built for right behind the last one, at {@link next}, without a further look: this stands
   * in the list, what is in it has the time of now, and there was room. Forgotten with all that is done here besides
   * {@link commit}.
   */
  along: Address | undefined;
  /** It is what a dead thread has left. */
  isAdopted = false;
  appended = 0;
  published = 0;
  /** The last block, its first word, and its COMMITTED. */
  #last: Granule;
  #lastWord: number;
  #committed: number;
  #writeAt: number;
  #end: number;
  #waiters: Waiter[] = [];
  /** Where the last record lies. */
  #lastRecord = 0;

  private constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly record: Granule,
    readonly target: Address,
    readonly lane: number,
  ) {
    const { i32 } = arena;
    let last = i32[wordOf(record) + Layout.FIRST] as Granule;
    for (;;) {
      let at = wordOf(last) + Math.max(i32[wordOf(last) + Chain.CONSUMED], Chain.DATA);
      const end = wordOf(last) + i32[wordOf(last) + Chain.COMMITTED];
      for (; at < end; at += i32[at + Rec.LENGTH]) this.appended++;
      const next = i32[wordOf(last) + Chain.NEXT] as Granule;
      if (next === NONE) break;
      last = next;
    }
    this.#last = last;
    this.#lastWord = wordOf(last);
    this.#committed = wordOf(last) + Chain.COMMITTED;
    this.#writeAt = wordOf(last) + i32[this.#committed];
    this.#end = wordOf(last) + i32[wordOf(last) + Chain.CAPACITY];
  }

  /** A new one in the thread's list, or undefined when the arena is full. */
  static open(arena: Arena, thread: ThreadRecord, target: Address, lane: number): Outbox | undefined {
    const { i32 } = arena;
    const record = arena.take(thread, Layout.WORDS * 4, true);
    if (record === NONE) return undefined;
    const block = arena.take(thread, FIRST_BYTES, true);
    if (block === NONE) {
      arena.give(thread, record);
      return undefined;
    }
    initBlock(arena, block);
    const at = wordOf(record);
    i32[at + Layout.BOX] = target.box;
    i32[at + Layout.GENERATION] = target.generation;
    i32[at + Layout.LANE] = lane;
    i32[at + Layout.FIRST] = block;
    i32[at + Layout.NEXT] = i32[thread.base + Thread.OUTBOXES];
    i32[thread.base + Thread.OUTBOXES] = record;
    thread.letGo();
    thread.letGo();
    return new Outbox(arena, thread, record, target, lane);
  }

  /** The chains that a dead thread left, now in this thread's list. */
  static adopt(arena: Arena, thread: ThreadRecord, deadRecord: number): Outbox[] {
    const { i32 } = arena;
    const adopted: Outbox[] = [];
    for (;;) {
      const record = i32[deadRecord + Thread.OUTBOXES] as Granule;
      if (record === NONE) return adopted;
      const at = wordOf(record);
      i32[deadRecord + Thread.OUTBOXES] = i32[at + Layout.NEXT];
      i32[at + Layout.NEXT] = i32[thread.base + Thread.OUTBOXES];
      i32[thread.base + Thread.OUTBOXES] = record;
      const target = { box: i32[at + Layout.BOX] as Granule, generation: i32[at + Layout.GENERATION] };
      const outbox = new Outbox(arena, thread, record, target, i32[at + Layout.LANE]);
      outbox.isAdopted = true;
      adopted.push(outbox);
    }
  }

  get isEmpty(): boolean {
    return this.appended === this.published;
  }

  /** It has grown beyond its first block. */
  get isLarge(): boolean {
    return this.#end - this.#lastWord > FIRST_BYTES >> 2;
  }

  /** Copies a record to the end. @returns its place, or 0 when the arena is full */
  append(words: Int32Array, length: number): number {
    this.along = undefined;
    if (this.isEmpty) this.#rewind();
    if (this.#writeAt + length > this.#end && !this.#extend(length, isSmallControl(words, length))) return 0;
    const at = this.#writeAt;
    copyWords(this.arena.i32, at, words, 0, length);
    this.commit(length);
    return at;
  }

  /**
   * Where the next record may be built in place, with {@link roomInPlace} words: to be followed by {@link commit}.
   * @returns 0 when it has to wait behind others, or be built elsewhere
   */
  place(): number {
    if (this.held || this.sealed || this.room <= 0) return 0;
    if (this.isEmpty) this.#rewind();
    return this.next;
  }

  /** The same for who goes {@link along}. */
  get next(): number {
    return this.#end - this.#writeAt < IN_PLACE_WORDS ? 0 : this.#writeAt;
  }

  get roomInPlace(): number {
    return this.#end - this.#writeAt;
  }

  /** The record built at {@link place} exists from here on: the undertaker reads up to this word. */
  commit(length: number): void {
    const at = this.#writeAt;
    this.#writeAt = at + length;
    this.arena.i32[this.#committed] = at + length - this.#lastWord;
    this.#lastRecord = at;
    this.appended++;
    this.room--;
    this.staged += length;
  }

  /** Empty: begin at the block's start again. COMMITTED first; a CONSUMED beyond it reads as empty. */
  #rewind(): void {
    const { i32 } = this.arena;
    const word = wordOf(this.#last);
    i32[word + Chain.COMMITTED] = Chain.DATA;
    i32[word + Chain.CONSUMED] = Chain.DATA;
    this.#writeAt = word + Chain.DATA;
  }

  /** What is held may not eat up what is kept for control and replies. */
  #extend(length: number, reserved: boolean): boolean {
    const { arena, thread } = this;
    const { i32 } = arena;
    const block = arena.takeUpTo(
      thread,
      NEXT_BYTES,
      Math.max(FIRST_BYTES, (length + Chain.DATA) * 4),
      reserved,
    );
    if (block === NONE) return false;
    initBlock(arena, block);
    i32[wordOf(this.#last) + Chain.NEXT] = block;
    thread.letGo();
    this.#last = block;
    this.#lastWord = wordOf(block);
    this.#committed = wordOf(block) + Chain.COMMITTED;
    this.#writeAt = wordOf(block) + Chain.DATA;
    this.#end = wordOf(block) + arena.wordsOf(block);
    return true;
  }

  /** Publishes as much as there is room for. */
  flush(producer: Producer): PutResult {
    const { arena } = this;
    const { i32 } = arena;
    this.along = undefined;
    this.staged = 0;
    let result: PutResult = 'all';
    while (!this.isEmpty) {
      const first = i32[wordOf(this.record) + Layout.FIRST] as Granule;
      const word = wordOf(first);
      const from = word + i32[word + Chain.CONSUMED];
      const to = word + i32[word + Chain.COMMITTED];
      if (from >= to) {
        this.#dropFirst(first);
        continue;
      }
      const { box, generation } = this.target;
      const consumed = word + Chain.CONSUMED;
      result = producer.publish(box, generation, this.lane, i32, from, to, consumed, word, this.#known);
      this.published += producer.publishedItems;
      this.room = producer.room;
      if (result !== 'all') break;
    }
    this.held = !this.isEmpty && (result === 'full' || result === 'no-memory');
    this.#settle();
    return result;
  }

  /** How many there are, if all of them lie in one block, and none of them can be the end mark; else 0. */
  get #known(): number {
    const { i32 } = this.arena;
    const isOneBlock = (i32[wordOf(this.record) + Layout.FIRST] as Granule) === this.#last;
    return isOneBlock && !this.sealed && !this.isAdopted ? this.appended - this.published : 0;
  }

  #dropFirst(first: Granule): void {
    const { arena, thread } = this;
    const next = arena.i32[wordOf(first) + Chain.NEXT] as Granule;
    if (next === NONE) return;
    thread.hold(first);
    arena.i32[wordOf(this.record) + Layout.FIRST] = next;
    arena.give(thread, first);
  }

  /** Takes everything out, record by record: the box is closed or gone. @returns false when some had to stay */
  drain(each: TakeOut): boolean {
    // Nothing may follow what is refused.
    this.sealed = true;
    this.along = undefined;
    while (!this.isEmpty) if (this.#takeFirst(each) === 'stays') return false;
    this.held = false;
    this.#settle('refused');
    return true;
  }

  /** Takes the oldest message out: another is to have its place. A notice of an end is none, and stays in front. */
  dropOldest(each: TakeOut): void {
    this.along = undefined;
    const isNotice = (record: number) => isExempt(this.arena.i32[record + Rec.KIND]);
    let outcome: 'out' | 'void' | 'stays' = 'void';
    // One that was withdrawn is none.
    while (outcome === 'void' && !this.isEmpty) {
      outcome = this.#takeFirst((record, block, readTo) => !isNotice(record) && each(record, block, readTo));
    }
    this.#settle('dropped');
  }

  #takeFirst(each: TakeOut): 'out' | 'void' | 'stays' {
    const { i32 } = this.arena;
    for (;;) {
      const first = i32[wordOf(this.record) + Layout.FIRST] as Granule;
      const word = wordOf(first);
      const from = word + i32[word + Chain.CONSUMED];
      if (from >= word + i32[word + Chain.COMMITTED]) {
        this.#dropFirst(first);
        continue;
      }
      const isVoid = (i32[from + Rec.KIND] & VOID) !== 0;
      const readTo = from - word + i32[from + Rec.LENGTH];
      if (!isVoid && !each(from, first, readTo)) return 'stays';
      i32[word + Chain.CONSUMED] = readTo;
      this.published++;
      return isVoid ? 'void' : 'out';
    }
  }

  /**
   * Calls back once everything appended so far is published or refused.
   * @returns gives the waiting up
   */
  whenPublished(settle: (how: Publication) => void): () => void {
    const waiter = { sequence: this.appended, settle };
    if (this.isEmpty) settle('published');
    else this.#waiters.push(waiter);
    return () => {
      this.#waiters = this.#waiters.filter((w) => w !== waiter);
    };
  }

  /**
   * Takes back the record appended last. To be asked for at once.
   * @returns the function that does so, and gives its place; 0 when it is published, and cannot be taken back
   */
  withdrawal(): () => number {
    const record = this.#lastRecord;
    const sequence = this.appended;
    return () => {
      if (this.published >= sequence) return 0;
      this.arena.i32[record + Rec.KIND] |= VOID;
      return record;
    };
  }

  #settle(how: Publication = 'published'): void {
    while (this.#waiters.length > 0 && this.#waiters[0].sequence <= this.published) {
      this.#waiters.shift()?.settle(how);
    }
  }

  /** Gives chain and record back. Only when empty. */
  close(): void {
    this.closed = true;
    this.along = undefined;
    const { arena, thread, record } = this;
    const { i32 } = arena;
    const first = wordOf(record) + Layout.FIRST;
    let block = i32[first] as Granule;
    for (; (i32[wordOf(block) + Chain.NEXT] as Granule) !== NONE; block = i32[first] as Granule) {
      this.#dropFirst(block);
    }
    // Both are in hand before they are in no list: a death in between loses neither.
    thread.hold(record);
    thread.hold(block);
    let at = thread.base + Thread.OUTBOXES;
    while ((i32[at] as Granule) !== record) at = wordOf(i32[at] as Granule) + Layout.NEXT;
    i32[at] = i32[wordOf(record) + Layout.NEXT];
    arena.give(thread, block);
    arena.give(thread, record);
  }
}

/** Words of an answer or order at the most that is no large one: see {@link isLargeControl}. */
export const MAX_SMALL_WORDS = (FIRST_BYTES >> 2) - Chain.DATA;

const isLarge = (length: number): boolean => length > MAX_SMALL_WORDS;

const isSmallControl = (words: Int32Array, length: number): boolean =>
  !isMessage(words[Rec.KIND]) && !isLarge(length);

/**
 * A large answer or order does not wait in a chain for memory, which it would have some of: what comes behind it would
 * wait too. What goes to a mailbox, a stop or a notice of an end, waits there for room.
 */
export const isLargeControl = (words: Int32Array, length: number): boolean =>
  !isMessage(words[Rec.KIND]) && !isExempt(words[Rec.KIND]) && isLarge(length);

function initBlock(arena: Arena, block: Granule): void {
  const { i32 } = arena;
  const word = wordOf(block);
  i32[word + Chain.NEXT] = NONE;
  i32[word + Chain.COMMITTED] = Chain.DATA;
  i32[word + Chain.CONSUMED] = Chain.DATA;
  i32[word + Chain.CAPACITY] = arena.wordsOf(block);
}
