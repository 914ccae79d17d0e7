/** A place where a number of tasks meet. */
import { BrokenBarrierError, OptionOutOfRangeError } from '../../errors.js';
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

/**
 * How many have to come; how many are here; number of the meeting; 1 while broken; of the last 32 meetings, which
 * `reset` has ended (bit 0: the last one); and how many meetings ago it did so last, 0 for never.
 */
const State = { PARTIES: 8, HERE: 9, PHASE: 10, BROKEN: 11, RESETS: 12, SINCE_RESET: 13 } as const;
const REMEMBERED = 32;

interface Arrival {
  readonly phase: number;
  /** Whether it was the last one, which lets all go on. */
  readonly last: boolean;
}

/**
 * As Python's `threading.Barrier`: all wait until the last has come, then all go on, and it can be used again.
 *
 * @example
 * ```ts
 * const barrier = Barrier.create(4);
 * await barrier.wait();          // in each of four threads
 * ```
 */
export class Barrier extends SharedStructure<'Barrier'> {
  /** A new barrier. @param parties a whole number from 1 @throws OptionOutOfRangeError */
  static create(parties: number): Barrier {
    if (!Number.isInteger(parties) || parties < 1 || parties > 0x7fffffff) {
      throw new OptionOutOfRangeError('parties', parties, 'a whole number from 1 to 2147483647');
    }
    return new Barrier(...newStructure('Barrier', (i32, base) => (i32[base + State.PARTIES] = parties)));
  }

  /** The barrier of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach(handle: SharedHandle<'Barrier'>): Barrier {
    return new Barrier(...placeOf(handle, 'Barrier'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'Barrier', generation);
  }

  /** How many have to come. */
  get parties(): number {
    return this.look(State.PARTIES);
  }

  /** How many wait in it. By the time you look, it may have changed. */
  get waiting(): number {
    return this.look(State.HERE);
  }

  /** Whether a meeting failed; {@link reset} mends it. */
  get isBroken(): boolean {
    return this.look(State.BROKEN) !== 0;
  }

  /**
   * Waits until all have come. @returns true to the last one, who may do what is to be done once
   * @throws BrokenBarrierError when another died, gave up or called {@link abort}; also at one's own time limit
   */
  async wait(options: SharedWaitOptions = {}): Promise<boolean> {
    const { waits } = this.space;
    checkedTimeout(options.timeoutMs);
    options.signal?.throwIfAborted();
    const arrival = await waits.until<Arrival>(Symbol('arrive'), () => this.#arrive(), never);
    try {
      await waits.until<true>(Symbol('meet'), () => this.#met(arrival), throwTimeout, options);
    } catch (error) {
      this.#break(arrival.phase);
      throw error;
    }
    return arrival.last;
  }

  /** As {@link wait}, but blocks the thread. @throws SyncOnMainThreadError on the main thread */
  waitSync(options: SharedSyncOptions = {}): boolean {
    const { waits } = this.space;
    const call = 'waitSync()';
    waits.mayBlock(call);
    checkedTimeout(options.timeoutMs);
    const arrival = waits.untilSync<Arrival>(call, Symbol(call), () => this.#arrive(), never);
    try {
      waits.untilSync<true>(call, Symbol(call), () => this.#met(arrival), throwTimeout, options);
    } catch (error) {
      this.#break(arrival.phase);
      throw error;
    }
    return arrival.last;
  }

  /** Breaks the barrier: all who wait, and all who come, get a {@link BrokenBarrierError}. */
  abort(): void {
    this.#break();
  }

  /** Makes it whole again, for a new meeting. Who still waits for the old one gets a {@link BrokenBarrierError}. */
  reset(): void {
    this.#change(() => {
      this.#next(true);
      this.store(State.BROKEN, 0);
    });
  }

  #arrive(): Outcome<Arrival> {
    if (!this.ensureMember() || !this.begin()) return BUSY;
    if (this.word(State.BROKEN) !== 0) {
      this.commit();
      throw new BrokenBarrierError();
    }
    const phase = this.word(State.PHASE);
    const here = this.word(State.HERE) + 1;
    const last = here === this.word(State.PARTIES);
    this.change(this.me + Member.ARRIVED, phase);
    this.change(this.me + Member.TAKEN, here);
    this.store(State.HERE, here);
    if (last) this.#next(false);
    this.commit(last ? Wait.SIGNAL : 0);
    return { phase, last };
  }

  #next(isReset: boolean): void {
    this.store(State.PHASE, (this.word(State.PHASE) + 1) | 0);
    this.store(State.HERE, 0);
    this.store(State.RESETS, (this.word(State.RESETS) << 1) | Number(isReset));
    const since = this.word(State.SINCE_RESET);
    this.store(State.SINCE_RESET, isReset ? 1 : since && since + 1);
  }

  /** Whether a meeting of the past was ended by `reset`, for all that is known. */
  #wasReset(phase: number): boolean {
    const ago = (this.word(State.PHASE) - phase) | 0;
    const since = this.word(State.SINCE_RESET);
    if (since === 0 || since > ago) return false;
    // This thread may have slept through more meetings than are remembered, with a reset among them.
    return ago > REMEMBERED || ((this.word(State.RESETS) >>> (ago - 1)) & 1) === 1;
  }

  #met({ phase, last }: Arrival): Outcome<true> {
    if (last) return true;
    if (!this.begin()) return BUSY;
    const isOver = this.word(State.PHASE) !== phase;
    const isBroken = isOver ? this.#wasReset(phase) : this.word(State.BROKEN) !== 0;
    if (!isOver && !isBroken) this.announce(Wait.SIGNAL);
    this.commit();
    if (isBroken) throw new BrokenBarrierError();
    return isOver ? true : NOT_YET;
  }

  /** @param phase only while this meeting is still to come */
  #break(phase?: number): void {
    this.#change(() => {
      if (phase === undefined || this.word(State.PHASE) === phase) this.store(State.BROKEN, 1);
    });
  }

  #change(change: () => void): void {
    // One key for all: an abort that has to wait for the lock stays in front of a later reset.
    this.soon(() => {
      if (!this.begin(true)) return BUSY;
      change();
      this.commit(Wait.SIGNAL);
      return true;
    }, this);
  }

  protected override settle(member: number): boolean {
    const { i32 } = this;
    const waits = i32[member + Member.TAKEN] > 0 && i32[member + Member.ARRIVED] === this.word(State.PHASE);
    if (waits && this.word(State.HERE) > 0) this.store(State.BROKEN, 1);
    return true;
  }
}

const throwTimeout = (): never => {
  throw new BrokenBarrierError('this thread gave up waiting');
};
const never = throwTimeout;

buriedBy('Barrier', (...place) => new Barrier(...place));
