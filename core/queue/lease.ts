/**
 * Several consumers of one chain: each copies the next record into a lease of its own, under the consumer lock.
 *
 * A lease names what is being handled, so that it is found when its holder dies: the state goes TAKING, then the
 * block's CONSUMED moves, then HELD; a lease found TAKING is valid if CONSUMED has moved.
 */
import type { Arena } from '../memory/arena.js';
import { copyWords } from '../memory/copy.js';
import {
  Box,
  Chain,
  type Granule,
  Lane,
  LaneConsumer,
  Lease,
  LeaseState,
  NONE,
  Thread,
  wordOf,
} from '../memory/layout.js';
import { markReady } from '../memory/ready-set.js';
import { lock, unlock } from '../memory/robust-lock.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { consumerWords, doneWord, producerWords } from './block-chain.js';
import { KIND_MASK, Rec, SENTINEL_KIND } from './record.js';

const LEASE_BYTES = 512 - 8;

/** A free lease of the holder's, or a new one in its list. NONE when the arena is full. */
export function openLease(arena: Arena, thread: ThreadRecord, holder: Granule, words: number): Granule {
  const { i32 } = arena;
  const list = wordOf(holder) + Box.LEASES;
  for (let lease = i32[list] as Granule; lease !== NONE; lease = i32[wordOf(lease) + Lease.NEXT] as Granule) {
    const at = wordOf(lease);
    if (i32[at + Lease.STATE] === LeaseState.FREE && i32[at + Lease.CAPACITY] >= words) return lease;
  }
  const lease = arena.take(thread, Math.max(LEASE_BYTES, (words + Lease.RECORD) * 4), true);
  if (lease === NONE) return NONE;
  const at = wordOf(lease);
  i32[at + Lease.STATE] = LeaseState.FREE;
  i32[at + Lease.CAPACITY] = arena.wordsOf(lease) - Lease.RECORD;
  i32[at + Lease.NEXT] = i32[list];
  i32[list] = lease;
  thread.letGo();
  return lease;
}

/** Copies a record that its only consumer is about to mark done. */
export function holdInLease(arena: Arena, lease: Granule, box: Granule, lane: number, record: number): void {
  const { i32 } = arena;
  const at = wordOf(lease);
  copyWords(i32, at + Lease.RECORD, i32, record, record + i32[record + Rec.LENGTH]);
  i32[at + Lease.BOX] = box;
  i32[at + Lease.BLOCK] = NONE;
  i32[at + Lease.LANE] = lane;
  i32[at + Lease.SEQUENCE] = i32[doneWord(box, lane)];
  i32[at + Lease.STATE] = LeaseState.HELD;
}

/** Whether it holds a copy of what lies in its holder's mailbox, not marked done yet: then the original counts. */
export function isCopy({ i32 }: Arena, lease: Granule, holder: Granule): boolean {
  const at = wordOf(lease);
  if (i32[at + Lease.BOX] !== holder) return false;
  return i32[at + Lease.SEQUENCE] === i32[doneWord(holder, i32[at + Lease.LANE])];
}

/** Index of a lease's record. */
export const leasedRecord = (lease: Granule): number => wordOf(lease) + Lease.RECORD;

export function freeLease(arena: Arena, lease: Granule): void {
  arena.i32[wordOf(lease) + Lease.STATE] = LeaseState.FREE;
}

/**
 * Takes the next record of a shared chain into a lease of the holder's.
 * @param onRoom called when senders wait for room, of which there is some now
 * @returns the lease; `'none'` when the chain is empty, `'busy'` when the lock was not to be had
 */
export function takeToLease(
  arena: Arena,
  thread: ThreadRecord,
  box: Granule,
  lane: number,
  holder: Granule,
  onRoom?: () => void,
): Granule | 'none' | 'busy' {
  const { i32 } = arena;
  const guard = wordOf(box) + Box.CONSUMER_LOCK;
  const c = consumerWords(box, lane);
  let lease: Granule = NONE;
  for (;;) {
    if (!lock(thread, guard)) return 'busy';
    const record = nextShared(arena, thread, box, lane);
    // The end mark stays where it is: no dead consumer can swallow it.
    if (record === 0 || (i32[record + Rec.KIND] & KIND_MASK) === SENTINEL_KIND) {
      unlock(thread, guard);
      return 'none';
    }
    const length = i32[record + Rec.LENGTH];
    if (lease === NONE || i32[wordOf(lease) + Lease.CAPACITY] < length) {
      // Memory is taken before the lock: open one that fits, and look again.
      unlock(thread, guard);
      lease = openLease(arena, thread, holder, length);
      if (lease === NONE) return 'busy';
      continue;
    }
    const block = i32[c + LaneConsumer.HEAD_BLOCK] as Granule;
    const at = wordOf(lease);
    copyWords(i32, at + Lease.RECORD, i32, record, record + length);
    i32[at + Lease.BOX] = box;
    i32[at + Lease.BLOCK] = block;
    i32[at + Lease.CONSUMED] = record + length - wordOf(block);
    i32[at + Lease.SEQUENCE] = i32[c + LaneConsumer.TAKEN];
    i32[at + Lease.TAKEN_WORDS] = (i32[c + LaneConsumer.TAKEN_WORDS] + length) | 0;
    i32[at + Lease.STATE] = LeaseState.TAKING;
    Atomics.store(i32, wordOf(block) + Chain.CONSUMED, record + length - wordOf(block));
    Atomics.store(i32, c + LaneConsumer.TAKEN_WORDS, i32[at + Lease.TAKEN_WORDS]);
    Atomics.store(i32, c + LaneConsumer.TAKEN, (i32[c + LaneConsumer.TAKEN] + 1) | 0);
    i32[at + Lease.STATE] = LeaseState.HELD;
    unlock(thread, guard);
    // Looked at after TAKEN is stored: who asks for room looks at that once more.
    if (Atomics.load(i32, wordOf(box) + Box.WANT_SPACE) !== 0) onRoom?.();
    return lease;
  }
}

/** Index of the next record of a shared chain, or 0. Under the consumer lock. */
function nextShared(arena: Arena, thread: ThreadRecord, box: Granule, lane: number): number {
  const { i32 } = arena;
  const head = consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK;
  const tail = producerWords(box, lane) + Lane.TAIL_BLOCK;
  for (;;) {
    if (Atomics.load(i32, tail) === NONE) return 0;
    const block = Atomics.load(i32, head) as Granule;
    const word = wordOf(block);
    const consumed = i32[word + Chain.CONSUMED];
    if (consumed < Atomics.load(i32, word + Chain.COMMITTED)) return word + consumed;
    const next = Atomics.load(i32, word + Chain.NEXT) as Granule;
    if (next === NONE || Atomics.load(i32, tail) === block) return 0;
    if (consumed < Atomics.load(i32, word + Chain.COMMITTED)) return word + consumed;
    i32[thread.base + Thread.NOTE_BOX] = box;
    thread.hold(block);
    Atomics.store(i32, head, next);
    const spare = producerWords(box, lane) + Lane.SPARE;
    if (Atomics.compareExchange(i32, spare, NONE, block) === NONE) thread.letGo();
    else arena.give(thread, block);
  }
}

/** Looks whether a shared chain has anything to take, without the lock. */
export function hasShared(i32: Int32Array, box: Granule): boolean {
  for (let lane = 0; lane < 2; lane++) {
    const put = Atomics.load(i32, producerWords(box, lane) + Lane.PUT);
    if (((put - Atomics.load(i32, consumerWords(box, lane) + LaneConsumer.TAKEN)) | 0) > 0) return true;
  }
  return false;
}

/** Leases that a dead holder left, oldest first; half-taken ones are settled. Its locks are free by now. */
export function settleLeases(arena: Arena, holder: Granule): Granule[] {
  const { i32 } = arena;
  const held: Granule[] = [];
  for (
    let l = i32[wordOf(holder) + Box.LEASES] as Granule;
    l !== NONE;
    l = i32[wordOf(l) + Lease.NEXT] as Granule
  ) {
    const at = wordOf(l);
    if (i32[at + Lease.STATE] === LeaseState.HELD) held.push(l);
    else i32[at + Lease.STATE] = LeaseState.FREE;
  }
  return held.sort((a, b) => i32[wordOf(a) + Lease.SEQUENCE] - i32[wordOf(b) + Lease.SEQUENCE]);
}

/** Finishes or drops a half-done {@link takeToLease} of a dead holder, while its lock is still the dead one's. */
export function settleTaking(arena: Arena, holder: Granule): void {
  const { i32 } = arena;
  for (
    let l = i32[wordOf(holder) + Box.LEASES] as Granule;
    l !== NONE;
    l = i32[wordOf(l) + Lease.NEXT] as Granule
  ) {
    const at = wordOf(l);
    if (i32[at + Lease.STATE] !== LeaseState.TAKING) continue;
    const block = i32[at + Lease.BLOCK] as Granule;
    const moved = i32[wordOf(block) + Chain.CONSUMED] === i32[at + Lease.CONSUMED];
    if (moved) {
      const box = i32[at + Lease.BOX] as Granule;
      // While the lock is the dead one's, its block is the first of the lane that it took from.
      const lane = i32[consumerWords(box, 1) + LaneConsumer.HEAD_BLOCK] === block ? 1 : 0;
      const c = consumerWords(box, lane);
      if (i32[c + LaneConsumer.TAKEN] === i32[at + Lease.SEQUENCE]) {
        Atomics.store(i32, c + LaneConsumer.TAKEN_WORDS, i32[at + Lease.TAKEN_WORDS]);
        i32[c + LaneConsumer.TAKEN] = (i32[c + LaneConsumer.TAKEN] + 1) | 0;
      }
    }
    i32[at + Lease.STATE] = moved ? LeaseState.HELD : LeaseState.FREE;
  }
}

/** Whether a block that a dead thread had in hand has become one of the holder's leases. */
export function isLeaseOf(arena: Arena, holder: Granule, block: Granule): boolean {
  const { i32 } = arena;
  let lease = i32[wordOf(holder) + Box.LEASES] as Granule;
  while (lease !== NONE && lease !== block) lease = i32[wordOf(lease) + Lease.NEXT] as Granule;
  return lease === block;
}

/** Gives a holder's leases back. */
export function releaseLeases(arena: Arena, thread: ThreadRecord, holder: Granule): void {
  const { i32 } = arena;
  let lease = i32[wordOf(holder) + Box.LEASES] as Granule;
  i32[wordOf(holder) + Box.LEASES] = NONE;
  while (lease !== NONE) {
    const next = i32[wordOf(lease) + Lease.NEXT] as Granule;
    arena.free(thread, lease);
    lease = next;
  }
}

/** The idle table of a pool: a count of workers; for each a word that is 1 while it is idle, its home, its box. */
const WORKER_WORDS = 3;
export const idleTableBytes = (workers: number): number => (1 + workers * WORKER_WORDS) * 4;
const idleWord = (table: Granule, worker: number): number => wordOf(table) + 1 + worker * WORKER_WORDS;

export function initIdleTable(arena: Arena, table: Granule, workers: number): void {
  arena.i32.fill(0, wordOf(table), wordOf(table) + 1 + workers * WORKER_WORDS);
  arena.i32[wordOf(table)] = workers;
}

/** Where a worker lives: whoever takes a question back has to find all that may hold it, also the never idle. */
export function noteHome(i32: Int32Array, table: Granule, worker: number, home: number): void {
  const word = idleWord(table, worker) + 1;
  if (i32[word] !== home) i32[word] = home;
}

/** Who a worker is, for who wants to know whom the pool waits for. */
export function noteWorker(i32: Int32Array, pool: Granule, worker: number, box: Granule): void {
  const table = i32[wordOf(pool) + Box.IDLE] as Granule;
  Atomics.store(i32, idleWord(table, worker) + 2, box);
}

/** Words of all workers of a pool: their homes, or their boxes; NONE for one that has not come up yet. */
function ofWorkers(i32: Int32Array, pool: Granule, word: 1 | 2): number[] {
  const table = Atomics.load(i32, wordOf(pool) + Box.IDLE) as Granule;
  if (table === NONE) return [];
  return Array.from({ length: i32[wordOf(table)] }, (_, w) => Atomics.load(i32, idleWord(table, w) + word));
}
export const homesOf = (i32: Int32Array, pool: Granule): number[] => ofWorkers(i32, pool, 1);
export const workersOf = (i32: Int32Array, pool: Granule): Granule[] => ofWorkers(i32, pool, 2) as Granule[];

/** A worker is about to sleep: then it looks once more. */
export function setIdle(i32: Int32Array, table: Granule, worker: number, home: number): void {
  // Stored only when it is another: who wakes it may be reading it.
  noteHome(i32, table, worker, home);
  Atomics.store(i32, idleWord(table, worker), 1);
}

/** A worker is about to do something. If it had been chosen for what still lies there, another one is. */
export function leaveIdle(i32: Int32Array, pool: Granule, worker: number): void {
  const table = Atomics.load(i32, wordOf(pool) + Box.IDLE) as Granule;
  if (table === NONE || Atomics.compareExchange(i32, idleWord(table, worker), 1, 0) === 1) return;
  if (hasShared(i32, pool)) wakeIdle(i32, pool, 1);
}

/** Wakes up to n idle workers of a pool. A chosen worker that dies is replaced by one that looks first. */
export function wakeIdle(i32: Int32Array, pool: Granule, n: number): void {
  const table = Atomics.load(i32, wordOf(pool) + Box.IDLE) as Granule;
  if (table === NONE) return;
  const workers = i32[wordOf(table)];
  for (let worker = 0; worker < workers && n > 0; worker++) {
    const word = idleWord(table, worker);
    if (Atomics.load(i32, word) === 1 && Atomics.compareExchange(i32, word, 1, 0) === 1) {
      markReady(i32, i32[word + 1]);
      n--;
    }
  }
}

/** Whether a holder has taken something and not done it. */
export function holdsLease(i32: Int32Array, holder: Granule): boolean {
  let lease = i32[wordOf(holder) + Box.LEASES] as Granule;
  for (; lease !== NONE; lease = i32[wordOf(lease) + Lease.NEXT] as Granule) {
    if (i32[wordOf(lease) + Lease.STATE] !== LeaseState.FREE) return true;
  }
  return false;
}
