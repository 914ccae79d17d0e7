/** Whether looking for work is worth while, or only keeps others from doing it. */
import { availableParallelism } from 'node:os';
import { Header, Thread, ThreadState } from './layout.js';
import { PARKED } from './parking.js';
import { recordOf } from './thread-record.js';

const CORES = availableParallelism();

/** Whether more threads are awake than there are cores: who spins then takes a core from whom it waits for. */
export function isCrowded(i32: Int32Array): boolean {
  const threads = Atomics.load(i32, Header.THREADS);
  if (threads <= CORES) return false;
  let awake = 0;
  for (let slot = 0; slot < threads; slot++) {
    const record = recordOf(slot);
    if (Atomics.load(i32, record + Thread.STATE) !== ThreadState.ALIVE) continue;
    const sleeps =
      Atomics.load(i32, record + Thread.PARK) === PARKED ||
      Atomics.load(i32, record + Thread.SYNC_PARK) === PARKED;
    if (!sleeps) awake++;
  }
  return awake > CORES;
}
