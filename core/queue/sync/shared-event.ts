/** A flag that threads wait for. */
import { WaitTimeoutError } from '../../errors.js';
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

/** 1 while it is set; how often it was. */
const State = { SET: 8, TIMES: 9 } as const;

/**
 * As Python's `threading.Event`: once set, everybody who waits goes on, until it is cleared.
 *
 * @example
 * ```ts
 * const ready = SharedEvent.create();
 * ready.set();               // in one thread
 * await ready.wait();        // in all others
 * ```
 */
export class SharedEvent extends SharedStructure<'SharedEvent'> {
  /** A new event, not set. */
  static create(): SharedEvent {
    return new SharedEvent(...newStructure('SharedEvent'));
  }

  /** The event of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'SharedEvent'>): SharedEvent {
    return new SharedEvent(...placeOf(handle, 'SharedEvent'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'SharedEvent', generation);
  }

  /** Whether it is set. */
  get isSet(): boolean {
    return this.look(State.SET) !== 0;
  }

  /** Sets it: all who wait go on. */
  set(): void {
    this.#write(1);
  }

  /** Clears it: who waits from here on waits for the next `set`. */
  clear(): void {
    this.#write(0);
  }

  /** Resolves as soon as it is set. @throws WaitTimeoutError at the time limit */
  async wait(options?: SharedWaitOptions): Promise<void> {
    await this.space.waits.until<true>(Symbol('wait'), this.#setSinceNow(), throwTimeout, options);
  }

  /** As {@link wait}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  waitSync(options?: SharedSyncOptions): void {
    const call = 'waitSync()';
    this.space.waits.untilSync<true>(call, Symbol(call), this.#setSinceNow(), throwTimeout, options);
  }

  /** Looks whether it is set, or was since the first look: a clear right behind a set holds nobody back. */
  #setSinceNow(): () => Outcome<true> {
    let before: number | undefined;
    return () => {
      if (!this.ensureMember() || !this.begin()) return BUSY;
      const times = this.word(State.TIMES);
      before ??= times;
      const isSet = this.word(State.SET) !== 0 || times !== before;
      if (!isSet) this.announce(Wait.SIGNAL);
      this.commit();
      return isSet ? true : NOT_YET;
    };
  }

  #write(value: number): void {
    // One key for all: a set that has to wait for the lock stays in front of a later clear.
    this.soon(() => {
      if (!this.begin(true)) return BUSY;
      this.store(State.SET, value);
      if (value === 1) this.store(State.TIMES, (this.word(State.TIMES) + 1) | 0);
      this.commit(Wait.SIGNAL);
      return true;
    }, this);
  }
}

const throwTimeout = (timeoutMs: number): never => {
  throw new WaitTimeoutError('The event', timeoutMs);
};

buriedBy('SharedEvent', (...place) => new SharedEvent(...place));
