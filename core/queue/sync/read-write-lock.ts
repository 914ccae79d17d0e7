/** Many readers, or one writer. */
import { NotOwnerError, OwnerDiedError, WaitTimeoutError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
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
  readonly #readers = `read ${this.block}`;
  readonly #writers = `write ${this.block}`;

  /** A new lock, free. */
  static create(): ReadWriteLock {
    return new ReadWriteLock(...newStructure('ReadWriteLock'));
  }

  /** The lock of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'ReadWriteLock'>): ReadWriteLock {
    return new ReadWriteLock(...placeOf(handle, 'ReadWriteLock'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'ReadWriteLock', generation);
  }

  /** Waits until nobody writes. @throws WaitTimeoutError at the time limit */
  read(options?: SharedWaitOptions): Promise<Guard> {
    return this.space.waits.until<Guard>(this.#readers, () => this.#enterReading(), throwTimeout, options);
  }

  /** As {@link read}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  readSync(options?: SharedSyncOptions): Guard {
    const call = 'readSync()';
    const attempt = () => this.#enterReading();
    return this.space.waits.untilSync<Guard>(call, this.#readers, attempt, throwTimeout, options);
  }

  /**
   * Waits until nobody reads or writes.
   * @throws WaitTimeoutError at the time limit
   * @throws OwnerDiedError when the last writer died: you own the lock now, so check, then call {@link releaseWrite}
   */
  async write(options?: SharedWaitOptions): Promise<Guard> {
    const { waits } = this.space;
    checkedTimeout(options?.timeoutMs);
    options?.signal?.throwIfAborted();
    if (!waits.has(this.#writers)) {
      const first = this.#enterWriting(true);
      if (first !== NOT_YET && first !== BUSY) return first;
    }
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
    const call = 'writeSync()';
    waits.mayBlock(call);
    checkedTimeout(options?.timeoutMs);
    waits.untilSync(call, Symbol(call), () => this.#want(1), never);
    try {
      return waits.untilSync<Guard>(call, this.#writers, () => this.#enterWriting(), throwTimeout, options);
    } finally {
      waits.untilSync(call, Symbol(call), () => this.#want(-1), never);
    }
  }

  /** Begins to read if nobody writes, or waits to. */
  tryRead(): Guard | undefined {
    const outcome = this.#enterReading(true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /** Begins to write if nobody reads or writes. @throws OwnerDiedError as {@link write} does */
  tryWrite(): Guard | undefined {
    const outcome = this.#enterWriting(true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /** Whether a thread writes; by the time you look, it may have changed. */
  get isWriting(): boolean {
    return this.look(State.WRITER) !== 0;
  }

  /** How many read; by the time you look, it may have changed. */
  get readers(): number {
    return this.look(State.READERS);
  }

  /** Ends a writing, as its guard's `release` does. @throws NotOwnerError when this thread does not write */
  releaseWrite(): void {
    if (this.look(State.WRITER) !== this.thread.id) throw new NotOwnerError('releaseWrite()');
    this.soon(() => this.#leaveWriting());
  }

  #enterReading(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient) || !this.begin(patient)) return BUSY;
    if (this.word(State.WRITER) !== 0 || this.word(State.WANTED) > 0) {
      this.announce(Wait.LOCK);
      this.commit();
      return NOT_YET;
    }
    this.#countReading(1);
    this.commit();
    return guardOf(() => this.soon(() => this.#leaveReading()));
  }

  #countReading(difference: number): void {
    this.store(State.READERS, this.word(State.READERS) + difference);
    this.change(this.me + Member.READING, this.i32[this.me + Member.READING] + difference);
  }

  #enterWriting(patient = false): Outcome<Guard> {
    if (!this.ensureMember(patient) || !this.begin(patient)) return BUSY;
    if (this.word(State.WRITER) !== 0 || this.word(State.READERS) > 0) {
      this.announce(Wait.LOCK);
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

buriedBy('ReadWriteLock', (...place) => new ReadWriteLock(...place));
