/** A lock that one task of one thread holds at a time. */
import { NotOwnerError, OwnerDiedError, WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { Wait } from '../user/layout.js';
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

/** Thread (slot + 1) that holds it, and 1 when the last owner died. */
const State = { OWNER: 8, DIED: 9 } as const;

/** Gives back what was acquired, once; `using guard = await mutex.acquire()` does it at the end of the block. */
export interface Guard extends Disposable {
  release(): void;
}

/**
 * One at a time, over all threads. Not reentrant: who holds it and acquires it again waits.
 *
 * @example
 * ```ts
 * using guard = await mutex.acquire();
 * account[0] += amount;
 * ```
 */
export class Mutex extends SharedStructure<'Mutex'> {
  readonly #waiters = `acquire ${this.block}`;

  /** A new mutex, free. */
  static create(): Mutex {
    return new Mutex(...newStructure('Mutex'));
  }

  /** The mutex of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'Mutex'>): Mutex {
    return new Mutex(...placeOf(handle, 'Mutex'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'Mutex', generation);
  }

  /**
   * Waits until it is free, and takes it.
   * @throws WaitTimeoutError at the time limit
   * @throws OwnerDiedError when the last owner died: you own the mutex now, so check what it guards, and release it
   */
  acquire(options?: SharedWaitOptions): Promise<Guard> {
    return this.space.waits.until<Guard>(this.#waiters, () => this.#take(), throwTimeout, options);
  }

  /** As {@link acquire}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  acquireSync(options?: SharedSyncOptions): Guard {
    const call = 'acquireSync()';
    return this.space.waits.untilSync<Guard>(call, this.#waiters, () => this.#take(), throwTimeout, options);
  }

  /** Takes it if it is free at once. @throws OwnerDiedError as {@link acquire} does */
  tryAcquire(): Guard | undefined {
    const outcome = this.#take(true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /** Gives it back. A guard's `release` does the same. @throws NotOwnerError */
  release(): void {
    this.mustOwn('release()');
    this.soon(() => this.#giveBack());
  }

  /** Whether a thread holds it; by the time you look, it may have changed. */
  get isLocked(): boolean {
    return this.look(State.OWNER) !== 0;
  }

  /** @internal */
  mustOwn(call: string): void {
    if (this.look(State.OWNER) !== this.thread.id) throw new NotOwnerError(call);
  }

  #take(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient)) return BUSY;
    if (!this.begin(patient)) return BUSY;
    if (this.word(State.OWNER) !== 0) {
      this.announce(Wait.LOCK);
      this.commit();
      return NOT_YET;
    }
    const died = this.word(State.DIED) !== 0;
    this.store(State.OWNER, this.thread.id);
    this.store(State.DIED, 0);
    this.commit();
    if (died) throw new OwnerDiedError('mutex');
    return guardOf(() => this.release());
  }

  #giveBack(): true | typeof BUSY {
    if (!this.begin(true)) return BUSY;
    this.store(State.OWNER, 0);
    this.commit(Wait.LOCK);
    return true;
  }

  protected override settle(_member: number, slot: number): boolean {
    if (this.word(State.OWNER) === slot + 1) {
      this.store(State.DIED, 1);
      this.store(State.OWNER, 0);
    }
    return true;
  }
}

/** @internal */
export function guardOf(release: () => void): Guard {
  let held = true;
  const once = (): void => {
    if (!held) return;
    held = false;
    release();
  };
  return { release: once, [Symbol.dispose]: once };
}

const throwTimeout = (timeoutMs: number): never => {
  throw new WaitTimeoutError('The mutex', timeoutMs);
};

buriedBy('Mutex', (...place) => new Mutex(...place));
