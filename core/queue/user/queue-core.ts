/** The steps of a shared queue, each under its lock and whole or not at all; nothing here waits. */
import {
  ItemTooLargeError,
  OptionOutOfRangeError,
  QueueShutDownError,
  TaskDoneCalledTooOftenError,
} from '../../errors.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import type { ItemLinks, ItemOrder } from './item-order.js';
import { Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { SENTINEL } from './sentinel.js';
import type { Space } from './space.js';
import { SharedStructure } from './structure.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

export type QueueKind = 'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack';

/** How a queue is made. */
export interface SharedQueueOptions {
  /** Items that it holds before `put` waits. Default: `Infinity`. */
  readonly maxItems?: number;
  /** Bytes of encoded items that it holds before `put` waits. Default: `Infinity`. */
  readonly maxBytes?: number;
  /**
   * What becomes of an item whose consumer's thread died before `taskDone`: it counts as done (`'skip'`, the
   * default), or goes back to the front (`'retry'`). With `'retry'` an item's memory is kept until `taskDone`.
   */
  readonly inFlight?: 'skip' | 'retry';
}

/** An encoded item in this thread's hand, ready to be linked. */
export interface Parcel {
  readonly words: Int32Array;
  readonly size: number;
  readonly priority: number;
}

const UNLIMITED = 0x7fffffff;

export class QueueCore<T, Kind extends QueueKind> extends SharedStructure<Kind> {
  readonly #links: ItemLinks;
  readonly #retries: boolean;
  readonly #order: ItemOrder;

  constructor(space: Space, block: Granule, kind: Kind, order: ItemOrder) {
    super(space, block, kind);
    this.#order = order;
    this.#retries = this.has(Flag.RETRY);
    this.#links = {
      i32: space.arena.i32,
      f64: space.arena.f64,
      base: wordOf(block),
      highestFirst: this.has(Flag.HIGHEST_FIRST),
      change: (index, value) => this.change(index, value),
    };
  }

  protected has(flag: number): boolean {
    return (Atomics.load(this.i32, this.base + Structure.FLAGS) & flag) !== 0;
  }

  /** Copies the encoded item: another may be encoded while this one waits for room. */
  protected pack(item: T, priority: number): Parcel {
    const { words, size } = this.space.codec.encode(item);
    const limit = this.word(Queue.MAX_SIZE);
    if (size > limit) throw new ItemTooLargeError(size * 4, limit * 4);
    return { words: words.slice(0, size), size, priority };
  }

  /** Adds an item. */
  protected add(parcel: Parcel, call: string, patient = false): Outcome<true> {
    if (!this.ensureMember(patient)) return BUSY;
    // Before any memory is taken: a full queue is the usual case for those who wait.
    this.announce(Wait.ROOM);
    if (!this.#hasRoom(parcel.size) && !this.has(Flag.SENTINEL | Flag.SHUT_DOWN)) return NOT_YET;
    const { arena } = this.space;
    const { i32, thread } = this;
    const item = arena.demand(thread, (Item.PAYLOAD + parcel.size) * 4);
    const at = wordOf(item);
    i32[at + Item.LINKED] = 0;
    i32[at + Item.SIZE] = parcel.size;
    this.space.arena.f64[(at + Item.PRIORITY) / 2] = parcel.priority;
    i32.set(parcel.words, at + Item.PAYLOAD);
    if (!this.begin(patient)) {
      arena.give(thread, item);
      return BUSY;
    }
    const closed = this.has(Flag.SENTINEL | Flag.SHUT_DOWN);
    if (closed || !this.#hasRoom(parcel.size)) {
      this.commit();
      arena.give(thread, item);
      if (closed) throw new QueueShutDownError(call);
      return NOT_YET;
    }
    this.store(Queue.NEXT_NUMBER, (this.word(Queue.NEXT_NUMBER) + 1) | 0);
    this.change(at + Item.NUMBER, this.word(Queue.NEXT_NUMBER));
    this.#link(item);
    this.#order.add(this.#links, item);
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) + 1);
    this.commit(Wait.ITEMS);
    thread.letGo();
    return true;
  }

  #hasRoom(size: number): boolean {
    const { i32, base } = this;
    return (
      Atomics.load(i32, base + Queue.COUNT) < i32[base + Queue.MAX_ITEMS] &&
      Atomics.load(i32, base + Queue.SIZE) + size <= i32[base + Queue.MAX_SIZE]
    );
  }

  #link(item: Granule): void {
    const at = wordOf(item);
    this.change(at + Item.LINKED, 1);
    this.store(Queue.COUNT, this.word(Queue.COUNT) + 1);
    this.store(Queue.SIZE, this.word(Queue.SIZE) + this.i32[at + Item.SIZE]);
  }

  #unlink(): Granule {
    const item = this.#order.remove(this.#links);
    this.store(Queue.COUNT, this.word(Queue.COUNT) - 1);
    this.store(Queue.SIZE, this.word(Queue.SIZE) - this.i32[wordOf(item) + Item.SIZE]);
    return item;
  }

  /**
   * Takes the next item, or the end mark.
   * @param call whose name an error bears; without one, the end of a queue that was shut down is the end mark too
   */
  protected take(call: string | undefined, patient = false): Outcome<T> {
    if (!this.ensureMember(patient)) return BUSY;
    this.announce(Wait.ITEMS);
    if (!this.begin(patient)) return BUSY;
    if (this.word(Queue.COUNT) === 0) {
      const flags = this.word(Structure.FLAGS);
      this.commit();
      if ((flags & Flag.SHUT_DOWN) !== 0 && call !== undefined) throw new QueueShutDownError(call);
      // It only looks like an item: it stays where it is, so that no dead consumer can swallow it.
      return (flags & (Flag.SENTINEL | Flag.SHUT_DOWN)) !== 0 ? (SENTINEL as T) : NOT_YET;
    }
    const { i32, me, thread } = this;
    const next = this.word(Queue.FIRST) as Granule;
    const at = wordOf(next);
    // In hand before it is unlinked: whoever buries us finds it either linked, or here.
    if (!this.#retries) thread.hold(next);
    this.#unlink();
    this.change(me + Member.TAKEN, i32[me + Member.TAKEN] + 1);
    if (this.#retries) this.#keep(me, next);
    else this.change(at + Item.LINKED, 0);
    this.commit(Wait.ROOM);
    try {
      return this.space.codec.decode(at + Item.PAYLOAD, i32[at + Item.SIZE]) as T;
    } finally {
      if (!this.#retries) this.space.arena.give(thread, next);
    }
  }

  #keep(member: number, item: Granule): void {
    const last = this.i32[member + Member.LAST] as Granule;
    this.change(wordOf(item) + Item.NEXT, NONE);
    if (last === NONE) this.change(member + Member.FIRST, item);
    else this.change(wordOf(last) + Item.NEXT, item);
    this.change(member + Member.LAST, item);
  }

  /** The oldest item that this thread took is done. */
  protected finishOne(): Outcome<true> {
    if (!this.ensureMember(true) || !this.begin(true)) return BUSY;
    const { i32, me, thread } = this;
    const unfinished = this.word(Queue.UNFINISHED);
    if (unfinished <= this.word(Queue.COUNT)) {
      this.commit();
      throw new TaskDoneCalledTooOftenError();
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | Flag.COUNTS_TASKS);
    this.store(Queue.UNFINISHED, unfinished - 1);
    // Another thread may say it in the consumer's place: then nothing is ours to forget.
    const taken = i32[me + Member.TAKEN];
    const item = i32[me + Member.FIRST] as Granule;
    if (taken > 0) this.change(me + Member.TAKEN, taken - 1);
    if (item !== NONE) {
      const next = i32[wordOf(item) + Item.NEXT] as Granule;
      thread.hold(item);
      this.change(wordOf(item) + Item.LINKED, 0);
      this.change(me + Member.FIRST, next);
      if (next === NONE) this.change(me + Member.LAST, NONE);
    }
    this.commit(unfinished === 1 ? Wait.DONE : 0);
    if (item !== NONE) this.space.arena.give(thread, item);
    return true;
  }

  protected allDone(): Outcome<undefined> {
    if (!this.ensureMember()) return BUSY;
    this.announce(Wait.DONE);
    if (!this.begin()) return BUSY;
    const flags = this.word(Structure.FLAGS);
    if ((flags & Flag.COUNTS_TASKS) === 0) this.store(Structure.FLAGS, flags | Flag.COUNTS_TASKS);
    const unfinished = this.word(Queue.UNFINISHED);
    this.commit();
    return unfinished === 0 ? undefined : NOT_YET;
  }

  protected close(flag: number, call: string): Outcome<true> {
    if (!this.begin(true)) return BUSY;
    if (flag === Flag.SENTINEL && this.has(Flag.SHUT_DOWN)) {
      this.commit();
      throw new QueueShutDownError(call);
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | flag);
    this.commit(Wait.ITEMS | Wait.ROOM);
    return true;
  }

  /** Throws the next item away, as done. @returns whether there may be more */
  protected discardOne(): Outcome<boolean> {
    if (!this.begin(true)) return BUSY;
    if (this.word(Queue.COUNT) === 0) {
      this.commit();
      return false;
    }
    const { thread } = this;
    const next = this.word(Queue.FIRST) as Granule;
    thread.hold(next);
    this.#unlink();
    this.change(wordOf(next) + Item.LINKED, 0);
    const unfinished = this.word(Queue.UNFINISHED);
    this.store(Queue.UNFINISHED, unfinished - 1);
    this.commit(unfinished === 1 ? Wait.DONE : 0);
    this.space.arena.give(thread, next);
    return true;
  }

  protected override settle(member: number): boolean {
    return this.#retries ? this.#giveBackOne(member) : this.#countAsDone(member);
  }

  #countAsDone(member: number): boolean {
    const taken = this.i32[member + Member.TAKEN];
    // Those that other threads have called done are not ours to count again.
    const lost = Math.min(taken, this.word(Queue.UNFINISHED) - this.word(Queue.COUNT));
    if (lost <= 0) return true;
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) - lost);
    this.change(member + Member.TAKEN, 0);
    if (this.has(Flag.COUNTS_TASKS)) reportLost(this.kind, lost);
    return true;
  }

  /** The newest first, so that the oldest comes to lie in front of it. */
  #giveBackOne(member: number): boolean {
    const { i32 } = this;
    const first = i32[member + Member.FIRST] as Granule;
    if (first === NONE) return true;
    let before: Granule = NONE;
    let item = first;
    while (i32[wordOf(item) + Item.NEXT] !== NONE) {
      before = item;
      item = i32[wordOf(item) + Item.NEXT] as Granule;
    }
    if (before === NONE) this.change(member + Member.FIRST, NONE);
    else this.change(wordOf(before) + Item.NEXT, NONE);
    this.change(member + Member.LAST, before);
    this.#link(item);
    this.#order.putBack(this.#links, item);
    return before === NONE;
  }
}

function reportLost(kind: string, items: number): void {
  const what = items === 1 ? '1 item' : `${items} items`;
  process.emitWarning(
    `A thread ended before it called taskDone() for ${what} of a ${kind}; they count as done. ` +
      "With inFlight: 'retry' they would go back to the front.",
    { type: 'TroupeWarning', code: 'TROUPE_ITEMS_LOST' },
  );
}

/** Writes the options of a new queue. @throws OptionOutOfRangeError */
export function prepareQueue({ maxItems, maxBytes, inFlight = 'skip' }: SharedQueueOptions, flags = 0) {
  const items = limitOf('maxItems', maxItems);
  const bytes = limitOf('maxBytes', maxBytes);
  if (inFlight !== 'skip' && inFlight !== 'retry') {
    throw new OptionOutOfRangeError('inFlight', inFlight, "'skip' or 'retry'");
  }
  return (i32: Int32Array, base: number): void => {
    i32[base + Queue.MAX_ITEMS] = Math.min(items, UNLIMITED);
    i32[base + Queue.MAX_SIZE] = Math.min(Math.ceil(bytes / 4), UNLIMITED);
    i32[base + Structure.FLAGS] = flags | (inFlight === 'retry' ? Flag.RETRY : 0);
  };
}

function limitOf(option: string, value = Number.POSITIVE_INFINITY): number {
  const whole = value === Number.POSITIVE_INFINITY || Number.isInteger(value);
  if (!whole || value < 1)
    throw new OptionOutOfRangeError(option, value, 'a whole number from 1, or Infinity');
  return value;
}
