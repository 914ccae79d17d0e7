/** Waiting, with a mutex released meanwhile, until another thread says that something has changed. */
import { inspect } from 'node:util';
import { WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { monotonicMs } from '../../memory/monotonic.js';
import { Member, Wait } from '../user/layout.js';
import type { Space } from '../user/space.js';
import { SharedStructure } from '../user/structure.js';
import { newStructure, placeOf, type SharedHandle } from '../user/structure-list.js';
import { buriedBy } from '../user/tracking.js';
import {
  BUSY,
  checkedTimeout,
  NOT_YET,
  type Outcome,
  type SharedSyncOptions,
  type SharedWaitOptions,
} from '../user/waits.js';
import { Mutex } from './mutex.js';

/**
 * The block of the mutex, and its generation; tasks that wait in all threads; notifications that nobody has taken yet; the number of
 * the next task that waits, and the one from which on tasks came too late for the last notification.
 */
const State = {
  MUTEX: 8,
  WAITING: 9,
  NOTIFIED: 10,
  NEXT_TICKET: 11,
  TOO_LATE: 12,
  MUTEX_GENERATION: 13,
} as const;

/**
 * As Python's `threading.Condition`: always used with its mutex held, and always with a predicate.
 *
 * @example
 * ```ts
 * using guard = await mutex.acquire();
 * await notEmpty.waitFor(() => heap.length > 0);    // the mutex is free while it waits, and held afterwards
 * ```
 */
export class Condition extends SharedStructure<'Condition'> {
  /** The mutex that belongs to it. */
  readonly mutex: Mutex;
  readonly #waiters = Symbol('wait');

  /** A new condition over a mutex. */
  static create(mutex: Mutex): Condition {
    if (!(mutex instanceof Mutex)) {
      throw new TypeError(
        `Condition.create() takes the mutex that belongs to it, but got ${inspect(mutex, { depth: 0 })}.`,
      );
    }
    const { at, generation, buffer } = mutex.handle;
    const place = newStructure('Condition', (i32, base) => {
      i32[base + State.MUTEX] = at;
      i32[base + State.MUTEX_GENERATION] = generation;
    });
    if (place[0].arena.buffer !== buffer) {
      throw new TypeError(
        'A Condition and its mutex are made by the threads of one process: this one is of another.',
      );
    }
    return new Condition(...place);
  }

  /** The condition of a handle, in this thread; its mutex comes with it. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'Condition'>): Condition {
    return new Condition(...placeOf(handle, 'Condition'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'Condition', generation);
    this.mutex = new Mutex(space, this.word(State.MUTEX) as Granule, this.word(State.MUTEX_GENERATION));
  }

  /**
   * Releases the mutex, waits for a notification, and takes the mutex again, also when it throws.
   * Look at what you wait for afterwards: another may have been faster, and a wake-up may be stray.
   * @throws NotOwnerError when this thread does not hold the mutex
   * @throws WaitTimeoutError at the time limit
   */
  async wait(options: SharedWaitOptions = {}): Promise<void> {
    this.mutex.mustOwn('wait()');
    checkedTimeout(options.timeoutMs);
    options.signal?.throwIfAborted();
    const { waits } = this.space;
    const ticket = await waits.until<number>(Symbol('enter'), () => this.#enter(), never);
    this.mutex.release();
    try {
      await waits.until(this.#waiters, () => this.#notified(ticket), throwTimeout, options);
    } catch (error) {
      await waits.until(Symbol('leave'), () => this.#leave(), never);
      throw error;
    } finally {
      await this.mutex.acquire();
    }
  }

  /** As {@link wait}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  waitSync(options: SharedSyncOptions = {}): void {
    const { waits } = this.space;
    const call = 'waitSync()';
    waits.mayBlock(call);
    this.mutex.mustOwn(call);
    checkedTimeout(options.timeoutMs);
    const ticket = waits.untilSync<number>(call, Symbol(call), () => this.#enter(), never);
    this.mutex.release();
    try {
      waits.untilSync(call, Symbol(call), () => this.#notified(ticket), throwTimeout, options);
    } catch (error) {
      waits.untilSync(call, Symbol(call), () => this.#leave(), never);
      throw error;
    } finally {
      this.mutex.acquireSync();
    }
  }

  /** Waits until the predicate holds; it is called with the mutex held. @throws WaitTimeoutError at the time limit */
  async waitFor(predicate: () => boolean, options: SharedWaitOptions = {}): Promise<void> {
    const end = monotonicMs() + checkedTimeout(options.timeoutMs);
    while (!predicate()) {
      await this.wait({ ...options, timeoutMs: Math.max(0, end - monotonicMs()) });
    }
  }

  /** As {@link waitFor}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  waitForSync(predicate: () => boolean, options: SharedSyncOptions = {}): void {
    const end = monotonicMs() + checkedTimeout(options.timeoutMs);
    while (!predicate()) this.waitSync({ timeoutMs: Math.max(0, end - monotonicMs()) });
  }

  /** Wakes so many of those that wait. @throws NotOwnerError when this thread does not hold the mutex */
  notify(count = 1): void {
    this.mutex.mustOwn('notify()');
    this.#notify(count);
  }

  /** Wakes all that wait. @throws NotOwnerError when this thread does not hold the mutex */
  notifyAll(): void {
    this.mutex.mustOwn('notifyAll()');
    this.#notify(Number.POSITIVE_INFINITY);
  }

  #notify(count: number): void {
    this.soon(() => {
      if (!this.begin(true)) return BUSY;
      const waiting = this.word(State.WAITING);
      // What was notified before and has not gone on yet might lose its turn to a later one: then wake all.
      this.store(State.NOTIFIED, this.word(State.NOTIFIED) > 0 ? waiting : Math.min(waiting, count));
      this.store(State.TOO_LATE, this.word(State.NEXT_TICKET));
      this.commit(Wait.SIGNAL);
      return true;
    });
  }

  #enter(): Outcome<number> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    const ticket = this.word(State.NEXT_TICKET);
    this.store(State.NEXT_TICKET, (ticket + 1) | 0);
    this.#count(this.me, 1);
    this.commit();
    return ticket;
  }

  #notified(ticket: number): Outcome<true> {
    if (!this.begin()) return BUSY;
    const notified = this.word(State.NOTIFIED);
    if (notified === 0 || ((ticket - this.word(State.TOO_LATE)) | 0) >= 0) {
      this.announce(Wait.SIGNAL);
      this.commit();
      return NOT_YET;
    }
    this.store(State.NOTIFIED, notified - 1);
    this.#count(this.me, -1);
    this.commit();
    return true;
  }

  /** A waiter that gives up leaves its notification, if it had one, to another. */
  #leave(): Outcome<true> {
    if (!this.begin()) return BUSY;
    this.#count(this.me, -1);
    this.store(State.NOTIFIED, Math.min(this.word(State.NOTIFIED), this.word(State.WAITING)));
    this.commit(Wait.SIGNAL);
    return true;
  }

  #count(member: number, difference: number): void {
    this.change(member + Member.TAKEN, this.i32[member + Member.TAKEN] + difference);
    this.store(State.WAITING, this.word(State.WAITING) + difference);
  }

  protected override settle(member: number): boolean {
    this.#count(member, -this.i32[member + Member.TAKEN]);
    // The dead one may have taken a notification, and done nothing about it: then all look again.
    this.store(State.NOTIFIED, this.word(State.WAITING));
    this.store(State.TOO_LATE, this.word(State.NEXT_TICKET));
    return true;
  }
}

const never = (): never => {
  throw new WaitTimeoutError('The condition', Number.POSITIVE_INFINITY);
};
const throwTimeout = (timeoutMs: number): never => {
  throw new WaitTimeoutError('The condition', timeoutMs);
};

buriedBy('Condition', (...place) => new Condition(...place));
