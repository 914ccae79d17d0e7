/**
 * What a SharedQueue keeps besides the ways in and out: how much there is and how much is done, what its end means, and
 * what the death of a thread does.
 */
import { TaskDoneCalledTooOftenError } from '../../errors.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { unlock } from '../../memory/robust-lock.js';
import { AnySharedQueue } from './any-shared-queue.js';
import { ItemChain, type UndoLog } from './item-chain.js';
import { Chained, Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { NOT_THE_TAKER, type QueueKind } from './queue-steps.js';
import type { Space } from './space.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

export abstract class ChainedItems<T, Kind extends QueueKind> extends AnySharedQueue<T, Kind> {
  protected readonly chain: ItemChain;
  protected readonly log: UndoLog = {
    change: (index, value) => this.change(index, value),
    confirm: () => this.confirm(),
  };

  /** Items that this thread has open, as it knows: another may have said that one of them is done. */
  protected open = 0;
  #countsTasks = false;

  constructor(space: Space, block: Granule, kind: Kind, generation?: number) {
    super(space, block, kind, generation);
    this.chain = new ItemChain(space.arena, space.thread, this.base);
  }

  protected override get count(): number {
    return this.chain.count + Atomics.load(this.i32, this.base + Chained.RETURNED);
  }

  protected override get bytesUsed(): number {
    return (this.chain.size + Atomics.load(this.i32, this.base + Chained.RETURNED_SIZE)) * 4;
  }

  protected override get seemsReady(): boolean {
    return this.chain.hasNext || this.word(Chained.RETURNED) > 0;
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

  protected lockPutting(patient: boolean): boolean {
    return this.grab(patient, Chained.PUT_LOCK);
  }

  protected unlinkReturned(): Granule {
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
    if (!this.isMember && !this.ensureMember(true)) return BUSY;
    if (this.retries) return this.#finishKept();
    this.check();
    // One step, so that no death can come in between: unfinished is what lies in the queue and what members have open.
    if (!this.#close(this.me, this.open)) return this.#finishAnothers();
    this.#noteDone(this.me);
    return true;
  }

  /** One of the items that a member has open is done. @param likely how many it has open, as far as this thread knows */
  #close(member: number, likely: number): boolean {
    const { i32 } = this;
    const word = member + Member.TAKEN;
    let open = likely > 0 ? likely : Atomics.load(i32, word);
    while (open > 0) {
      const seen = Atomics.compareExchange(i32, word, open, open - 1);
      if (seen === open) {
        this.open = open - 1;
        return true;
      }
      open = seen;
    }
    return false;
  }

  #noteDone(member: number): void {
    const { i32, base } = this;
    if (!this.#countsTasks) {
      Atomics.or(i32, base + Structure.FLAGS, Flag.COUNTS_TASKS);
      this.#countsTasks = true;
    }
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
      if (!this.#close(wordOf(member), 0)) continue;
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
    if (!this.lockPutting(false)) {
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

  /** Producers do not ask for the structure's lock: they are told under their own, before the flag shows it. */
  protected override refuse(flags: number): boolean {
    if (!this.lockPutting(true)) return false;
    Atomics.store(this.i32, this.base + Chained.SHUT, this.word(Chained.SHUT) | flags);
    unlock(this.thread, this.base + Chained.PUT_LOCK);
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
    const more = this.chain.discard(this.log);
    this.commit(this.#wakesJoiners());
    return more;
  }

  #detachReturned(): Granule {
    this.thread.hold(this.word(Chained.RETURNED_FIRST) as Granule);
    return this.unlinkReturned();
  }

  protected override settle(member: number): boolean | Granule {
    this.getters.leave(member);
    this.putters.leave(member);
    if (this.retries) this.#giveBack(member);
    else this.#countAsDone(member);
    if (!this.has(Flag.IMMEDIATE)) return true;
    // Whoever was throwing things away may be the dead one; and what came back just now is nobody's.
    if (this.word(Chained.RETURNED_FIRST) !== NONE) {
      const item = this.#detachReturned();
      this.change(wordOf(item) + Item.LINKED, 0);
      return item;
    }
    return !this.chain.discard(this.log);
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
    if (isHeld(this.base + Chained.PUT_LOCK)) this.chain.mendPutting();
    if (!isHeld(this.base + Structure.LOCK)) return;
    this.chain.mendTaking();
    // Who was closing it has refused items in its name: so it is closed.
    Atomics.or(this.i32, this.base + Structure.FLAGS, this.word(Chained.SHUT));
  }

  /** Producers do not ask for the structure's lock: those that are at work are waited for. */
  protected override isDeserted(): boolean {
    if (!this.lockPutting(true)) return false;
    Atomics.store(this.i32, this.base + Chained.PUT_GENERATION, 0);
    unlock(this.thread, this.base + Chained.PUT_LOCK);
    return true;
  }

  protected override detach(): Granule {
    if (this.word(Chained.RETURNED_FIRST) !== NONE) return this.#detachReturned();
    return this.detachKept() || this.chain.detachBlock(this.log) || super.detach();
  }
}
