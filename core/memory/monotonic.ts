/**
 * Milliseconds of a clock that is never set back, and the same in all threads; since when is the system's business.
 *
 * Not `performance.now`: it takes 51 ns where this takes 32, begins anew in each thread, and has Node load a part of itself
 * in each thread that looks at it (0.7 ms, 0.15 MB).
 */
export function monotonicMs(): number {
  const time = process.hrtime();
  return time[0] * 1000 + time[1] / 1e6;
}
