/** The steps of a queue whose items are linked one by one, each under its lock and whole or not at all; nothing here waits. */
import { QueueShutDownError, TaskDoneCalledTooOftenError } from '../../errors.js';
import { copyWords } from '../../memory/copy.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { AnySharedQueue } from './any-shared-queue.js';
import type { ItemLinks, ItemOrder } from './item-order.js';
import { Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { NO_ONE, NOBODY } from './line.js';
import { type Manner, NOT_THE_TAKER, type Parcel, type QueueKind } from './queue-steps.js';
import { SENTINEL } from './sentinel.js';
import type { Space } from './space.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

export abstract class LinkedQueue<T, Kind extends QueueKind, PutOptions = unknown> extends AnySharedQueue<
  T,
  Kind,
  PutOptions
> {
  readonly #links: ItemLinks;
  readonly #order: ItemOrder;

  constructor(space: Space, block: Granule, kind: Kind, order: ItemOrder, generation?: number) {
    super(space, block, kind, generation);
    this.#order = order;
    const change = (index: number, value: number) => this.change(index, value);
    this.#links = {
      i32: space.arena.i32,
      f64: space.arena.f64,
      base: wordOf(block),
      highestFirst: this.has(Flag.HIGHEST_FIRST),
      change,
    };
  }

  protected override get count(): number {
    return Atomics.load(this.i32, this.base + Queue.COUNT);
  }

  protected override get bytesUsed(): number {
    return Atomics.load(this.i32, this.base + Queue.SIZE) * 4;
  }

  protected override countUnfinished(): number {
    return Atomics.load(this.i32, this.base + Queue.UNFINISHED);
  }

  protected override get seemsReady(): boolean {
    return this.count > 0;
  }

  protected override add(parcel: Parcel, call: string, manner: Manner): Outcome<true> {
    const patient = manner === 'try';
    if (!this.ensureMember(patient)) return BUSY;
    // Before any memory is taken: a full queue is the usual case for those who wait.
    if (!this.#fits(parcel.size) || !this.putters.isEmpty) {
      if (manner === 'look') return NOT_YET;
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
    copyWords(i32, at + Item.PAYLOAD, parcel.words, 0, parcel.size);
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
    this.#count(1, parcel.size);
    this.#order.add(this.#links, item);
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) + 1);
    this.commit(this.calls(this.getters, Wait.ITEMS));
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
    if (manner !== 'wait') return NOT_YET;
    this.announce(Wait.ROOM);
    putters.stand(me, size);
    // There is room, for somebody in front who is on the way: should that one not come, nobody wakes us.
    return this.#fits(size) ? BUSY : NOT_YET;
  }

  #fits(size: number, ahead = NO_ONE): boolean {
    const { i32, base } = this;
    return (
      Atomics.load(i32, base + Queue.COUNT) + ahead.count < i32[base + Queue.MAX_ITEMS] &&
      Atomics.load(i32, base + Queue.SIZE) + ahead.size + size <= i32[base + Queue.MAX_SIZE]
    );
  }

  #count(items: number, size: number): void {
    this.store(Queue.COUNT, this.word(Queue.COUNT) + items);
    this.store(Queue.SIZE, this.word(Queue.SIZE) + size);
  }

  /** Takes the next item out of the order. It is in hand before that: whoever buries us finds it linked, or there. */
  #unlink(): Granule {
    const item = this.#order.remove(this.#links);
    this.#count(-1, -this.i32[wordOf(item) + Item.SIZE]);
    return item;
  }

  protected override take(call: string | undefined, manner: Manner): Outcome<T> {
    const patient = manner === 'try';
    if (!this.ensureMember(patient) || !this.begin(patient)) return BUSY;
    const { i32, me, thread, getters } = this;
    const count = this.has(Flag.IMMEDIATE) ? 0 : this.word(Queue.COUNT);
    if (count === 0) return this.#nothing(call, manner);
    if (count <= getters.ahead(manner === 'wait' ? me : NOBODY).count) {
      if (manner === 'wait') this.standForItem();
      this.commit();
      // As in #refusal: there is one, for somebody in front who is on the way.
      return manner === 'wait' ? BUSY : NOT_YET;
    }
    const next = this.word(Queue.FIRST) as Granule;
    const at = wordOf(next);
    if (manner === 'wait') getters.leave(me);
    if (!this.retries) thread.hold(next);
    this.#unlink();
    this.change(me + Member.TAKEN, i32[me + Member.TAKEN] + 1);
    if (this.retries) this.keep(me, next);
    else this.change(at + Item.LINKED, 0);
    this.commit(this.calls(this.putters, Wait.ROOM));
    return this.retries ? this.readKept(at) : this.readHeld(next);
  }

  /** There is no item. */
  #nothing(call: string | undefined, manner: Manner): Outcome<T> {
    const isShutDown = this.has(Flag.SHUT_DOWN);
    const isEnded = isShutDown || this.has(Flag.SENTINEL);
    if (manner === 'wait') {
      if (isEnded) this.getters.leave(this.me);
      else this.standForItem();
    }
    this.commit();
    if (isShutDown && call !== undefined) throw new QueueShutDownError(call);
    // It only looks like an item: it stays where it is, so that no dead consumer can swallow it.
    return isEnded ? (SENTINEL as T) : NOT_YET;
  }

  protected override finishOne(): Outcome<true> {
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

  protected override allDone(): Outcome<undefined> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    const flags = this.word(Structure.FLAGS);
    if ((flags & Flag.COUNTS_TASKS) === 0) this.store(Structure.FLAGS, flags | Flag.COUNTS_TASKS);
    const unfinished = this.word(Queue.UNFINISHED);
    if (unfinished !== 0) this.announce(Wait.DONE);
    this.commit();
    return unfinished === 0 ? undefined : NOT_YET;
  }

  protected override discardOne(): Outcome<boolean> {
    if (!this.begin(true)) return BUSY;
    const item = this.#discard();
    this.commit(this.word(Queue.UNFINISHED) === 0 ? Wait.DONE : 0);
    if (item === NONE) return false;
    this.space.arena.give(this.thread, item);
    return true;
  }

  #discard(): Granule {
    if (this.word(Queue.COUNT) === 0) return NONE;
    const next = this.word(Queue.FIRST) as Granule;
    this.thread.hold(next);
    this.#unlink();
    this.change(wordOf(next) + Item.LINKED, 0);
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) - 1);
    return next;
  }

  protected override settle(member: number): boolean | Granule {
    this.getters.leave(member);
    this.putters.leave(member);
    if (this.retries) {
      if (!this.#giveBack(member)) return false;
    } else this.#countAsDone(member);
    // Whoever was throwing things away may be the dead one; and what came back just now is nobody's.
    return (this.has(Flag.IMMEDIATE) && this.#discard()) || true;
  }

  #countAsDone(member: number): void {
    const taken = this.i32[member + Member.TAKEN];
    // Those that other threads have called done are not ours to count again.
    const lost = Math.min(taken, this.word(Queue.UNFINISHED) - this.word(Queue.COUNT));
    if (lost <= 0) return;
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) - lost);
    this.change(member + Member.TAKEN, 0);
    this.reportLost(lost);
  }

  /** What a member keeps goes back to the front. @returns false when there is more */
  #giveBack(member: number): boolean {
    const { i32 } = this;
    const first = i32[member + Member.FIRST] as Granule;
    if (first === NONE) return true;
    const sizes: number[] = [];
    for (let item = first; item !== NONE; item = i32[wordOf(item) + Item.NEXT] as Granule) {
      sizes.push(i32[wordOf(item) + Item.SIZE]);
      if (this.#order.oneByOne) break;
    }
    const left = this.#order.putBack(this.#links, first, i32[member + Member.LAST] as Granule);
    this.change(member + Member.FIRST, left);
    if (left === NONE) this.change(member + Member.LAST, NONE);
    this.#count(
      sizes.length,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    this.getters.call();
    return left === NONE;
  }

  /** Of a queue that is disposed of: its items, then those that its members keep, then the members. */
  protected override detach(): Granule {
    if (this.word(Queue.COUNT) > 0) {
      this.thread.hold(this.word(Queue.FIRST) as Granule);
      return this.#unlink();
    }
    return this.detachKept() || super.detach();
  }
}

type Refusal = 'closed' | typeof NOT_YET | typeof BUSY;

function refused(refusal: Refusal, call: string): typeof NOT_YET | typeof BUSY {
  if (refusal === 'closed') throw new QueueShutDownError(call);
  return refusal;
}
