/** The steps of a shared queue, each under its lock and whole or not at all; nothing here waits. */
import {
  DisposedError,
  ItemTooLargeError,
  QueueShutDownError,
  TaskDoneCalledTooOftenError,
} from '../../errors.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { type Line, NOBODY } from './line.js';
import { QueueItems, type QueueKind } from './queue-items.js';
import { SENTINEL } from './sentinel.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

/** An encoded item in this thread's hand, ready to be linked. */
export interface Parcel {
  readonly words: Int32Array;
  readonly size: number;
  readonly priority: number;
}

/** Whether a call stands in line when it is not served, or looks once. */
export type Manner = 'wait' | 'try';

export class QueueCore<T, Kind extends QueueKind> extends QueueItems<Kind> {
  /** Copies the encoded item: another may be encoded while this one waits for room. */
  protected pack(item: T, priority: number): Parcel {
    const { words, size } = this.space.codec.encode(item);
    if (size > this.look(Queue.MAX_SIZE)) {
      throw new ItemTooLargeError(size * 4, this.space.arena.f64[(this.base + Queue.MAX_BYTES) / 2]);
    }
    return { words: words.slice(0, size), size, priority };
  }

  /** Adds an item. */
  protected add(parcel: Parcel, call: string, manner: Manner): Outcome<true> {
    const patient = manner === 'try';
    if (!this.ensureMember(patient)) return BUSY;
    // Before any memory is taken: a full queue is the usual case for those who wait.
    if (!this.#fits(parcel.size) || !this.putters.isEmpty) {
      if (!this.begin(patient)) return BUSY;
      const refusal = this.#refusal(parcel.size, manner);
      this.commit();
      if (refusal !== undefined) return refused(refusal, call);
    }
    const { arena } = this.space;
    const { i32, thread } = this;
    const item = arena.demand(thread, (Item.PAYLOAD + parcel.size) * 4);
    const at = wordOf(item);
    i32[at + Item.LINKED] = 0;
    i32[at + Item.SIZE] = parcel.size;
    arena.f64[(at + Item.PRIORITY) / 2] = parcel.priority;
    i32.set(parcel.words, at + Item.PAYLOAD);
    if (!this.beginWith(item, patient)) return BUSY;
    const refusal = this.#refusal(parcel.size, manner);
    if (refusal !== undefined) {
      this.commit();
      arena.give(thread, item);
      return refused(refusal, call);
    }
    if (manner === 'wait') this.putters.leave(this.me);
    this.store(Queue.NEXT_NUMBER, (this.word(Queue.NEXT_NUMBER) + 1) | 0);
    this.change(at + Item.NUMBER, this.word(Queue.NEXT_NUMBER));
    this.change(at + Item.LINKED, 1);
    this.count(1, parcel.size);
    this.order.add(this.links, item);
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) + 1);
    this.getters.call();
    this.commit(Wait.ITEMS);
    thread.letGo();
    return true;
  }

  /** Why nothing may be added now, if so; who waits stands in line then. */
  #refusal(size: number, manner: Manner): Refusal | undefined {
    const { me, putters } = this;
    if (this.has(Flag.SENTINEL | Flag.SHUT_DOWN)) {
      if (manner === 'wait') putters.leave(me);
      return 'closed';
    }
    if (this.#fits(size, putters.ahead(manner === 'wait' ? me : NOBODY))) return undefined;
    if (manner === 'try') return NOT_YET;
    this.announce(Wait.ROOM);
    putters.stand(me, size);
    // There is room, for somebody in front who is on the way: should that one not come, nobody wakes us.
    return this.#fits(size) ? BUSY : NOT_YET;
  }

  #fits(size: number, ahead = NONE_AHEAD): boolean {
    const { i32, base } = this;
    return (
      Atomics.load(i32, base + Queue.COUNT) + ahead.count < i32[base + Queue.MAX_ITEMS] &&
      Atomics.load(i32, base + Queue.SIZE) + ahead.size + size <= i32[base + Queue.MAX_SIZE]
    );
  }

  /**
   * Takes the next item, or the end mark.
   * @param call whose name an error bears; without one, the end of a queue that was shut down is the end mark too
   */
  protected take(call: string | undefined, manner: Manner): Outcome<T> {
    const patient = manner === 'try';
    if (!this.ensureMember(patient) || !this.begin(patient)) return BUSY;
    const { i32, me, thread, getters } = this;
    const count = this.has(Flag.IMMEDIATE) ? 0 : this.word(Queue.COUNT);
    if (count === 0) return this.#nothing(call, manner);
    if (count <= getters.ahead(manner === 'wait' ? me : NOBODY).count) {
      if (manner === 'wait') this.#standForItem();
      this.commit();
      // As in #refusal: there is one, for somebody in front who is on the way.
      return manner === 'wait' ? BUSY : NOT_YET;
    }
    const next = this.word(Queue.FIRST) as Granule;
    const at = wordOf(next);
    if (manner === 'wait') getters.leave(me);
    if (!this.retries) thread.hold(next);
    this.unlink();
    this.change(me + Member.TAKEN, i32[me + Member.TAKEN] + 1);
    if (this.retries) this.#keep(me, next);
    else this.change(at + Item.LINKED, 0);
    this.putters.call();
    this.commit(Wait.ROOM);
    return this.retries ? this.#readKept(at) : this.#readHeld(next);
  }

  #standForItem(): void {
    this.announce(Wait.ITEMS);
    this.getters.stand(this.me);
  }

  /** There is no item. */
  #nothing(call: string | undefined, manner: Manner): Outcome<T> {
    const isShutDown = this.has(Flag.SHUT_DOWN);
    const isEnded = isShutDown || this.has(Flag.SENTINEL);
    if (manner === 'wait') {
      if (isEnded) this.getters.leave(this.me);
      else this.#standForItem();
    }
    this.commit();
    if (isShutDown && call !== undefined) throw new QueueShutDownError(call);
    // It only looks like an item: it stays where it is, so that no dead consumer can swallow it.
    return isEnded ? (SENTINEL as T) : NOT_YET;
  }

  #readHeld(item: Granule): T {
    const at = wordOf(item);
    try {
      return this.space.codec.decode(at + Item.PAYLOAD, this.i32[at + Item.SIZE]) as T;
    } finally {
      this.space.arena.give(this.thread, item);
    }
  }

  /** It stays the queue's, so another thread that disposes of the queue may give its memory back meanwhile. */
  #readKept(at: number): T {
    try {
      return this.space.codec.decode(at + Item.PAYLOAD, this.i32[at + Item.SIZE]) as T;
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: what was read of other memory is neither value nor error
      if (this.isDisposed) throw new DisposedError(this.kind);
    }
  }

  #keep(member: number, item: Granule): void {
    const last = this.i32[member + Member.LAST] as Granule;
    this.change(wordOf(item) + Item.NEXT, NONE);
    if (last === NONE) this.change(member + Member.FIRST, item);
    else this.change(wordOf(last) + Item.NEXT, item);
    this.change(member + Member.LAST, item);
  }

  /** A task of this thread gave up, and was the last that waited: who stands behind it may go on. */
  protected stepOut(line: Line): void {
    if (this.isDisposed || !this.isMember || !this.begin(true)) return;
    line.leave(this.me);
    line.call();
    this.commit(Wait.ITEMS | Wait.ROOM);
  }

  /** The oldest item that this thread took is done. */
  protected finishOne(): Outcome<true> {
    if (!this.ensureMember(true) || !this.begin(true)) return BUSY;
    const { i32, me, thread } = this;
    const unfinished = this.word(Queue.UNFINISHED);
    const item = i32[me + Member.FIRST] as Granule;
    const isStranger = this.retries && item === NONE;
    if (unfinished <= this.word(Queue.COUNT) || isStranger) {
      this.commit();
      throw new TaskDoneCalledTooOftenError(isStranger ? NOT_THE_TAKER : undefined);
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | Flag.COUNTS_TASKS);
    this.store(Queue.UNFINISHED, unfinished - 1);
    // Another thread may say it in the consumer's place: then nothing is ours to forget.
    const taken = i32[me + Member.TAKEN];
    if (taken > 0) this.change(me + Member.TAKEN, taken - 1);
    if (item !== NONE) this.forget(me, item);
    this.commit(unfinished === 1 ? Wait.DONE : 0);
    if (item !== NONE) this.space.arena.give(thread, item);
    return true;
  }

  protected allDone(): Outcome<undefined> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    const flags = this.word(Structure.FLAGS);
    if ((flags & Flag.COUNTS_TASKS) === 0) this.store(Structure.FLAGS, flags | Flag.COUNTS_TASKS);
    const unfinished = this.word(Queue.UNFINISHED);
    if (unfinished !== 0) this.announce(Wait.DONE);
    this.commit();
    return unfinished === 0 ? undefined : NOT_YET;
  }

  /** Takes no more items from here on. */
  protected close(flags: number, call: string): Outcome<true> {
    // A member, so that one who dies before all is thrown away is missed.
    if (!this.ensureMember(true) || !this.begin(true)) return BUSY;
    if (flags === Flag.SENTINEL && this.has(Flag.SHUT_DOWN)) {
      this.commit();
      throw new QueueShutDownError(call);
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | flags);
    this.commit(Wait.ITEMS | Wait.ROOM);
    return true;
  }

  /** Throws the next item away, as done. @returns whether there may be more */
  protected discardOne(): Outcome<boolean> {
    if (!this.begin(true)) return BUSY;
    const item = this.discard();
    this.commit(this.word(Queue.UNFINISHED) === 0 ? Wait.DONE : 0);
    if (item === NONE) return false;
    this.space.arena.give(this.thread, item);
    return true;
  }
}

type Refusal = 'closed' | typeof NOT_YET | typeof BUSY;
const NONE_AHEAD = { count: 0, size: 0 };
const NOT_THE_TAKER =
  "taskDone() was called in a thread that has no item in hand. With inFlight: 'retry' the thread that took an " +
  'item says when it is done, once for every get().';

function refused(refusal: Refusal, call: string): typeof NOT_YET | typeof BUSY {
  if (refusal === 'closed') throw new QueueShutDownError(call);
  return refusal;
}
