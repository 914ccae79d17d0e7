/**
 * Waiting until something in shared memory can be had: on the event loop, or blocking the thread.
 *
 * An attempt says first that it waits, then looks under the structure's lock: whoever changes the structure
 * later finds the mark, and wakes this thread's word. One loop serves all tasks of a thread that wait.
 */
import { isMainThread } from 'node:worker_threads';
import { OptionOutOfRangeError, SyncOnMainThreadError } from '../../errors.js';
import { whenAborted } from '../../memory/aborts.js';
import { later, MAX_TIMER_MS } from '../../memory/later.js';
import { Thread } from '../../memory/layout.js';
import { monotonicMs } from '../../memory/monotonic.js';
import { AWAKE, announce, park, parkSync, wake } from '../../memory/parking.js';
import type { ThreadRecord } from '../../memory/thread-record.js';

/** How long a call waits. */
export interface SharedWaitOptions {
  /** Milliseconds, `Infinity` (default) for ever, 0 for a single look. */
  readonly timeoutMs?: number;
  /** Aborted: the call rejects with the signal's reason, and has changed nothing. */
  readonly signal?: AbortSignal;
}
/** How long a blocking call waits. */
export type SharedSyncOptions = Pick<SharedWaitOptions, 'timeoutMs'>;

/** Not possible now: wait for a change. */
export const NOT_YET = Symbol('not yet');
/** The structure's lock was not to be had: look again soon. */
export const BUSY = Symbol('busy');
export type Outcome<T> = T | typeof NOT_YET | typeof BUSY;

const LOOK_AGAIN_MS = 1;
/** Asked for each item, and slow to be had from the module. */
const ON_MAIN_THREAD = isMainThread;

interface Waiter {
  /** Tasks with the same key are served in their order. */
  readonly key: unknown;
  /** Looks once. @returns whether it is still waiting, and whether it should look again soon */
  look(): 'settled' | 'waiting' | 'busy';
}

export function checkedTimeout(timeoutMs = Number.POSITIVE_INFINITY): number {
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new OptionOutOfRangeError('timeoutMs', timeoutMs, '0 to Infinity, in milliseconds');
  }
  return timeoutMs;
}

export class Waits {
  readonly #waiters = new Set<Waiter>();
  #running = false;

  constructor(readonly thread: ThreadRecord) {}

  /**
   * Resolves to what the attempt gives, once it gives something.
   * @param expired what happens at the time limit: throws, or gives the result
   * @param left called when a task gave up and no other of this thread waits with its key
   */
  until<T>(
    key: unknown,
    attempt: () => Outcome<T>,
    expired: (timeoutMs: number) => T,
    { timeoutMs: limit, signal }: SharedWaitOptions = {},
    left?: () => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const timeoutMs = checkedTimeout(limit);
      signal?.throwIfAborted();
      // A task of this thread that waits for the same already comes first.
      if (!this.has(key)) {
        const first = attempt();
        if (first !== NOT_YET && first !== BUSY) return resolve(first);
        if (first === NOT_YET && timeoutMs === 0) {
          left?.();
          return resolve(expired(0));
        }
      }
      let timer: NodeJS.Timeout | undefined;
      let stay: () => void = () => undefined;
      const settle = (): void => {
        clearTimeout(timer);
        stay();
        this.#waiters.delete(waiter);
        // The loop sleeps with nobody to wait for: let it end.
        if (this.#waiters.size === 0) wake(this.thread.i32, this.thread.base + Thread.PARK);
      };
      const expire = (): void => {
        giveUp();
        try {
          resolve(expired(timeoutMs));
        } catch (error) {
          reject(error);
        }
      };
      const giveUp = (): void => {
        settle();
        if (!this.has(key)) left?.();
      };
      const abort = (): void => {
        giveUp();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        key,
        look() {
          try {
            const outcome = attempt();
            if (outcome === NOT_YET) return 'waiting';
            if (outcome === BUSY) return 'busy';
            settle();
            resolve(outcome);
          } catch (error) {
            settle();
            reject(error);
          }
          return 'settled';
        },
      };
      timer = later(timeoutMs, expire);
      stay = whenAborted(signal, abort);
      this.#waiters.add(waiter);
      void this.#run();
    });
  }

  /** The same, blocking the thread. @param call whose name an error bears */
  untilSync<T>(
    call: string,
    key: unknown,
    attempt: () => Outcome<T>,
    expired: (timeoutMs: number) => T,
    { timeoutMs: limit }: SharedSyncOptions = {},
    left?: () => void,
  ): T {
    this.mayBlock(call);
    const timeoutMs = checkedTimeout(limit);
    const end = monotonicMs() + timeoutMs;
    const { i32 } = this.thread;
    const word = this.thread.base + Thread.SYNC_PARK;
    try {
      for (;;) {
        announce(i32, word);
        const outcome = attempt();
        if (outcome !== NOT_YET && outcome !== BUSY) return outcome;
        const more = end - monotonicMs();
        if (more <= 0) {
          if (!this.has(key)) left?.();
          return expired(timeoutMs);
        }
        parkSync(i32, word, outcome === BUSY ? Math.min(more, LOOK_AGAIN_MS) : more);
      }
    } finally {
      Atomics.store(i32, word, AWAKE);
      // It may have been served in the place of a task that waits on the event loop: that one looks again.
      if (this.has(key)) wake(i32, this.thread.base + Thread.PARK);
    }
  }

  /** @throws SyncOnMainThreadError */
  mayBlock(call: string): void {
    if (ON_MAIN_THREAD) throw new SyncOnMainThreadError(call);
  }

  /** Whether a task of this thread waits with this key. */
  has(key: unknown): boolean {
    // Asked for each item; an iterator over nothing takes 20 ns.
    if (this.#waiters.size === 0) return false;
    for (const waiter of this.#waiters) if (waiter.key === key) return true;
    return false;
  }

  async #run(): Promise<void> {
    const { i32 } = this.thread;
    const word = this.thread.base + Thread.PARK;
    if (this.#running) {
      // It may sleep already; it has not looked for the newcomer yet.
      wake(i32, word);
      return;
    }
    this.#running = true;
    // A pending wait keeps no process alive, but a timer does.
    const alive = setInterval(() => {}, MAX_TIMER_MS);
    try {
      while (this.#waiters.size > 0) {
        announce(i32, word);
        const busy = this.#lookAll();
        if (this.#waiters.size === 0) break;
        if (busy) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        else await park(i32, word);
      }
    } finally {
      clearInterval(alive);
      Atomics.store(i32, word, AWAKE);
      this.#running = false;
    }
  }

  #lookAll(): boolean {
    const passed = new Set<unknown>();
    let busy = false;
    for (const waiter of [...this.#waiters]) {
      if (passed.has(waiter.key) || !this.#waiters.has(waiter)) continue;
      const state = waiter.look();
      if (state !== 'settled') passed.add(waiter.key);
      if (state === 'busy') busy = true;
    }
    return busy;
  }
}
