/**
 * A system for tests: actors in the test's thread, time that passes when the test says so, and an order of messages
 * that a number decides.
 *
 * ```ts
 * await using system = await TestSystem.start({ seed: 7 });
 * const cache = await system.spawn(Cache);
 * cache.tell.put('a', 1);
 * await system.advance(60_000);                    // a minute, at once
 * expect(await cache.ask.size()).to.equal(0);
 * ```
 */
import { StartInsideActorThreadError, TestSystemRunningError, WrongArgumentError } from '../errors.js';
import { duration, inRange } from '../messaging/checks.js';
import type { LogEntry, ShutdownOptions, SystemOptions } from '../messaging/options.js';
import type { ShutdownReport } from '../messaging/reports.js';
import { isActorThread } from '../runtime/boot-worker.js';
import { sinkTo } from '../system/pino-sink.js';
import { ActorSystem } from '../system.js';
import { createProbe } from './probe.js';
import { MAX_SEED } from './random.js';
import { seedAskedFor, withSeed } from './seeds.js';
import { Stage } from './stage.js';
import type { NewProbeOptions, TestProbe } from './test-probe.js';

/** A virtual hour: who waits for longer waits for what does not come. */
const LIMIT_MS = 3_600_000;
const FIRST_OF_2000 = Date.UTC(2000, 0, 1);

/** What `TestSystem.start` takes: what makes sense of a system without threads, and how it plays. */
export interface TestSystemOptions
  extends Pick<
    SystemOptions,
    'name' | 'providers' | 'askTimeoutMs' | 'askCycle' | 'supervision' | 'logger' | 'arenaBytes'
  > {
  /**
   * Decides who of those that have mail is next, and what `Math.random()` gives: 0 to 4294967295. Default: what the
   * environment's `TROUPE_SEED` says, else 1.
   */
  seed?: number;
  /** What the calendar says at the start. Default: 2000-01-01, UTC. */
  startTime?: Date | number;
  /** So many messages, answers and orders at one point of time are no rest, but a mistake. Default 100,000. */
  maxSteps?: number;
  /** Workers of a pool without `size`. Default 4: the number of cores would differ between machines. */
  poolSize?: number;
}

let running: TestSystem | undefined;

/** A system of actors under a test's control. Where a program takes an `ActorSystem`, it can be given. */
export class TestSystem extends ActorSystem {
  /** Decides the order: the same seed, the same order. */
  readonly seed: number;
  /** What was logged, by actors and by the system; it goes to `logger` as well where one is given. */
  readonly logs: LogEntry[];
  readonly #stage: Stage;
  #ending: Promise<ShutdownReport> | undefined;

  /** Use {@link TestSystem.start} or {@link TestSystem.run}. */
  protected constructor(options: SystemOptions, stage: Stage, seed: number, logs: LogEntry[]) {
    super(options, stage);
    this.seed = seed;
    this.logs = logs;
    this.#stage = stage;
    stage.begin();
  }

  /**
   * Starts a system for a test. Until it is shut down the thread's clock and timers are its own: `Date`,
   * `performance.now`, `setTimeout`, `setInterval`, `setImmediate`, `node:timers`, `AbortSignal.timeout`, and
   * `Math.random`. RxJS takes them from there, too.
   *
   * @throws {TestSystemRunningError} another one is running in this thread
   * @throws {OptionOutOfRangeError}
   */
  static override async start(options: TestSystemOptions = {}): Promise<TestSystem> {
    if (isActorThread) throw new StartInsideActorThreadError();
    if (running !== undefined) throw new TestSystemRunningError();
    const { seed = seedAskedFor() ?? 1, startTime, maxSteps = 100_000, poolSize = 4, ...rest } = options;
    const stage = new Stage({
      seed: inRange('seed', seed, 0, MAX_SEED),
      startMs: inRange('startTime', Number(startTime ?? FIRST_OF_2000), -8.64e15, 8.64e15),
      maxSteps: inRange('maxSteps', maxSteps, 1, Number.MAX_SAFE_INTEGER),
      poolSize: inRange('poolSize', poolSize, 1, 1000),
    });
    const logs: LogEntry[] = [];
    const shown = rest.logger === undefined ? undefined : sinkTo(rest.logger);
    const keep = (entry: LogEntry) => {
      logs.push(entry);
      shown?.(entry);
    };
    try {
      running = new TestSystem({ arenaBytes: 1 << 26, ...rest, logger: keep }, stage, seed, logs);
    } catch (error) {
      stage.close();
      throw error;
    }
    const system = running;
    await system.provide(rest);
    return system;
  }

  /**
   * Starts a system, runs a test with it, shuts it down. An error of the test's says the seed.
   *
   * ```ts
   * it('closes at night', () => TestSystem.run(async (system) => { … }));
   * ```
   */
  static override run<T>(program: (system: TestSystem) => Promise<T> | T): Promise<T>;
  static override run<T>(
    options: TestSystemOptions,
    program: (system: TestSystem) => Promise<T> | T,
  ): Promise<T>;
  static override async run<T>(
    first: TestSystemOptions | ((system: TestSystem) => Promise<T> | T),
    second?: (system: TestSystem) => Promise<T> | T,
  ): Promise<T> {
    const [options, program] = typeof first === 'function' ? [{}, first] : [first, second];
    if (typeof program !== 'function') {
      throw new WrongArgumentError('TestSystem.run', program, 'a test: a function of the system');
    }
    const system = await TestSystem.start(options);
    try {
      const result = await program(system);
      await system.shutdown();
      return result;
    } catch (error) {
      // What a test that has failed leaves behind is not its failure.
      await system.shutdown({ drain: false }).catch(() => undefined);
      throw withSeed(error, system.seed);
    }
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#stage.time.nowMs;
  }

  /**
   * Lets so much time pass: whatever is due in it happens, each at its time, and all comes to rest in between.
   * @throws {NeverSettledError}
   */
  advance(ms: number): Promise<void> {
    return this.#stage.advance(inRange('ms', ms, 0, Number.MAX_SAFE_INTEGER));
  }

  /**
   * Resolves when nothing is left to do at this point of time: no message, answer or microtask.
   * @throws {NeverSettledError} it goes on and on
   */
  settled(): Promise<void> {
    return this.#stage.settled();
  }

  /**
   * Lets time pass, no more than it takes, until a promise has settled; gives what it came to.
   *
   * ```ts
   * const error = await system.until(slow.ask.answer()).catch((error) => error);     // AskTimeoutError
   * expect(system.nowMs).to.equal(5000);
   * ```
   * @param options `limitMs`: how much time may pass. Default an hour.
   * @throws {NotInVirtualTimeError} that was not enough
   */
  until<T>(promise: PromiseLike<T>, options: { readonly limitMs?: number } = {}): Promise<T> {
    return this.#stage.outcomeOf(promise, duration('limitMs', options.limitMs, LIMIT_MS));
  }

  /** As {@link createProbe}. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever messages it hears
  createProbe<A = any>(options?: NewProbeOptions<A>): Promise<TestProbe<A>> {
    return createProbe<A>(this, options);
  }

  /** As any system's; time passes by itself as far as that needs any, and the thread has its clock again. */
  override shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  async #end(options: ShutdownOptions): Promise<ShutdownReport> {
    try {
      return await this.#stage.outcomeOf(super.shutdown(options), Number.POSITIVE_INFINITY);
    } finally {
      this.#stage.close();
      if (running === this) running = undefined;
    }
  }
}
