/** A place where a number of tasks meet. */
import { BrokenBarrierError, OptionOutOfRangeError } from '../../errors.js';
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

/**
 * How many have to come; how many are here; number of the meeting; 1 while broken; the number of the meeting that
 * `reset` has ended, plus 1.
 */
const State = { PARTIES: 8, HERE: 9, PHASE: 10, BROKEN: 11, RESET: 12 } as const;

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
  constructor(space: Space, block: Granule) {
    super(space, block, 'Barrier');
  }

  /** How many have to come. */
  get parties(): number {
    return this.word(State.PARTIES);
  }

  /** Whether a meeting failed; {@link reset} mends it. */
  get isBroken(): boolean {
    return Atomics.load(this.i32, this.base + State.BROKEN) !== 0;
  }

  /**
   * Waits until all have come. @returns true to the last one, who may do what is to be done once
   * @throws BrokenBarrierError when another died, gave up or called {@link abort}; also at one's own time limit
   */
  async wait(options: SharedWaitOptions = {}): Promise<boolean> {
    const { waits } = this.space;
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
    const arrival = waits.untilSync<Arrival>('waitSync()', () => this.#arrive(), never);
    try {
      waits.untilSync<true>('waitSync()', () => this.#met(arrival), throwTimeout, options);
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
    this.#soon(() => {
      this.store(State.RESET, (this.word(State.PHASE) + 1) | 0);
      this.#next();
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
    if (last) this.#next();
    this.commit(last ? Wait.SIGNAL : 0);
    return { phase, last };
  }

  #next(): void {
    this.store(State.PHASE, (this.word(State.PHASE) + 1) | 0);
    this.store(State.HERE, 0);
  }

  #met({ phase, last }: Arrival): Outcome<true> {
    if (last) return true;
    this.announce(Wait.SIGNAL);
    if (!this.begin()) return BUSY;
    const now = this.word(State.PHASE);
    const broken =
      now === phase ? this.word(State.BROKEN) !== 0 : this.word(State.RESET) === ((phase + 1) | 0);
    this.commit();
    if (now !== phase && !broken) return true;
    if (broken) throw new BrokenBarrierError();
    return NOT_YET;
  }

  /** @param phase only while this meeting is still to come */
  #break(phase?: number): void {
    this.#soon(() => {
      if (phase === undefined || this.word(State.PHASE) === phase) this.store(State.BROKEN, 1);
    });
  }

  #soon(change: () => void): void {
    const step = (): true | typeof BUSY => {
      if (!this.begin(true)) return BUSY;
      change();
      this.commit(Wait.SIGNAL);
      return true;
    };
    if (step() === BUSY) void this.space.waits.until(this, step, () => true);
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

buriedBy('Barrier', (space, block) => new Barrier(space, block));
