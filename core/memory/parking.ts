/**
 * Threads that sleep: the only calls of `Atomics.wait`, `waitAsync` and `notify`.
 *
 * A thread sleeps on a word of its own. To park: store {@link PARKED}, look once more for work, and only then
 * wait; whoever gives it work looks at the word after publishing. A stray wake-up harms nobody.
 *
 * @example
 * ```ts
 * announce(i32, word);                    // from now on a producer wakes us
 * if (!thereIsWork()) await park(i32, word);
 * ```
 */

export const AWAKE = 0;
export const PARKED = 1;

/**
 * A look at a word that others store to, as `Atomics.load`, but compiled in place: that one leaves compiled code, some 8 ns
 * each time. For polls alone: what it shows may be a moment old, and does not order what is read next. Whoever finds
 * something new looks again with `Atomics.load`, and so does whoever is about to sleep.
 */
export const peek = (i32: Int32Array, word: number): number => i32[word];

/** Says that the thread is about to sleep; what is published after this wakes it. */
export function announce(i32: Int32Array, word: number): void {
  Atomics.store(i32, word, PARKED);
}

/**
 * Sleeps on the event loop until {@link wake}. Without a time-out: V8 keeps a time-out's task after a notify.
 * At most one may be pending per word, since a notify wakes one.
 */
export function park(i32: Int32Array, word: number): Promise<unknown> | undefined {
  const wait = Atomics.waitAsync(i32, word, PARKED);
  return wait.async ? wait.value : undefined;
}

/** Blocks the thread until {@link wake} or the time limit (ms). Never on the main thread. */
export function parkSync(i32: Int32Array, word: number, timeoutMs = Number.POSITIVE_INFINITY): void {
  Atomics.wait(i32, word, PARKED, timeoutMs);
}

/** Ends a sleep, also one that was announced only. */
export function wake(i32: Int32Array, word: number): void {
  // The exchange, not a store: of several wakers one notifies, for a notify is a system call.
  if (Atomics.load(i32, word) === PARKED && Atomics.compareExchange(i32, word, PARKED, AWAKE) === PARKED) {
    Atomics.notify(i32, word);
  }
}

/**
 * Ends a sleep whatever the word says: after a death. The dead one may have said in the word that it wakes the sleeper,
 * and not come to it; who looks at the word, as {@link wake} does, would take the sleeper for awake.
 */
export function wakeAnyway(i32: Int32Array, word: number): void {
  Atomics.store(i32, word, AWAKE);
  Atomics.notify(i32, word);
}

/** Blocks while the word has the value: for locks, whose word says more than parked or awake. */
export function sleepWhile(i32: Int32Array, word: number, value: number, timeoutMs?: number): void {
  Atomics.wait(i32, word, value, timeoutMs);
}

/** Wakes one that sleeps in {@link sleepWhile}. */
export function wakeSleeper(i32: Int32Array, word: number): void {
  Atomics.notify(i32, word, 1);
}

interface PausingAtomics {
  pause?(): void;
}

/**
 * Passes some time between two looks at a shared word: each look takes the cache line from whoever writes it
 * (0.3 µs here), so the looks of an idle thread grow further and further apart.
 */
export function backOff(look: number): void {
  const iterations = look < 48 ? look * 8 : 384;
  const { pause } = Atomics as PausingAtomics;
  if (pause !== undefined) {
    // One takes as long as some 16 turns of the loop below, whatever number it is given.
    for (let i = 0; i < iterations; i += 16) pause();
    return;
  }
  for (let i = 0; i < iterations; i++) spun = i;
}

/** Written, so that the loop has an effect. */
export let spun = 0;
