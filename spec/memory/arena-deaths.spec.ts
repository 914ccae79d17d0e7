/** A thread dies at each of its stores while it takes blocks and gives them back: none is lost, and the count is right. */
import { expect } from 'chai';
import { Arena } from '../../core/memory/arena.js';
import { type Granule, NONE } from '../../core/memory/layout.js';
import { locksHeldBy, takeFromDead } from '../../core/memory/robust-lock.js';
import { claimThread, recordOf, ThreadRecord } from '../../core/memory/thread-record.js';
import { Arena as Audit } from '../model/audit.js';

const DEATH = new Error('the thread dies here');
const STORES = ['store', 'add', 'sub', 'or', 'exchange', 'compareExchange'] as const;

type Store = (words: Int32Array, ...rest: number[]) => number;

/** Of some sizes, out of lists and fresh, up to three in hand; the first is linked for a while, so to say. */
function work(arena: Arena, thread: ThreadRecord, linked: Granule[]): void {
  const first = arena.take(thread, 100, true);
  linked.push(first);
  thread.letGo();
  const taken = [3000, 100, 200_000].map((bytes) => arena.take(thread, bytes, true));
  for (const block of taken.toReversed()) if (block !== NONE) arena.give(thread, block);
  thread.hold(first);
  linked.pop();
  arena.give(thread, first);
}

/** Plays it on an arena of its own, with a death before so many stores. @returns whether it came to that */
function dies(before: number, isFull: boolean): boolean {
  const arena = Arena.create(4 << 20);
  const undertaker = new ThreadRecord(arena, claimThread(arena), true);
  // In lists, one of each.
  const spare = [100, 3000, 200_000].map((bytes) => arena.take(undertaker, bytes));
  for (const block of spare.toReversed()) arena.give(undertaker, block);
  // Nothing fresh is left then, and what is missing is taken from the lists of larger ones.
  const used: Granule[] = [];
  for (let block = NONE; isFull && (block = arena.take(undertaker, 100_000, true)) !== NONE; ) {
    undertaker.letGo();
    used.push(block);
  }

  const { i32 } = arena;
  let left = before;
  const step = () => {
    if (left-- === 0) throw DEATH;
  };
  const watched = new Proxy(i32, {
    set(words, word, value) {
      step();
      words[Number(word)] = value;
      return true;
    },
  });
  const seen = Object.assign(Arena.over(arena.buffer), { i32: watched });
  const { load } = Atomics;
  const stores = STORES.map((name) => [name, Atomics[name] as Store] as const);
  const unwrap = (words: Int32Array) => (words === watched ? i32 : words);
  for (const [name, call] of stores) {
    Object.assign(Atomics, {
      [name]: (words: Int32Array, ...rest: number[]) => {
        if (words === watched) step();
        return call(unwrap(words), ...rest);
      },
    });
  }
  Object.assign(Atomics, { load: (words: Int32Array, at: number) => load(unwrap(words), at) });
  const linked: Granule[] = [];
  const slot = claimThread(arena);
  let hasDied = false;
  try {
    work(seen, new ThreadRecord(seen, slot, false), linked);
  } catch (error) {
    if (error !== DEATH) throw error;
    hasDied = true;
  } finally {
    Object.assign(Atomics, { load, ...Object.fromEntries(stores) });
  }
  for (const lock of locksHeldBy(i32, { base: recordOf(slot), id: slot + 1 })) takeFromDead(i32, lock);
  const isLinked = (block: Granule) => linked.includes(block);
  expect(arena.settleHands(undertaker, slot, isLinked)).to.equal(true);
  for (const block of linked) arena.free(undertaker, block);
  expect(new Audit(arena).against(used), `after a death before store ${before}`).to.equal(undefined);
  return hasDied;
}

describe('the arena, when a thread dies at any store', () => {
  for (const isFull of [false, true]) {
    it(`loses no block, and counts what is in use (${isFull ? 'full' : 'with room'})`, () => {
      let deaths = 0;
      while (dies(deaths, isFull)) deaths++;
      expect(deaths).to.be.greaterThan(30);
    });
  }
});
