/**
 * The line of threads that wait for an item, or for room: who is served before whom.
 *
 * A thread draws a number when it looks and has to wait. Who looks may take what is there only when enough is left for
 * those in front of it; so nobody who comes later is served first, and still several are served at once. Numbers
 * wake nobody: that is the business of {@link Member.WAITING}, so a number that is left behind by mistake does no harm.
 *
 * A thread that is called and does not look for a while (its event loop is busy, it blocks elsewhere) is passed
 * over until it looks again: what is in the queue never waits for one that does not come.
 */
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { monotonicMs } from '../../memory/monotonic.js';
import { Member, Queue } from './layout.js';

/** How long a thread that was called may take before others go first. Specs of the order change it. */
export const Patience = { calledMs: 100 };

interface LineWords {
  /** Of the queue: members in the line. */
  readonly length: number;
  /** Of the queue: whether all of them are called. */
  readonly allCalled: number;
  /** Of a member: its number, since when it is called, how much it waits for. */
  readonly number: number;
  readonly called: number;
  readonly size?: number;
}

export const GETTERS: LineWords = {
  length: Queue.GETTERS,
  allCalled: Queue.GETTERS_CALLED,
  number: Member.GET_NUMBER,
  called: Member.GET_CALLED,
};
export const PUTTERS: LineWords = {
  length: Queue.PUTTERS,
  allCalled: Queue.PUTTERS_CALLED,
  number: Member.PUT_NUMBER,
  called: Member.PUT_CALLED,
  size: Member.PUT_SIZE,
};

/** What a line needs of its queue; everything under the queue's lock. */
export interface LineLinks {
  readonly i32: Int32Array;
  /** Index of the queue's first word. */
  readonly base: number;
  members(): Iterable<Granule>;
  /** Changes a word so that it can be undone. */
  change(index: number, value: number): void;
}

export class Line {
  readonly #links: LineLinks;
  readonly #words: LineWords;

  constructor(links: LineLinks, words: LineWords) {
    this.#links = links;
    this.#words = words;
  }

  get isEmpty(): boolean {
    const { i32, base } = this.#links;
    return Atomics.load(i32, base + this.#words.length) === 0;
  }

  /**
   * Who is in front, and how much they wait for.
   * @param me first word of the member that looks, or 0 for one who does not stand in line
   */
  ahead(me: number): Ahead {
    if (this.isEmpty) return NO_ONE;
    let count = 0;
    let size = 0;
    const { i32 } = this.#links;
    const { number, size: sizeWord } = this.#words;
    const own = me === 0 ? 0 : i32[me + number];
    const now = clock();
    for (const member of this.#links.members()) {
      const at = wordOf(member);
      const other = i32[at + number];
      if (other === 0 || other === own || (own !== 0 && ((other - own) | 0) > 0)) continue;
      if (this.#isAway(at, now)) continue;
      count++;
      if (sizeWord !== undefined) size += i32[at + sizeWord];
    }
    return { count, size };
  }

  #isAway(member: number, now: number): boolean {
    const since = this.#links.i32[member + this.#words.called];
    return since !== 0 && ((now - since) | 0) > Patience.calledMs;
  }

  /** The member has looked, and waits: at its place, or at the end. */
  stand(me: number, size = 0): void {
    const { i32, base, change } = this.#links;
    const words = this.#words;
    // No part of the operation: it says that the thread was here.
    i32[me + words.called] = 0;
    // Before this thread looks again: who has something for it without a lock sees this, or is seen.
    Atomics.store(i32, base + words.allCalled, 0);
    if (words.size !== undefined && i32[me + words.size] !== size) change(me + words.size, size);
    if (i32[me + words.number] !== 0) return;
    // 0 is "not in line".
    const last = (i32[base + Queue.LAST_NUMBER] + 1) | 0 || 1;
    change(base + Queue.LAST_NUMBER, last);
    change(me + words.number, last);
    change(base + words.length, i32[base + words.length] + 1);
  }

  /** The member is served, gives up, or is dead. */
  leave(me: number): void {
    const { i32, base, change } = this.#links;
    const words = this.#words;
    if (i32[me + words.number] === 0) return;
    change(me + words.number, 0);
    change(base + words.length, i32[base + words.length] - 1);
    i32[me + words.called] = 0;
  }

  /** Whether somebody is to be called. Without the lock: whoever comes to stand after this looks once more. */
  get awaitsCall(): boolean {
    const { i32, base } = this.#links;
    const { length, allCalled } = this.#words;
    return Atomics.load(i32, base + length) !== 0 && Atomics.load(i32, base + allCalled) === 0;
  }

  /** Something may be had: all in the line are about to be woken. */
  call(): void {
    if (this.isEmpty) return;
    const { i32, base } = this.#links;
    const { number, called, allCalled } = this.#words;
    Atomics.store(i32, base + allCalled, 1);
    const now = clock();
    for (const member of this.#links.members()) {
      const at = wordOf(member);
      if (i32[at + number] !== 0 && i32[at + called] === 0) i32[at + called] = now;
    }
  }
}

/** Milliseconds, the same in all threads; never 0. */
function clock(): number {
  return monotonicMs() | 0 || 1;
}

/** Those in front in the line, and how much they wait for. */
export interface Ahead {
  readonly count: number;
  readonly size: number;
}
export const NO_ONE: Ahead = { count: 0, size: 0 };

/** No member. */
export const NOBODY: number = NONE;
