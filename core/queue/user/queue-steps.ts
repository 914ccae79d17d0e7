/**
 * What the steps of all shared queues have in common, and what each kind has to say of its own: `chain-queue.ts` for
 * the row, `linked-queue.ts` for the stack and the heap.
 */
import { DisposedError, ItemTooLargeError, QueueShutDownError } from '../../errors.js';
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import type { ItemCodec } from './item-codec.js';
import { Flag, Item, Member, Queue, Structure, Wait } from './layout.js';
import { GETTERS, Line, PUTTERS } from './line.js';
import type { Space } from './space.js';
import { SharedStructure } from './structure.js';
import { BUSY, type Outcome } from './waits.js';

export type QueueKind = 'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack';

/** An encoded item: valid until the next one is encoded, unless copied. */
export interface Parcel {
  /** The first `size` of them. */
  readonly words: Int32Array;
  readonly size: number;
  readonly priority: number;
}

/** Whether a call stands in line when it is not served, has a little patience with a lock, or just looks. */
export type Manner = 'wait' | 'try' | 'look';

export abstract class QueueSteps<T, Kind extends QueueKind> extends SharedStructure<Kind> {
  protected readonly getters: Line;
  protected readonly putters: Line;
  protected readonly retries: boolean;
  /** Used again for each item. */
  readonly #codec: ItemCodec;
  readonly #parcel = { words: new Int32Array(0) as Int32Array, size: 0, priority: 0 };

  constructor(space: Space, block: Granule, kind: Kind, generation?: number) {
    super(space, block, kind, generation);
    const links = {
      i32: this.i32,
      base: this.base,
      members: () => this.members(),
      change: (index: number, value: number) => this.change(index, value),
    };
    this.getters = new Line(links, GETTERS);
    this.putters = new Line(links, PUTTERS);
    this.retries = this.has(Flag.RETRY);
    this.#codec = space.codec;
  }

  /** Adds an item. */
  protected abstract add(parcel: Parcel, call: string, manner: Manner): Outcome<true>;
  /**
   * Takes the next item, or the end mark.
   * @param call whose name an error bears; without one, the end of a queue that was shut down is the end mark too
   */
  protected abstract take(call: string | undefined, manner: Manner): Outcome<T>;
  /** The oldest item that this thread took is done. */
  protected abstract finishOne(): Outcome<true>;
  protected abstract allDone(): Outcome<undefined>;
  /** Throws the next items away, as done. @returns whether there may be more */
  protected abstract discardOne(): Outcome<boolean>;
  /** Items in it, as it is without the lock. */
  protected abstract get count(): number;
  /** Bytes of encoded items in it. */
  protected abstract get bytesUsed(): number;
  /** Items put and not done; undefined when the lock was not to be had. */
  protected abstract countUnfinished(): number | undefined;
  /** Whether it seems worth while to try to take, without a lock. */
  protected abstract get seemsReady(): boolean;

  /** Whether it seems worth while to try to put: there is room for something. */
  protected get seemsRoomy(): boolean {
    return (
      this.count < this.i32[this.base + Queue.MAX_ITEMS] &&
      this.bytesUsed < this.i32[this.base + Queue.MAX_SIZE] * 4
    );
  }

  protected has(flag: number): boolean {
    return (Atomics.load(this.i32, this.base + Structure.FLAGS) & flag) !== 0;
  }

  protected pack(item: T, priority: number): Parcel {
    const codec = this.#codec;
    const size = codec.encode(item);
    if (size > this.i32[this.base + Queue.MAX_SIZE]) {
      // Of a queue that is gone, it would say nothing.
      this.look(Queue.MAX_SIZE);
      throw new ItemTooLargeError(size * 4, this.space.arena.f64[(this.base + Queue.MAX_BYTES) / 2]);
    }
    const parcel = this.#parcel;
    parcel.words = codec.words;
    parcel.size = size;
    parcel.priority = priority;
    return parcel;
  }

  /** The item packed last, to be kept. */
  protected packed(): Parcel {
    const { words, size, priority } = this.#parcel;
    return { words: words.slice(0, size), size, priority };
  }

  /** Takes no more items from here on. */
  protected close(flags: number, call: string): Outcome<true> {
    // A member, so that one who dies before all is thrown away is missed.
    if (!this.ensureMember(true) || !this.begin(true)) return BUSY;
    if (flags === Flag.SENTINEL && this.has(Flag.SHUT_DOWN)) {
      this.commit();
      throw new QueueShutDownError(call);
    }
    if (!this.refuse(flags)) {
      this.commit();
      return BUSY;
    }
    this.store(Structure.FLAGS, this.word(Structure.FLAGS) | flags);
    this.commit(Wait.ITEMS | Wait.ROOM);
    return true;
  }

  /** Tells those who put without the structure's lock that it is closed. @returns false when that cannot be done now */
  protected refuse(_flags: number): boolean {
    return true;
  }

  /** There is no item for this thread: it waits in line, and is woken. */
  protected standForItem(): void {
    this.announce(Wait.ITEMS);
    this.getters.stand(this.me);
  }

  /** Calls who stands in the line, if anybody does. @returns what to wake for */
  protected calls(line: Line, waits: number): number {
    if (line.isEmpty) return 0;
    line.call();
    return waits;
  }

  /** A task of this thread gave up, and was the last that waited: who stands behind it may go on. */
  protected stepOut(line: Line): void {
    if (this.isDisposed || !this.isMember || !this.begin(true)) return;
    line.leave(this.me);
    line.call();
    this.commit(Wait.ITEMS | Wait.ROOM);
  }

  /** The value of an item in this thread's hand, which is given back. */
  protected readHeld(item: Granule): T {
    const at = wordOf(item);
    try {
      return this.space.codec.decode(at + Item.PAYLOAD, this.i32[at + Item.SIZE]) as T;
    } finally {
      this.space.arena.give(this.thread, item);
    }
  }

  // With retry: items that a member has taken stay in its row until they are done.

  /** It stays the queue's, so another thread that disposes of the queue may give its memory back meanwhile. */
  protected readKept(at: number): T {
    try {
      return this.space.codec.decode(at + Item.PAYLOAD, this.i32[at + Item.SIZE]) as T;
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: what was read of other memory is neither value nor error
      if (this.isDisposed) throw new DisposedError(this.kind);
    }
  }

  protected keep(member: number, item: Granule): void {
    const last = this.i32[member + Member.LAST] as Granule;
    this.change(wordOf(item) + Item.NEXT, NONE);
    if (last === NONE) this.change(member + Member.FIRST, item);
    else this.change(wordOf(last) + Item.NEXT, item);
    this.change(member + Member.LAST, item);
  }

  /** Takes the oldest of the items that a member keeps in hand, out of its row. */
  protected forget(member: number, item: Granule): void {
    const next = this.i32[wordOf(item) + Item.NEXT] as Granule;
    this.thread.hold(item);
    this.change(wordOf(item) + Item.LINKED, 0);
    this.change(member + Member.FIRST, next);
    if (next === NONE) this.change(member + Member.LAST, NONE);
  }

  /** Of a queue that is disposed of: an item that a member keeps, in hand; NONE when there is none. */
  protected detachKept(): Granule {
    for (const member of this.members()) {
      const kept = this.i32[wordOf(member) + Member.FIRST] as Granule;
      if (kept === NONE) continue;
      this.forget(wordOf(member), kept);
      return kept;
    }
    return NONE;
  }

  protected reportLost(items: number): void {
    if (!this.has(Flag.COUNTS_TASKS)) return;
    const what = items === 1 ? '1 item' : `${items} items`;
    process.emitWarning(
      `A thread ended before it called taskDone() for ${what} of a ${this.kind}; they count as done. ` +
        "With inFlight: 'retry' they would go back to the front.",
      { type: 'TroupeWarning', code: 'TROUPE_ITEMS_LOST' },
    );
  }
}

export const NOT_THE_TAKER =
  "taskDone() was called in a thread that has no item in hand. With inFlight: 'retry' the thread that took an " +
  'item says when it is done, once for every get().';
