/**
 * The items of a shared queue: how they are linked and counted, what becomes of them when a consumer dies, and how
 * they are given back with the queue.
 */
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import type { ItemLinks, ItemOrder } from './item-order.js';
import { Flag, Item, Member, Queue, Structure } from './layout.js';
import { GETTERS, Line, PUTTERS } from './line.js';
import type { Space } from './space.js';
import { SharedStructure } from './structure.js';

export type QueueKind = 'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack';

export class QueueItems<Kind extends QueueKind> extends SharedStructure<Kind> {
  protected readonly links: ItemLinks;
  protected readonly retries: boolean;
  protected readonly order: ItemOrder;
  protected readonly getters: Line;
  protected readonly putters: Line;

  constructor(space: Space, block: Granule, kind: Kind, order: ItemOrder, generation?: number) {
    super(space, block, kind, generation);
    this.order = order;
    this.retries = this.has(Flag.RETRY);
    const change = (index: number, value: number) => this.change(index, value);
    this.links = {
      i32: space.arena.i32,
      f64: space.arena.f64,
      base: wordOf(block),
      highestFirst: this.has(Flag.HIGHEST_FIRST),
      change,
    };
    const links = { i32: space.arena.i32, base: wordOf(block), members: () => this.members(), change };
    this.getters = new Line(links, GETTERS);
    this.putters = new Line(links, PUTTERS);
  }

  protected has(flag: number): boolean {
    return (Atomics.load(this.i32, this.base + Structure.FLAGS) & flag) !== 0;
  }

  protected count(items: number, size: number): void {
    this.store(Queue.COUNT, this.word(Queue.COUNT) + items);
    this.store(Queue.SIZE, this.word(Queue.SIZE) + size);
  }

  /** Takes the next item out of the order. It is in hand before that: whoever buries us finds it linked, or there. */
  protected unlink(): Granule {
    const item = this.order.remove(this.links);
    this.count(-1, -this.i32[wordOf(item) + Item.SIZE]);
    return item;
  }

  /** Takes the oldest of the items that a member keeps in hand, out of its row. */
  protected forget(member: number, item: Granule): void {
    const next = this.i32[wordOf(item) + Item.NEXT] as Granule;
    this.thread.hold(item);
    this.change(wordOf(item) + Item.LINKED, 0);
    this.change(member + Member.FIRST, next);
    if (next === NONE) this.change(member + Member.LAST, NONE);
  }

  /** Takes the next item in hand, as done. */
  protected discard(): Granule {
    if (this.word(Queue.COUNT) === 0) return NONE;
    const next = this.word(Queue.FIRST) as Granule;
    this.thread.hold(next);
    this.unlink();
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
    return (this.has(Flag.IMMEDIATE) && this.discard()) || true;
  }

  #countAsDone(member: number): void {
    const taken = this.i32[member + Member.TAKEN];
    // Those that other threads have called done are not ours to count again.
    const lost = Math.min(taken, this.word(Queue.UNFINISHED) - this.word(Queue.COUNT));
    if (lost <= 0) return;
    this.store(Queue.UNFINISHED, this.word(Queue.UNFINISHED) - lost);
    this.change(member + Member.TAKEN, 0);
    if (this.has(Flag.COUNTS_TASKS)) reportLost(this.kind, lost);
  }

  /** What a member keeps goes back to the front. @returns false when there is more */
  #giveBack(member: number): boolean {
    const { i32 } = this;
    const first = i32[member + Member.FIRST] as Granule;
    if (first === NONE) return true;
    const sizes: number[] = [];
    for (let item = first; item !== NONE; item = i32[wordOf(item) + Item.NEXT] as Granule) {
      sizes.push(i32[wordOf(item) + Item.SIZE]);
      if (this.order.oneByOne) break;
    }
    const left = this.order.putBack(this.links, first, i32[member + Member.LAST] as Granule);
    this.change(member + Member.FIRST, left);
    if (left === NONE) this.change(member + Member.LAST, NONE);
    this.count(
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
      return this.unlink();
    }
    for (const member of this.members()) {
      const kept = this.i32[wordOf(member) + Member.FIRST] as Granule;
      if (kept === NONE) continue;
      this.forget(wordOf(member), kept);
      return kept;
    }
    return super.detach();
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
