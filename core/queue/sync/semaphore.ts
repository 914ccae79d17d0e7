/** A number of permits, shared by all threads. */
import { NotOwnerError, OptionOutOfRangeError, WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { Member, Wait } from '../user/layout.js';
import type { Space } from '../user/space.js';
import { SharedStructure } from '../user/structure.js';
import { newStructure, placeOf, type SharedHandle } from '../user/structure-list.js';
import { buriedBy } from '../user/tracking.js';
import {
  BUSY,
  NOT_YET,
  type Outcome,
  type SharedSyncOptions,
  type SharedWaitOptions,
} from '../user/waits.js';
import { type Guard, guardOf } from './mutex.js';

const State = { PERMITS: 8 } as const;

/**
 * So many at a time. The permits of a thread that dies are given back.
 *
 * @example
 * ```ts
 * const connections = Semaphore.create(10);
 * using permit = await connections.acquire();
 * ```
 */
export class Semaphore extends SharedStructure<'Semaphore'> {
  readonly #waiters = `acquire ${this.block}`;

  /** A new semaphore. @param permits a whole number from 0 @throws OptionOutOfRangeError */
  static create(permits: number): Semaphore {
    if (!Number.isInteger(permits) || permits < 0 || permits > 0x7fffffff) {
      throw new OptionOutOfRangeError('permits', permits, 'a whole number from 0 to 2147483647');
    }
    return new Semaphore(...newStructure('Semaphore', (i32, base) => (i32[base + State.PERMITS] = permits)));
  }

  /** The semaphore of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'Semaphore'>): Semaphore {
    return new Semaphore(...placeOf(handle, 'Semaphore'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'Semaphore', generation);
  }

  /** Waits for a permit, and takes it. @throws WaitTimeoutError at the time limit */
  acquire(options?: SharedWaitOptions): Promise<Guard> {
    return this.space.waits.until<Guard>(this.#waiters, () => this.#take(), throwTimeout, options);
  }

  /** As {@link acquire}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  acquireSync(options?: SharedSyncOptions): Guard {
    const call = 'acquireSync()';
    return this.space.waits.untilSync<Guard>(call, this.#waiters, () => this.#take(), throwTimeout, options);
  }

  /** Takes a permit if there is one at once. */
  tryAcquire(): Guard | undefined {
    const outcome = this.#take(true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /** Gives a permit back. A guard's `release` does the same. @throws NotOwnerError when this thread has none */
  release(): void {
    this.soon(() => this.#giveBack());
  }

  /**
   * Adds permits that nobody held, as `release` of Python's Semaphore does: to count what one thread makes and
   * others use up.
   * @throws OptionOutOfRangeError when it is no whole number from 1, or would make too many permits
   */
  add(count = 1): void {
    const limit = 0x7fffffff - this.available;
    if (!Number.isInteger(count) || count < 1 || count > limit) {
      throw new OptionOutOfRangeError('count', count, `a whole number from 1 to ${limit}`);
    }
    this.soon(() => {
      if (!this.begin(true)) return BUSY;
      this.store(State.PERMITS, this.word(State.PERMITS) + count);
      this.commit(Wait.LOCK);
      return true;
    });
  }

  /** Permits that are free; by the time you look, it may have changed. */
  get available(): number {
    return this.look(State.PERMITS);
  }

  #take(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient)) return BUSY;
    if (!this.begin(patient)) return BUSY;
    const permits = this.word(State.PERMITS);
    if (permits === 0) {
      this.announce(Wait.LOCK);
      this.commit();
      return NOT_YET;
    }
    this.store(State.PERMITS, permits - 1);
    this.change(this.me + Member.TAKEN, this.i32[this.me + Member.TAKEN] + 1);
    this.commit();
    return guardOf(() => this.release());
  }

  #giveBack(): true | typeof BUSY {
    if (!this.ensureMember(true)) return BUSY;
    if (!this.begin(true)) return BUSY;
    const taken = this.i32[this.me + Member.TAKEN];
    if (taken === 0) {
      this.commit();
      throw new NotOwnerError('release()');
    }
    this.change(this.me + Member.TAKEN, taken - 1);
    this.store(State.PERMITS, this.word(State.PERMITS) + 1);
    this.commit(Wait.LOCK);
    return true;
  }

  protected override settle(member: number): boolean {
    this.store(State.PERMITS, this.word(State.PERMITS) + this.i32[member + Member.TAKEN]);
    return true;
  }
}

const throwTimeout = (timeoutMs: number): never => {
  throw new WaitTimeoutError('A permit of the semaphore', timeoutMs);
};

buriedBy('Semaphore', (...place) => new Semaphore(...place));
