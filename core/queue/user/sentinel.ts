/**
 * The end mark of a queue: lies behind all items, and every consumer that reaches it gets it.
 *
 * @example
 * ```ts
 * await jobs.put(SENTINEL);
 * for (let job = await jobs.get(); job !== SENTINEL; job = await jobs.get()) work(job);
 * ```
 */
// Registered, so that two copies of this package in one thread agree.
export const SENTINEL: unique symbol = Symbol.for('troupe.queue.SENTINEL');
/** The type of {@link SENTINEL}. */
export type Sentinel = typeof SENTINEL;
