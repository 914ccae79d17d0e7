/**
 * The steps of a SharedQueue, each whole or not at all; nothing here waits. Producers work under a lock of their own;
 * the structure's lock is the consumers', and guards the lines of those who wait.
 */
import { DisposedError, QueueShutDownError, TaskDoneCalledTooOftenError } from '../../errors.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { lock, unlock } from '../../memory/robust-lock.js';
import { AnySharedQueue } from './any-shared-queue.js';
import { ItemChain, type UndoLog } from './item-chain.js';
import { Chained, Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { NOBODY } from './line.js';
import { PATIENCE } from './locked-block.js';
import { type Manner, NOT_THE_TAKER, type Parcel, type QueueKind } from './queue-steps.js';
import { SENTINEL } from './sentinel.js';
import type { Space } from './space.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

/** Larger items are copied out under the lock and decoded behind it: others may want the lock. In words. */
const LARGE = 512;

export abstract class ChainQueue<T, Kind extends QueueKind> extends AnySharedQueue<T, Kind> {
  readonly #chain: ItemChain;
  readonly #retries: boolean;
  readonly #log: UndoLog = {
    change: (index, value) => this.change(index, value),
    confirm: () => this.confirm(),
  };

  constructor(space: Space, block: Granule, kind: Kind, generation?: number) {
    super(space, block, kind, generation);
    this.#chain = new ItemChain(space.arena, space.thread, this.base);
    this.#retries = this.has(Flag.RETRY);
  }

  protected override get count(): number {
    return this.#chain.count + Atomics.load(this.i32, this.base + Chained.RETURNED);
  }

  protected override get bytesUsed(): number {
    return (this.#chain.size + Atomics.load(this.i32, this.base + Chained.RETURNED_SIZE)) * 4;
  }

  protected override get seemsReady(): boolean {
    return this.#chain.hasNext || this.word(Chained.RETURNED) > 0;
  }

  protected override countUnfinished(): number | undefined {
    if (!this.begin(true)) return undefined;
    const unfinished = this.count + this.#open();
    this.commit();
    return unfinished;
  }

  /** Items taken and not done; under the lock. */
  #open(): number {
    let open = 0;
    for (const member of this.members()) open += Atomics.load(this.i32, wordOf(member) + Member.TAKEN);
    return open;
  }

  // Putting.

  protected override add(parcel: Parcel, call: string, manner: Manner): Outcome<true> {
    if (!this.ensureMember(manner === 'try')) return BUSY;
    const { arena } = this.space;
    const { thread } = this;
    let fresh: Granule = NONE;
    for (;;) {
      const outcome = this.#put(parcel, fresh, manner);
      if (fresh !== NONE && !this.#chain.tookBlock) arena.give(thread, fresh);
      fresh = NONE;
      if (outcome === 'no-block') {
        // Memory is taken before a lock, never under it.
        fresh = arena.demand(thread, this.#chain.blockBytes);
        continue;
      }
      switch (outcome) {
        case 'done':
          // Stored behind the item, so one that waits either is seen here, or sees the item at its second look.
          if (this.getters.awaitsCall) this.#callGetters();
          return true;
        case 'closed':
          throw new QueueShutDownError(call);
        case 'disposed':
          throw new DisposedError(this.kind);
        case 'full':
          return NOT_YET;
        default:
          return outcome;
      }
    }
  }

  #put(parcel: Parcel, fresh: Granule, manner: Manner): PutResult {
    this.#chain.tookBlock = false;
    const nobodyWaits = Atomics.load(this.i32, this.base + Queue.PUTTERS) === 0;
    const result = nobodyWaits ? this.#putNow(parcel, fresh, manner === 'try') : 'full';
    return result === 'full' && manner !== 'look' ? this.#putInTurn(parcel, fresh, manner) : result;
  }

  /** Under the producers' lock alone: the way of nearly all items. */
  #putNow({ words, size }: Parcel, fresh: Granule, patient: boolean): PutResult {
    if (!this.#lockPutting(patient)) return BUSY;
    const result = this.#putLocked(words, size, fresh, NO_ONE);
    unlock(this.thread, this.base + Chained.PUT_LOCK);
    return result;
  }

  #lockPutting(patient: boolean): boolean {
    for (let i = 0; i < (patient ? PATIENCE : 1); i++) {
      if (lock(this.thread, this.base + Chained.PUT_LOCK)) return true;
    }
    return false;
  }

  #putLocked(words: Int32Array, size: number, fresh: Granule, ahead: Ahead): PutResult {
    const { i32, base } = this;
    if (i32[base + Chained.PUT_GENERATION] !== this.generation) return 'disposed';
    if (i32[base + Chained.SHUT] !== 0) return 'closed';
    if (!this.#fits(size, ahead)) {
      this.#seeTaken();
      if (!this.#fits(size, ahead)) return 'full';
    }
    return this.#chain.append(words, size, fresh) ? 'done' : 'no-block';
  }

  #fits(size: number, ahead: Ahead): boolean {
    const { i32, base } = this;
    const count = (i32[base + Chained.PUT] - i32[base + Chained.SEEN_TAKEN]) | 0;
    const used = (i32[base + Chained.PUT_SIZE] - i32[base + Chained.SEEN_TAKEN_SIZE]) | 0;
    return (
      count + ahead.count < i32[base + Queue.MAX_ITEMS] &&
      used + ahead.size + size <= i32[base + Queue.MAX_SIZE]
    );
  }

  /** Looks at the consumers' line: only when there is no room by what was seen last. */
  #seeTaken(): void {
    const { i32, base } = this;
    const load = (word: number): number => Atomics.load(i32, base + word);
    i32[base + Chained.SEEN_TAKEN] = (load(Chained.TAKEN) - load(Chained.RETURNED)) | 0;
    i32[base + Chained.SEEN_TAKEN_SIZE] = (load(Chained.TAKEN_SIZE) - load(Chained.RETURNED_SIZE)) | 0;
  }

  /** It is full, or others wait for room: under both locks, since the line is guarded by the consumers'. */
  #putInTurn({ words, size }: Parcel, fresh: Granule, manner: Manner): PutResult {
    const patient = manner === 'try';
    if (this.isDisposed) return 'disposed';
    if (!this.begin(patient)) return BUSY;
    if (!this.#lockPutting(patient)) {
      this.commit();
      return BUSY;
    }
    const { me, putters } = this;
    this.#seeTaken();
    let result = this.#putLocked(words, size, fresh, putters.ahead(manner === 'wait' ? me : NOBODY));
    if (manner === 'wait') {
      if (result === 'full') {
        this.announce(Wait.ROOM);
        putters.stand(me, size);
        // There is room, for somebody in front who is on the way: should that one not come, nobody wakes us.
        if (this.#fits(size, NO_ONE)) result = BUSY;
      } else if (result !== 'no-block') putters.leave(me);
    }
    unlock(this.thread, this.base + Chained.PUT_LOCK);
    this.commit();
    return result;
  }

  /** Wakes those who wait for an item. The item is there already, so this may come a little later. */
  #callGetters(): void {
    if (this.#callNow() === BUSY) this.soon(() => this.#callNow());
  }

  #callNow(): true | typeof BUSY {
    if (!this.begin(true)) return BUSY;
    this.getters.call();
    this.commit(Wait.ITEMS);
    return true;
  }

  // Taking.

  protected override take(call: string | undefined, manner: Manner): Outcome<T> {
    const patient = manner === 'try';
    if (!this.ensureMember(patient)) return BUSY;
    let hand: Granule = NONE;
    for (;;) {
      if (!this.#beginWith(hand, patient)) return BUSY;
      const flags = this.word(Structure.FLAGS);
      const record = this.#look(flags, manner);
      if (record === 0) {
        this.#giveBackHand(hand);
        return this.#nothing(flags, call, manner);
      }
      if (Atomics.load(this.i32, this.base + Queue.GETTERS) !== 0 && !this.#isMyTurn(manner)) {
        this.commit();
        this.#giveBackHand(hand);
        return manner === 'wait' ? BUSY : NOT_YET;
      }
      if (record < 0) return this.#takeReturned(hand, manner);
      const size = this.i32[record] - 1;
      if (size <= LARGE && !this.#retries) return this.#takeHere(record, size, manner);
      if (hand !== NONE && this.space.arena.wordsOf(hand) >= Item.PAYLOAD + size) {
        return this.#takeToHand(record, size, hand, manner);
      }
      this.commit();
      this.#giveBackHand(hand);
      hand = this.space.arena.demand(this.thread, (Item.PAYLOAD + size) * 4);
    }
  }

  #beginWith(hand: Granule, patient: boolean): boolean {
    return hand === NONE ? this.begin(patient) : this.beginWith(hand, patient);
  }

  #giveBackHand(hand: Granule): void {
    if (hand !== NONE) this.space.arena.give(this.thread, hand);
  }

  /** The next record; -1 for one that came back; 0 for none, and then this thread stands in line, if it waits. */
  #look(flags: number, manner: Manner): number {
    if ((flags & Flag.IMMEDIATE) !== 0) return 0;
    if (this.word(Chained.RETURNED_FIRST) !== NONE) return -1;
    const record = this.#chain.next(this.#log);
    if (record !== 0 || manner !== 'wait' || (flags & (Flag.SENTINEL | Flag.SHUT_DOWN)) !== 0) return record;
    this.announce(Wait.ITEMS);
    this.getters.stand(this.me);
    // Producers do not need this lock: they look whether anybody stands here once their item is there.
    return this.#chain.next(this.#log);
  }

  /** There is no item. */
  #nothing(flags: number, call: string | undefined, manner: Manner): Outcome<T> {
    const isEnded = (flags & (Flag.SENTINEL | Flag.SHUT_DOWN)) !== 0;
    if (isEnded && manner === 'wait') this.getters.leave(this.me);
    this.commit();
    if ((flags & Flag.SHUT_DOWN) !== 0 && call !== undefined) throw new QueueShutDownError(call);
    // It only looks like an item: it stays where it is, so that no dead consumer can swallow it.
    return isEnded ? (SENTINEL as T) : NOT_YET;
  }

  /** Whether there are more items than threads in front; else this one stands in line, if it waits. */
  #isMyTurn(manner: Manner): boolean {
    const waits = manner === 'wait';
    const ahead = this.getters.ahead(waits ? this.me : NOBODY).count;
    if (ahead === 0 || this.count > ahead) return true;
    if (waits) {
      this.announce(Wait.ITEMS);
      this.getters.stand(this.me);
    }
    return false;
  }

  /** Decodes it where it lies: the copy would take as long as the others' wait for the lock. */
  #takeHere(record: number, size: number, manner: Manner): T {
    const { i32, base } = this;
    try {
      return this.space.codec.decode(record + 1, size) as T;
    } finally {
      if (manner === 'wait') this.getters.leave(this.me);
      this.#move(record, size);
      i32[base + Structure.LOG_COUNT] = 0;
      this.#chain.countTaken(1, size);
      if (this.putters.awaitsCall) {
        this.putters.call();
        this.commit(Wait.ROOM);
      } else unlock(this.thread, base + Structure.LOCK);
    }
  }

  /** Moves on behind the record, and counts it for this member. */
  #move(record: number, size: number): void {
    const { i32, base } = this;
    const open = this.me + Member.TAKEN;
    const at = base + Chained.AT;
    // As `change` does twice, with plain stores: nobody looks at these without the lock, and a thread dies in the order
    // of its program. A quarter of the time of a take.
    const count = i32[base + Structure.LOG_COUNT];
    const entry = base + Structure.LOG + count * 2;
    i32[entry] = open;
    i32[entry + 1] = i32[open];
    i32[entry + 2] = at;
    i32[entry + 3] = i32[at];
    i32[base + Structure.LOG_COUNT] = count + 2;
    i32[open]++;
    i32[at] = record + size + 1 - wordOf(i32[base + Chained.HEAD] as Granule);
  }

  /** Copies it into the block in hand; with retry that stays with the member until it is done. */
  #takeToHand(record: number, size: number, hand: Granule, manner: Manner): T {
    const { i32, me, thread } = this;
    const at = wordOf(hand);
    i32[at + Item.SIZE] = size;
    i32[at + Item.LINKED] = 0;
    i32.copyWithin(at + Item.PAYLOAD, record + 1, record + 1 + size);
    if (manner === 'wait') this.getters.leave(me);
    this.#move(record, size);
    if (this.#retries) {
      this.change(at + Item.LINKED, 1);
      this.keep(me, hand);
    }
    this.confirm();
    this.#chain.countTaken(1, size);
    this.putters.call();
    this.commit(Wait.ROOM);
    if (!this.#retries) return this.readHeld(hand);
    thread.letGo();
    return this.readKept(at);
  }

  #takeReturned(hand: Granule, manner: Manner): T {
    const { me } = this;
    if (manner === 'wait') this.getters.leave(me);
    const item = this.#unlinkReturned();
    this.change(me + Member.TAKEN, this.i32[me + Member.TAKEN] + 1);
    this.keep(me, item);
    this.putters.call();
    this.commit(Wait.ROOM);
    this.#giveBackHand(hand);
    return this.readKept(wordOf(item));
  }

  #unlinkReturned(): Granule {
    const item = this.word(Chained.RETURNED_FIRST) as Granule;
    const next = this.i32[wordOf(item) + Item.NEXT];
    this.store(Chained.RETURNED_FIRST, next);
    if (next === NONE) this.store(Chained.RETURNED_LAST, NONE);
    this.#countReturned(-1, -this.i32[wordOf(item) + Item.SIZE]);
    return item;
  }

  #countReturned(items: number, size: number): void {
    this.store(Chained.RETURNED, this.word(Chained.RETURNED) + items);
    this.store(Chained.RETURNED_SIZE, this.word(Chained.RETURNED_SIZE) + size);
  }

  // What is done.

  protected override finishOne(): Outcome<true> {
    if (!this.ensureMember(true)) return BUSY;
    if (this.#retries) return this.#finishKept();
    if (this.isDisposed) throw new DisposedError(this.kind);
    // One step, so that no death can come in between: unfinished is what lies in the queue and what members have open.
    if (!this.#close(this.me)) return this.#finishAnothers();
    this.#noteDone(this.me);
    return true;
  }

  /** One of the items that a member has open is done. */
  #close(member: number): boolean {
    const word = member + Member.TAKEN;
    for (let open = Atomics.load(this.i32, word); open > 0; open = Atomics.load(this.i32, word)) {
      if (Atomics.compareExchange(this.i32, word, open, open - 1) === open) return true;
    }
    return false;
  }

  #noteDone(member: number): void {
    const { i32, base } = this;
    if (!this.has(Flag.COUNTS_TASKS)) Atomics.or(i32, base + Structure.FLAGS, Flag.COUNTS_TASKS);
    if (Atomics.load(i32, base + Queue.JOINERS) === 0) return;
    // They are woken by the last one only: those before it see that something is open still.
    if (Atomics.load(i32, member + Member.TAKEN) > 0 || this.count > 0) return;
    this.soon(() => {
      if (!this.begin(true)) return BUSY;
      this.commit(this.#wakesJoiners());
      return true;
    });
  }

  #wakesJoiners(): number {
    if (this.word(Queue.JOINERS) === 0 || this.count > 0 || this.#open() > 0) return 0;
    this.store(Queue.JOINERS, 0);
    return Wait.DONE;
  }

  /** Another thread may say it in the consumer's place. */
  #finishAnothers(): Outcome<true> {
    if (!this.begin(true)) return BUSY;
    for (const member of this.members()) {
      if (!this.#close(wordOf(member))) continue;
      Atomics.or(this.i32, this.base + Structure.FLAGS, Flag.COUNTS_TASKS);
      this.commit(this.#wakesJoiners());
      return true;
    }
    this.commit();
    throw new TaskDoneCalledTooOftenError();
  }

  #finishKept(): Outcome<true> {
    if (!this.begin(true)) return BUSY;
    const { i32, me, thread } = this;
    const item = i32[me + Member.FIRST] as Granule;
    if (item === NONE) {
      const others = this.#open() > 0;
      this.commit();
      throw new TaskDoneCalledTooOftenError(others ? NOT_THE_TAKER : undefined);
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | Flag.COUNTS_TASKS);
    this.change(me + Member.TAKEN, i32[me + Member.TAKEN] - 1);
    this.forget(me, item);
    this.commit(this.#wakesJoiners());
    this.space.arena.give(thread, item);
    return true;
  }

  protected override allDone(): Outcome<undefined> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    if (!this.#lockPutting(false)) {
      this.commit();
      return BUSY;
    }
    const { i32, base } = this;
    if (!this.has(Flag.COUNTS_TASKS)) Atomics.or(i32, base + Structure.FLAGS, Flag.COUNTS_TASKS);
    // Before the count: who says the last taskDone afterwards sees it.
    Atomics.store(i32, base + Queue.JOINERS, 1);
    const unfinished = this.count + this.#open();
    if (unfinished !== 0) this.announce(Wait.DONE);
    unlock(this.thread, base + Chained.PUT_LOCK);
    this.commit();
    return unfinished === 0 ? undefined : NOT_YET;
  }

  // Ends.

  protected override close(flags: number, call: string): Outcome<true> {
    if (!this.ensureMember(true) || !this.begin(true)) return BUSY;
    if (flags === Flag.SENTINEL && this.has(Flag.SHUT_DOWN)) {
      this.commit();
      throw new QueueShutDownError(call);
    }
    if (!this.#lockPutting(true)) {
      this.commit();
      return BUSY;
    }
    Atomics.store(this.i32, this.base + Chained.SHUT, this.word(Chained.SHUT) | flags);
    unlock(this.thread, this.base + Chained.PUT_LOCK);
    // Refused already, and now it shows: whoever finds it empty and sees this knows that nothing more comes.
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | flags);
    this.commit(Wait.ITEMS | Wait.ROOM);
    return true;
  }

  protected override discardOne(): Outcome<boolean> {
    if (!this.begin(true)) return BUSY;
    if (this.word(Chained.RETURNED_FIRST) !== NONE) {
      const item = this.#detachReturned();
      this.change(wordOf(item) + Item.LINKED, 0);
      this.commit();
      this.space.arena.give(this.thread, item);
      return true;
    }
    const more = this.#chain.discard(this.#log);
    this.commit(this.#wakesJoiners());
    return more;
  }

  #detachReturned(): Granule {
    this.thread.hold(this.word(Chained.RETURNED_FIRST) as Granule);
    return this.#unlinkReturned();
  }

  protected override settle(member: number): boolean | Granule {
    this.getters.leave(member);
    this.putters.leave(member);
    if (this.#retries) this.#giveBack(member);
    else this.#countAsDone(member);
    if (!this.has(Flag.IMMEDIATE)) return true;
    // Whoever was throwing things away may be the dead one; and what came back just now is nobody's.
    if (this.word(Chained.RETURNED_FIRST) !== NONE) {
      const item = this.#detachReturned();
      this.change(wordOf(item) + Item.LINKED, 0);
      return item;
    }
    return !this.#chain.discard(this.#log);
  }

  #countAsDone(member: number): void {
    const lost = Atomics.load(this.i32, member + Member.TAKEN);
    if (lost === 0) return;
    this.change(member + Member.TAKEN, 0);
    this.reportLost(lost);
  }

  /** What a member keeps comes before all others. */
  #giveBack(member: number): void {
    const { i32 } = this;
    const first = i32[member + Member.FIRST] as Granule;
    if (first === NONE) return;
    let size = 0;
    for (let item = first; item !== NONE; item = i32[wordOf(item) + Item.NEXT] as Granule) {
      size += i32[wordOf(item) + Item.SIZE];
    }
    const last = i32[member + Member.LAST] as Granule;
    const next = this.word(Chained.RETURNED_FIRST);
    this.change(wordOf(last) + Item.NEXT, next);
    if (next === NONE) this.store(Chained.RETURNED_LAST, last);
    this.store(Chained.RETURNED_FIRST, first);
    this.#countReturned(i32[member + Member.TAKEN], size);
    this.change(member + Member.TAKEN, 0);
    this.change(member + Member.FIRST, NONE);
    this.change(member + Member.LAST, NONE);
    this.getters.call();
  }

  override mend(isHeld: (lock: number) => boolean): void {
    super.mend(isHeld);
    if (isHeld(this.base + Chained.PUT_LOCK)) this.#chain.mendPutting();
    if (!isHeld(this.base + Structure.LOCK)) return;
    this.#chain.mendTaking();
    // Who was closing it has refused items in its name: so it is closed.
    Atomics.or(this.i32, this.base + Structure.FLAGS, this.word(Chained.SHUT));
  }

  /** Producers do not ask for the structure's lock: those that are at work are waited for. */
  protected override isDeserted(): boolean {
    if (!this.#lockPutting(true)) return false;
    Atomics.store(this.i32, this.base + Chained.PUT_GENERATION, 0);
    unlock(this.thread, this.base + Chained.PUT_LOCK);
    return true;
  }

  protected override detach(): Granule {
    if (this.word(Chained.RETURNED_FIRST) !== NONE) return this.#detachReturned();
    return this.detachKept() || this.#chain.detachBlock(this.#log) || super.detach();
  }
}

type PutResult = 'done' | 'full' | 'closed' | 'disposed' | 'no-block' | typeof BUSY;
interface Ahead {
  readonly count: number;
  readonly size: number;
}
const NO_ONE: Ahead = { count: 0, size: 0 };
