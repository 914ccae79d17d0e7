/**
 * A lock whose owner is known, so that a dead owner's lock can be taken over.
 *
 * The word is 0 when free, else the owner's slot + 1, with {@link WAITERS} set when others sleep on it
 * (the three-state futex mutex of Drepper, "Futexes are tricky"). The index of the lock is noted in the owner's
 * thread record *before* it is taken: whoever buries the owner finds there every lock it may hold.
 */
import { Thread } from './layout.js';
import { sleepWhile, wakeSleeper } from './parking.js';
import type { ThreadRecord } from './thread-record.js';

const WAITERS = 1 << 30;
/** Looks before a worker sleeps: some 20 µs. */
const WORKER_SPINS = 400;
/** Looks before the thread that delivers death proofs gives up: 50 µs at most. */
const CREATOR_SPINS = 600;

/**
 * Takes the lock. A worker waits for it; the creating thread tries for 50 µs at most, since the owner may be dead
 * and only this thread can find out.
 * @returns false only on the creating thread, when somebody else holds it.
 */
export function lock(thread: ThreadRecord, index: number): boolean {
  const { i32, id } = thread;
  thread.noteLock(index);
  if (Atomics.compareExchange(i32, index, 0, id) === 0) return true;
  return contend(thread, index);
}

function contend(thread: ThreadRecord, index: number): boolean {
  const { i32, id } = thread;
  const spins = thread.neverWaits ? CREATOR_SPINS : WORKER_SPINS;
  for (let i = 0; i < spins; i++) {
    // Looking costs no exclusive cache line, trying does: look first.
    if (Atomics.load(i32, index) === 0 && Atomics.compareExchange(i32, index, 0, id) === 0) return true;
  }
  if (thread.neverWaits) {
    thread.forgetLock(index);
    return false;
  }
  for (;;) {
    const seen = Atomics.load(i32, index);
    if (seen === 0) {
      // Others may sleep still: keep the mark, so that our release wakes the next.
      if (Atomics.compareExchange(i32, index, 0, id | WAITERS) === 0) return true;
    } else if ((seen & WAITERS) !== 0 || Atomics.compareExchange(i32, index, seen, seen | WAITERS) === seen) {
      sleepWhile(i32, index, seen | WAITERS);
    }
  }
}

/** Takes the lock if it is free at once. */
export function tryLock(thread: ThreadRecord, index: number): boolean {
  thread.noteLock(index);
  if (Atomics.compareExchange(thread.i32, index, 0, thread.id) === 0) return true;
  thread.forgetLock(index);
  return false;
}

/** Gives the lock back and wakes one that sleeps on it. */
export function unlock(thread: ThreadRecord, index: number): void {
  const { i32 } = thread;
  if ((Atomics.exchange(i32, index, 0) & WAITERS) !== 0) wakeSleeper(i32, index);
  thread.forgetLock(index);
}

/** Whose lock it is: slot + 1, or 0. */
export function ownerOf(i32: Int32Array, index: number): number {
  return Atomics.load(i32, index) & ~WAITERS;
}

/** The locks that a dead thread holds. What they guard is to be settled before {@link takeFromDead}. */
export function locksHeldBy(i32: Int32Array, dead: { base: number; id: number }): number[] {
  const held: number[] = [];
  for (let i = 0; i < Thread.LOCK_COUNT; i++) {
    const index = i32[dead.base + Thread.LOCKS + i];
    if (index !== 0 && ownerOf(i32, index) === dead.id) held.push(index);
  }
  return held;
}

/** Wakes who sleeps on a lock that a dead thread had given back: it may not have come to waking the next. */
export function wakeNextOf(i32: Int32Array, dead: { base: number }): void {
  for (let i = 0; i < Thread.LOCK_COUNT; i++) {
    const index = i32[dead.base + Thread.LOCKS + i];
    if (index !== 0) wakeSleeper(i32, index);
  }
}

/** Frees a dead owner's lock, and wakes all that sleep on it. */
export function takeFromDead(i32: Int32Array, index: number): void {
  Atomics.store(i32, index, 0);
  wakeSleeper(i32, index);
}
