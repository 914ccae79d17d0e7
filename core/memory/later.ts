/** What Node's timers can count, 24 days: a longer one would fire at once. */
export const MAX_TIMER_MS = 0x7fffffff;

/** Calls back after so many milliseconds; never after `Infinity`. */
export function later(ms: number, call: () => void): NodeJS.Timeout | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(call, Math.min(ms, MAX_TIMER_MS));
}
