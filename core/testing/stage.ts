/**
 * What drives a test system: runs its actors one message at a time until all is quiet, and lets time pass from timer to
 * timer. Between two steps all microtasks run, so that what awaits goes on.
 */
import { NeverSettledError, NotInVirtualTimeError } from '../errors.js';
import type { ActorCell } from '../runtime/actor-cell.js';
import type { Host } from '../runtime/host.js';
import type { Rehearsal } from '../runtime/rehearsal.js';
import { type Driver, driveBy } from './driver.js';
import { takeOver } from './fake-globals.js';
import { Random } from './random.js';
import { SeededTurns } from './seeded-turns.js';
import { VirtualTime } from './virtual-time.js';

// The event loop's own, which goes on while the actors' is virtual.
const { setImmediate } = globalThis;

export interface StageOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly maxSteps: number;
  readonly poolSize: number;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class Stage implements Driver, Rehearsal {
  readonly time: VirtualTime;
  readonly poolSize: number;
  readonly usualMs = { forMessage: 0, forNone: 0 };
  readonly #options: StageOptions;
  readonly #order: Random;
  readonly #giveBack: () => void;
  #turns: SeededTurns | undefined;
  #host: Host | undefined;
  #isRunning = false;
  /** Since all was quiet. */
  #steps = 0;
  #immediatesFirst = false;
  #stuck: NeverSettledError | undefined;
  #waiters: Waiter[] = [];
  /** Time is moved by one at a time. */
  #moving: Promise<unknown> = Promise.resolve();

  constructor(options: StageOptions) {
    this.#options = options;
    this.poolSize = options.poolSize;
    const order = new Random(options.seed);
    this.#order = order;
    this.time = new VirtualTime(options.startMs, {
      onImmediate: () => this.#run(),
      owner: () => this.#host?.speaking?.actor()?.path ?? '',
      choose: (count) => order.below(count),
    });
    // Two lines of chance: one more Math.random() in an actor leaves the order as it is.
    this.#giveBack = takeOver(this.time, new Random(~options.seed));
  }

  get host(): Host {
    return this.#host as Host;
  }

  get remark(): string {
    return ` (seed ${this.#options.seed})`;
  }

  turns(...[host, cells, inbox]: Parameters<Rehearsal['turns']>): SeededTurns {
    this.#host = host;
    this.#turns = new SeededTurns(host, cells, inbox, this.#order, () => this.#run());
    return this.#turns;
  }

  /** The system is put together. */
  begin(): void {
    this.time.nowMs = 0;
    driveBy(this.host, this);
  }

  /** The thread has its clock again. */
  close(): void {
    this.#giveBack();
  }

  changed(): void {
    // Who waits looks after each step anyway.
  }

  // --- at one point of time -----------------------------------------------------------------------------------

  #run(): void {
    if (this.#isRunning || this.#stuck !== undefined) return;
    this.#isRunning = true;
    setImmediate(this.#step);
  }

  /** In an immediate of its own: all microtasks of the step before have run. */
  readonly #step = (): void => {
    if (this.#didSomething()) {
      if (++this.#steps < this.#options.maxSteps) setImmediate(this.#step);
      else this.#giveUp();
      return;
    }
    this.#isRunning = false;
    this.#steps = 0;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve } of waiters) resolve();
  };

  /** Now this first, now that: neither keeps the other from its turn for ever. */
  #didSomething(): boolean {
    this.#immediatesFirst = !this.#immediatesFirst;
    if (this.#immediatesFirst) return this.time.runImmediate() || this.#stepOn();
    return this.#stepOn() || this.time.runImmediate();
  }

  #stepOn(): boolean {
    return this.#turns?.step() === true;
  }

  #giveUp(): void {
    this.#isRunning = false;
    const cells: Iterable<ActorCell> = this.#host?.cells ?? [];
    const busy = [...cells].filter((cell) => cell.queued).map((cell) => cell.identity.path);
    this.#stuck = new NeverSettledError(this.#steps, busy, this.remark);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(this.#stuck);
  }

  /** Resolves when nothing is left to do before time goes on. */
  settled(): Promise<void> {
    if (this.#stuck !== undefined) return Promise.reject(this.#stuck);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#run();
    });
  }

  // --- time ---------------------------------------------------------------------------------------------------

  advance(ms: number): Promise<void> {
    return this.#alone(async () => {
      const endMs = this.time.nowMs + ms;
      await this.settled();
      await this.#fireUntil(endMs, () => false);
      this.time.nowMs = endMs;
    });
  }

  until(isSo: () => boolean, ms = 0): Promise<void> {
    return this.#alone(async () => {
      const endMs = this.time.nowMs + ms;
      await this.settled();
      await this.#fireUntil(endMs, isSo);
      if (!isSo() && Number.isFinite(ms)) this.time.nowMs = endMs;
    });
  }

  /** Lets time pass until a promise has settled, and gives what it came to. */
  async outcomeOf<T>(promise: PromiseLike<T>, limitMs: number): Promise<T> {
    let isSettled = false;
    const settles = () => {
      isSettled = true;
    };
    promise.then(settles, settles);
    await this.#alone(async () => {
      const endMs = this.time.nowMs + limitMs;
      await this.settled();
      await this.#fireUntil(endMs, () => isSettled);
      // Where no timer is near it waits for something outside, which takes no virtual time.
      const nextMs = this.time.nextMs ?? Number.POSITIVE_INFINITY;
      if (!isSettled && nextMs - endMs < limitMs) throw new NotInVirtualTimeError(limitMs, this.remark);
    });
    return promise;
  }

  /** From timer to timer; between two points of time all comes to rest. */
  async #fireUntil(endMs: number, isOver: () => boolean): Promise<void> {
    for (;;) {
      const { nextMs } = this.time;
      if (isOver() || nextMs === undefined || nextMs > endMs) return;
      this.time.nowMs = Math.max(this.time.nowMs, nextMs);
      while (this.time.fireOne()) await microtasks();
      await this.settled();
    }
  }

  #alone<T>(move: () => Promise<T>): Promise<T> {
    const moved = this.#moving.then(move);
    this.#moving = moved.catch(() => undefined);
    return moved;
  }
}

/** All that are queued, and those that follow from them. */
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
