/**
 * The ways in and out of a SharedQueue, each step whole or not at all; nothing here waits. Producers work under a lock of
 * their own; the structure's lock is the consumers', and guards the lines of those who wait.
 */
import { DisposedError, QueueShutDownError } from '../../errors.js';
import { copyWords } from '../../memory/copy.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { lock, unlock } from '../../memory/robust-lock.js';
import { ChainedItems } from './chained-items.js';
import { Chained, Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { type Ahead, NO_ONE, NOBODY } from './line.js';
import type { Manner, Parcel, QueueKind } from './queue-steps.js';
import { SENTINEL } from './sentinel.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

/** Larger items are copied out under the lock and decoded behind it: others may want the lock. In words. */
const LARGE = 512;

export abstract class ChainQueue<T, Kind extends QueueKind> extends ChainedItems<T, Kind> {
  // Putting.

  protected override add(parcel: Parcel, call: string, manner: Manner): Outcome<true> {
    if (!this.isMember && !this.ensureMember(manner === 'try')) return BUSY;
    const result = this.#putNow(parcel.words, parcel.size, manner === 'try');
    return result === 'done' ? this.#wasPut() : this.#putFurther(parcel, call, manner, result);
  }

  #wasPut(): true {
    // Stored behind the item, so one that waits either is seen here, or sees the item at its second look.
    if (this.getters.awaitsCall) this.#callGetters();
    return true;
  }

  /** Under the producers' lock alone: the way of nearly all items. */
  #putNow(words: Int32Array, size: number, patient: boolean): PutResult {
    const { i32, base, thread } = this;
    const lockWord = base + Chained.PUT_LOCK;
    if (!lock(thread, lockWord) && !(patient && this.lockPutting(true))) return BUSY;
    // Others wait for room, and come first.
    const result = i32[base + Chained.IN_TURN] === 0 ? this.#putLocked(words, size, NO_ONE) : 'full';
    unlock(thread, lockWord);
    return result;
  }

  #putLocked(words: Int32Array, size: number, ahead: Ahead): PutResult {
    const { i32, base } = this;
    if (i32[base + Chained.PUT_GENERATION] !== this.generation) return 'disposed';
    if (i32[base + Chained.SHUT] !== 0) return 'closed';
    if (!this.#fits(size, ahead)) {
      this.#seeTaken();
      if (!this.#fits(size, ahead)) return 'full';
    }
    return this.chain.append(words, size) ? 'done' : 'no-block';
  }

  #putFurther(parcel: Parcel, call: string, manner: Manner, result: PutResult): Outcome<true> {
    for (;;) {
      switch (result) {
        case 'done':
          return this.#wasPut();
        case 'closed':
          throw new QueueShutDownError(call);
        case 'disposed':
          throw new DisposedError(this.kind);
        case 'no-block':
          if (!this.#extend(parcel.size, manner)) return BUSY;
          result = this.#putNow(parcel.words, parcel.size, manner === 'try');
          break;
        case 'full':
          if (manner === 'look') return NOT_YET;
          result = this.#putInTurn(parcel, manner);
          if (result === 'full') return NOT_YET;
          break;
        default:
          return result;
      }
    }
  }

  /** Links another block. @returns false when the lock was not to be had */
  #extend(size: number, manner: Manner): boolean {
    const { arena } = this.space;
    const { chain, thread } = this;
    // Memory is taken before a lock, never under it.
    const fresh = arena.demand(thread, chain.blockBytes);
    if (!this.lockPutting(manner === 'try')) {
      arena.give(thread, fresh);
      return false;
    }
    const isOpen = this.word(Chained.PUT_GENERATION) === this.generation && this.word(Chained.SHUT) === 0;
    const isLinked = isOpen && chain.extend(size, fresh);
    unlock(thread, this.base + Chained.PUT_LOCK);
    if (!isLinked) arena.give(thread, fresh);
    return true;
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
  #putInTurn({ words, size }: Parcel, manner: Manner): PutResult {
    const patient = manner === 'try';
    if (!this.begin(patient)) return BUSY;
    if (!this.lockPutting(patient)) {
      this.commit();
      return BUSY;
    }
    const { me, putters, i32, base } = this;
    this.#seeTaken();
    let result = this.#putLocked(words, size, putters.ahead(manner === 'wait' ? me : NOBODY));
    if (manner === 'wait') {
      if (result === 'full') {
        i32[base + Chained.IN_TURN] = 1;
        this.announce(Wait.ROOM);
        putters.stand(me, size);
        // There is room, for somebody in front who is on the way: should that one not come, nobody wakes us.
        if (this.#fits(size, NO_ONE)) result = BUSY;
      } else if (result !== 'no-block') putters.leave(me);
    }
    if (putters.isEmpty) i32[base + Chained.IN_TURN] = 0;
    unlock(this.thread, base + Chained.PUT_LOCK);
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
    if (!this.isMember && !this.ensureMember(patient)) return BUSY;
    if (!this.begin(patient)) return BUSY;
    const record = this.#look(manner);
    if (record > 0 && this.i32[this.base + Queue.GETTERS] === 0 && !this.retries) {
      const size = this.i32[record] - 1;
      if (size <= LARGE) return this.#takeHere(record, size, manner);
    }
    return this.#takeFurther(record, call, manner);
  }

  /** Comes with the lock. */
  #takeFurther(first: number, call: string | undefined, manner: Manner): Outcome<T> {
    let record = first;
    let hand: Granule = NONE;
    for (;;) {
      if (record === 0) {
        this.#giveBackHand(hand);
        return this.#nothing(call, manner);
      }
      if (this.word(Queue.GETTERS) !== 0 && !this.#isMyTurn(manner)) {
        this.commit();
        this.#giveBackHand(hand);
        return manner === 'wait' ? BUSY : NOT_YET;
      }
      if (record < 0) return this.#takeReturned(hand, manner);
      const size = this.i32[record] - 1;
      if (size <= LARGE && !this.retries) {
        this.#giveBackHand(hand);
        return this.#takeHere(record, size, manner);
      }
      if (hand !== NONE && this.space.arena.wordsOf(hand) >= Item.PAYLOAD + size) {
        return this.#takeToHand(record, size, hand, manner);
      }
      this.commit();
      this.#giveBackHand(hand);
      hand = this.space.arena.demand(this.thread, (Item.PAYLOAD + size) * 4);
      if (!this.beginWith(hand, manner === 'try')) return BUSY;
      record = this.#look(manner);
    }
  }

  #giveBackHand(hand: Granule): void {
    if (hand !== NONE) this.space.arena.give(this.thread, hand);
  }

  /** The next record; -1 for one that came back; 0 for none, and then this thread stands in line, if it waits. */
  #look(manner: Manner): number {
    const flags = this.word(Structure.FLAGS);
    if ((flags & Flag.IMMEDIATE) !== 0) return 0;
    if (this.word(Chained.RETURNED_FIRST) !== NONE) return -1;
    const record = this.chain.next(this.log);
    if (record !== 0 || manner !== 'wait' || (flags & (Flag.SENTINEL | Flag.SHUT_DOWN)) !== 0) return record;
    this.standForItem();
    // Producers do not need this lock: they look whether anybody stands here once their item is there.
    return this.chain.next(this.log);
  }

  /** There is no item. */
  #nothing(call: string | undefined, manner: Manner): Outcome<T> {
    const flags = this.word(Structure.FLAGS);
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
    if (waits) this.standForItem();
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
      this.chain.countTaken(1, size);
      if (i32[base + Queue.PUTTERS] !== 0 && this.putters.awaitsCall) {
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
    this.open = ++i32[open];
    i32[at] = record + size + 1 - wordOf(i32[base + Chained.HEAD] as Granule);
  }

  /** Copies it into the block in hand; with retry that stays with the member until it is done. */
  #takeToHand(record: number, size: number, hand: Granule, manner: Manner): T {
    const { i32, me, thread } = this;
    const at = wordOf(hand);
    i32[at + Item.SIZE] = size;
    i32[at + Item.LINKED] = 0;
    copyWords(i32, at + Item.PAYLOAD, i32, record + 1, record + 1 + size);
    if (manner === 'wait') this.getters.leave(me);
    this.#move(record, size);
    if (this.retries) {
      this.change(at + Item.LINKED, 1);
      this.keep(me, hand);
    }
    this.confirm();
    this.chain.countTaken(1, size);
    this.commit(this.calls(this.putters, Wait.ROOM));
    if (!this.retries) return this.readHeld(hand);
    thread.letGo();
    return this.readKept(at);
  }

  #takeReturned(hand: Granule, manner: Manner): T {
    const { me } = this;
    if (manner === 'wait') this.getters.leave(me);
    const item = this.unlinkReturned();
    this.change(me + Member.TAKEN, this.i32[me + Member.TAKEN] + 1);
    this.keep(me, item);
    this.commit(this.calls(this.putters, Wait.ROOM));
    this.#giveBackHand(hand);
    return this.readKept(wordOf(item));
  }
}

type PutResult = 'done' | 'full' | 'closed' | 'disposed' | 'no-block' | typeof BUSY;
