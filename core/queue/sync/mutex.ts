/** A lock that one task of one thread holds at a time. */
import { NotOwnerError, OwnerDiedError, WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { Wait } from '../user/layout.js';
import type { Space } from '../user/space.js';
import { newStructure, placeOf, type SharedHandle, SharedStructure } from '../user/structure.js';
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
  readonly #waiters = Symbol('acquire');

  /** A new mutex, free. */
  static create(): Mutex {
    return new Mutex(...newStructure('Mutex'));
  }

  /** The mutex of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'Mutex'>): Mutex {
    return new Mutex(...placeOf(handle, 'Mutex'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule) {
    super(space, block, 'Mutex');
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
    return this.space.waits.untilSync<Guard>('acquireSync()', () => this.#take(), throwTimeout, options);
  }

  /** Takes it if it is free at once. @throws OwnerDiedError as {@link acquire} does */
  tryAcquire(): Guard | undefined {
    const outcome = this.#take(true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /** Gives it back. A guard's `release` does the same. @throws NotOwnerError */
  release(): void {
    this.mustOwn('release()');
    // Nobody but the owner writes this word while it is owned, so one store is the whole operation.
    if (this.#giveBack() === BUSY) {
      void this.space.waits.until(
        Symbol('release'),
        () => this.#giveBack(),
        () => true,
      );
    }
  }

  /** Whether a thread holds it; by the time you look, it may have changed. */
  get isLocked(): boolean {
    return Atomics.load(this.i32, this.base + State.OWNER) !== 0;
  }

  /** @internal */
  mustOwn(call: string): void {
    if (Atomics.load(this.i32, this.base + State.OWNER) !== this.thread.id) throw new NotOwnerError(call);
  }

  #take(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient)) return BUSY;
    this.announce(Wait.LOCK);
    if (!this.begin(patient)) return BUSY;
    if (this.word(State.OWNER) !== 0) {
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

buriedBy('Mutex', (space, block) => new Mutex(space, block));
