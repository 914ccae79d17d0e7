/** Many readers, or one writer. */
import { NotOwnerError, OwnerDiedError, WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { Member, Wait } from '../user/layout.js';
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
import { type Guard, guardOf } from './mutex.js';

/** Thread (slot + 1) that writes; readers; 1 when the last writer died; writers that wait: readers let them pass. */
const State = { WRITER: 8, READERS: 9, DIED: 10, WANTED: 11 } as const;

/**
 * Many may read at a time, one may write. A writer that waits goes before readers who come later.
 *
 * @example
 * ```ts
 * { using reading = await lock.read(); look(); }
 * { using writing = await lock.write(); change(); }
 * ```
 */
export class ReadWriteLock extends SharedStructure<'ReadWriteLock'> {
  readonly #readers = Symbol('read');
  readonly #writers = Symbol('write');

  /** A new lock, free. */
  static create(): ReadWriteLock {
    return new ReadWriteLock(...newStructure('ReadWriteLock'));
  }

  /** The lock of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'ReadWriteLock'>): ReadWriteLock {
    return new ReadWriteLock(...placeOf(handle, 'ReadWriteLock'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule) {
    super(space, block, 'ReadWriteLock');
  }

  /** Waits until nobody writes. @throws WaitTimeoutError at the time limit */
  read(options?: SharedWaitOptions): Promise<Guard> {
    return this.space.waits.until<Guard>(this.#readers, () => this.#enterReading(), throwTimeout, options);
  }

  /** As {@link read}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  readSync(options?: SharedSyncOptions): Guard {
    return this.space.waits.untilSync<Guard>('readSync()', () => this.#enterReading(), throwTimeout, options);
  }

  /**
   * Waits until nobody reads or writes.
   * @throws WaitTimeoutError at the time limit
   * @throws OwnerDiedError when the last writer died: you own the lock now, so check, then call {@link releaseWrite}
   */
  async write(options?: SharedWaitOptions): Promise<Guard> {
    const { waits } = this.space;
    options?.signal?.throwIfAborted();
    const first = this.#enterWriting(true);
    if (first !== NOT_YET && first !== BUSY) return first;
    await waits.until(Symbol('want'), () => this.#want(1), never);
    try {
      return await waits.until<Guard>(this.#writers, () => this.#enterWriting(), throwTimeout, options);
    } finally {
      await waits.until(Symbol('want'), () => this.#want(-1), never);
    }
  }

  /** As {@link write}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  writeSync(options?: SharedSyncOptions): Guard {
    const { waits } = this.space;
    waits.untilSync('writeSync()', () => this.#want(1), never);
    try {
      return waits.untilSync<Guard>('writeSync()', () => this.#enterWriting(), throwTimeout, options);
    } finally {
      waits.untilSync('writeSync()', () => this.#want(-1), never);
    }
  }

  /** Ends a writing, as its guard's `release` does. @throws NotOwnerError when this thread does not write */
  releaseWrite(): void {
    if (Atomics.load(this.i32, this.base + State.WRITER) !== this.thread.id)
      throw new NotOwnerError('releaseWrite()');
    this.#soon(() => this.#leaveWriting());
  }

  #enterReading(): Outcome<Guard> {
    if (!this.ensureMember()) return BUSY;
    this.announce(Wait.LOCK);
    if (!this.begin()) return BUSY;
    if (this.word(State.WRITER) !== 0 || this.word(State.WANTED) > 0) {
      this.commit();
      return NOT_YET;
    }
    this.#countReading(1);
    this.commit();
    return guardOf(() => this.#soon(() => this.#leaveReading()));
  }

  #countReading(difference: number): void {
    this.store(State.READERS, this.word(State.READERS) + difference);
    this.change(this.me + Member.READING, this.i32[this.me + Member.READING] + difference);
  }

  #enterWriting(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient)) return BUSY;
    this.announce(Wait.LOCK);
    if (!this.begin(patient)) return BUSY;
    if (this.word(State.WRITER) !== 0 || this.word(State.READERS) > 0) {
      this.commit();
      return NOT_YET;
    }
    const died = this.word(State.DIED) !== 0;
    this.store(State.WRITER, this.thread.id);
    this.store(State.DIED, 0);
    this.commit();
    if (died) throw new OwnerDiedError('read-write lock');
    return guardOf(() => this.releaseWrite());
  }

  #want(difference: number): Outcome<true> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    this.store(State.WANTED, this.word(State.WANTED) + difference);
    this.change(this.me + Member.TAKEN, this.i32[this.me + Member.TAKEN] + difference);
    this.commit(Wait.LOCK);
    return true;
  }

  #leaveReading(): true | typeof BUSY {
    if (!this.begin(true)) return BUSY;
    this.#countReading(-1);
    this.commit(Wait.LOCK);
    return true;
  }

  #leaveWriting(): true | typeof BUSY {
    if (!this.begin(true)) return BUSY;
    this.store(State.WRITER, 0);
    this.commit(Wait.LOCK);
    return true;
  }

  #soon(step: () => true | typeof BUSY): void {
    if (step() === BUSY) void this.space.waits.until(Symbol('release'), step, never);
  }

  protected override settle(member: number, slot: number): boolean {
    this.store(State.READERS, this.word(State.READERS) - this.i32[member + Member.READING]);
    this.store(State.WANTED, this.word(State.WANTED) - this.i32[member + Member.TAKEN]);
    if (this.word(State.WRITER) === slot + 1) {
      this.store(State.DIED, 1);
      this.store(State.WRITER, 0);
    }
    return true;
  }
}

const throwTimeout = (timeoutMs: number): never => {
  throw new WaitTimeoutError('The read-write lock', timeoutMs);
};
const never = (): never => throwTimeout(Number.POSITIVE_INFINITY);

buriedBy('ReadWriteLock', (space, block) => new ReadWriteLock(space, block));
