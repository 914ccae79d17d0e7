/**
 * The composition root: the creating thread, the supervisor, the flow, and the doors to them.
 */
import { availableParallelism } from 'node:os';
import type { Observable } from 'rxjs';
import { StartInsideActorThreadError, SystemStoppedError, WrongArgumentError } from './errors.js';
import { FlowHub } from './flow/flow-hub.js';
import { completeAll, deadLettersIn, flowIn, polled } from './flow/observe.js';
import { FlowTrace } from './flow/trace.js';
import { Ref } from './messaging/actor-ref.js';
import { checkShutdown } from './messaging/checks.js';
import type { ChildSpec, Spawner, SuperviseOptions, SupervisorRef } from './messaging/context-types.js';
import type { Address } from './messaging/envelope.js';
import type {
  LogEntry,
  PoolArguments,
  ShutdownOptions,
  SpawnArguments,
  SystemOptions,
  TraceOptions,
} from './messaging/options.js';
import type { ActorClass, ActorRef, AnyActorRef } from './messaging/ref-types.js';
import type {
  DeadLetter,
  ExitReport,
  FlowEvent,
  LastMessage,
  ShutdownReport,
  SystemHealth,
  SystemMetrics,
  Trace,
} from './messaging/reports.js';
import type { Actor } from './runtime/actor.js';
import { levelBit } from './runtime/actor-log.js';
import { isActorThread } from './runtime/boot-worker.js';
import type { Host } from './runtime/host.js';
import { DISPOSER_FAILED } from './runtime/injector.js';
import type { Rehearsal } from './runtime/rehearsal.js';
import { spawnerFor } from './runtime/spawning.js';
import { BusyThreads } from './supervision/busy-threads.js';
import { HangWatch } from './supervision/hang-watch.js';
import { readMetrics } from './supervision/metrics.js';
import { isLate, shutDown } from './supervision/shutdown.js';
import { Supervisor } from './supervision/supervisor.js';
import { beforeExit } from './system/at-exit.js';
import { openCreatingThread, type Reports } from './system/creating-thread.js';
import { Desk } from './system/desk.js';
import { logError } from './system/log-sink.js';
import { checkOptions, moduleUrl, traceFile } from './system/options.js';
import { type OpenLog, openLog } from './system/pino-sink.js';
import { listenForSignals } from './system/signals.js';

const METRICS_EVERY_MS = 1000;

/**
 * A running system of actors. Keeps the process alive until it is shut down.
 *
 * ```ts
 * await ActorSystem.run(async (system) => {
 *   const counter = await system.spawn(Counter, { props: { start: 10 } });
 *   counter.tell.add(5);
 *   console.log(await counter.ask.total());
 * });
 * ```
 */
export class ActorSystem {
  readonly name: string;
  readonly #host: Host;
  readonly #supervisor: Supervisor;
  readonly #desk: Desk;
  readonly #spawner: Spawner;
  readonly #hangs: HangWatch;
  readonly #busy: BusyThreads;
  readonly #log: OpenLog;
  readonly #problems: string[] = [];
  readonly #keepAlive: NodeJS.Timeout;
  readonly #stopListening: () => void;
  readonly #hub: FlowHub;
  readonly #traces = new Set<FlowTrace>();
  readonly #offExit: () => void;
  #shutdown: Promise<ShutdownReport> | undefined;
  #isEnded = false;
  #ended: (report: ShutdownReport) => void = () => undefined;
  readonly #whenEnded: Promise<ShutdownReport>;

  /** @param rehearsal of test systems: see `TestSystem` in `troupe/testing` */
  protected constructor(options: SystemOptions, rehearsal?: Rehearsal) {
    checkOptions(options);
    this.name = options.name ?? 'troupe';
    this.#whenEnded = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const reports: Reports = {
      onMessage: (message, correlation, replyTo) => desk.receive(message, correlation, replyTo),
      onThreadExit: (entry, code) => this.#supervisor.onThreadExit(entry, code),
    };
    const { host, boxes, threads } = openCreatingThread(this.name, options, reports, rehearsal);
    const hub = new FlowHub(host.arena.i32, host.post, () => host.line.notShown());
    this.#host = host;
    this.#hub = hub;
    this.#log = openLog(options.logger, host.arena.i32);
    this.#supervisor = new Supervisor(host.arena, host.thread, host, boxes, threads, {
      supervision: options.supervision ?? {},
      sharedThreads: options.threads ?? availableParallelism(),
      warmThreads: options.warmThreads ?? 0,
      onEvent: (event) => hub.publish([event]),
      onEscalated: (path, error) => {
        this.#problems.push(`${path} has used up its restarts`);
        this.#complain('system', `${path} has stopped for good`, { error });
      },
    });
    this.#busy = new BusyThreads(host);
    this.#hangs = new HangWatch(this.#supervisor, (path, where = 'its thread', forMs) => {
      this.#complain(path, `has been stuck in ${where} for ${Math.round(forMs)} ms: its thread is replaced`);
    });
    const desk: Desk = new Desk(this.#supervisor, hub, this.#hangs, this.#log.sink, (how) =>
      this.shutdown(how),
    );
    this.#desk = desk;
    this.#host.line.spawnHere = (spec, from, asked) => desk.spawnHere(spec, from, asked);
    this.#spawner = spawnerFor(host, undefined);
    // A pending wait holds no event loop, so something has to.
    this.#keepAlive = setInterval(() => undefined, 0x7fffffff);
    host.start();
    this.#offExit = beforeExit(() => this.#cutShort());
    this.#stopListening =
      options.signals === true ? listenForSignals(() => this.shutdown()) : () => undefined;
  }

  /**
   * Starts a system.
   * @throws {StartInsideActorThreadError} in an actor's thread: use {@link ActorSystem.run} in files with actors
   * @throws {OptionOutOfRangeError}
   */
  static async start(options: SystemOptions = {}): Promise<ActorSystem> {
    if (isActorThread) throw new StartInsideActorThreadError();
    const system = new ActorSystem(options);
    await system.provide(options);
    return system;
  }

  /** What its actors in this thread inject. If that fails, the system has ended. */
  protected async provide({ providers }: Pick<SystemOptions, 'providers'>): Promise<void> {
    if (providers === undefined) return;
    try {
      await this.#host.injector.register(moduleUrl(providers));
    } catch (error) {
      await this.shutdown({ drain: false });
      throw error;
    }
  }

  /**
   * Starts a system, runs the program, shuts the system down. Does nothing inside an actor's thread, so that one
   * file may hold actors and program.
   */
  static run<T>(program: (system: ActorSystem) => Promise<T> | T): Promise<T>;
  static run<T>(options: SystemOptions, program: (system: ActorSystem) => Promise<T> | T): Promise<T>;
  static async run<T>(
    first: SystemOptions | ((system: ActorSystem) => Promise<T> | T),
    second?: (system: ActorSystem) => Promise<T> | T,
  ): Promise<T> {
    if (isActorThread) return undefined as T;
    const [options, program] = typeof first === 'function' ? [{}, first] : [first, second];
    if (typeof program !== 'function') {
      throw new WrongArgumentError('ActorSystem.run', program, 'a program: a function of the system');
    }
    const system = await ActorSystem.start(options);
    let done = false;
    try {
      const result = await program(system);
      done = true;
      return result;
    } finally {
      // A program that failed is not waited for: what it left in the mailboxes may never end.
      await system.shutdown({ drain: done });
    }
  }

  /** Starts an actor; resolves to its ref after its `onStart`. */
  // biome-ignore lint/suspicious/noExplicitAny: `any` is what matches every class of actors
  spawn<A extends Actor<any>>(type: ActorClass<A>, ...options: SpawnArguments<A>): Promise<ActorRef<A>> {
    return this.#spawner.spawn(type, ...options);
  }

  /** Several actors behind one ref: the free one takes the next message. */
  // biome-ignore lint/suspicious/noExplicitAny: `any` is what matches every class of actors
  pool<A extends Actor<any>>(type: ActorClass<A>, ...options: PoolArguments<A>): Promise<ActorRef<A>> {
    return this.#spawner.pool(type, ...options);
  }

  /** Starts children under a supervisor of their own. */
  // biome-ignore lint/suspicious/noExplicitAny: `any` is what matches every class of actors
  supervise<const C extends readonly ChildSpec<any>[]>(
    options: SuperviseOptions<C>,
  ): Promise<SupervisorRef<C>> {
    return this.#spawner.supervise(options);
  }

  /** The actor of that path. `Actor` itself stands for whatever class it is of. */
  // biome-ignore lint/suspicious/noExplicitAny: `any` is what matches every class of actors
  find<A extends Actor<any>>(type: ActorClass<A>, path: string): ActorRef<A>;
  find(type: typeof Actor, path: string): AnyActorRef;
  find(type: typeof Actor & ActorClass, path: string): AnyActorRef {
    return this.#spawner.find(type, path);
  }

  /** What happens to messages and actors. Unobserved it costs one look at a flag per message. */
  get flow$(): Observable<FlowEvent> {
    return flowIn(this.#host, undefined);
  }

  /** Every message that nobody handled. */
  get deadLetters$(): Observable<DeadLetter> {
    return deadLettersIn(this.#host);
  }

  /** A reading of all actors, from shared memory: also while one is stuck in a loop. */
  metrics(): SystemMetrics {
    return readMetrics(this.#host, [...this.#supervisor.all()], this.#supervisor.endedCounts, this.#busy);
  }

  /**
   * The last messages that an actor has begun, oldest first, as many as its `mailbox.blackBox`; of a pool those of its
   * workers. From shared memory: also while it is stuck in a loop. Of one that has ended, as its report has them.
   */
  lastMessages(ref: AnyActorRef): readonly LastMessage[] {
    const isObject = typeof ref === 'object' && ref !== null;
    const identity = isObject ? Ref.identityIn(this.#host, ref) : undefined;
    if (identity === undefined) throw new WrongArgumentError('lastMessages', ref, 'a ref');
    return this.#supervisor.lastMessages(identity);
  }

  /** {@link metrics} at once, and then every second. */
  get metrics$(): Observable<SystemMetrics> {
    return polled(this.#host, METRICS_EVERY_MS, () => this.metrics());
  }

  /**
   * Writes what flows to a file that Perfetto (https://ui.perfetto.dev) and `chrome://tracing` open: a lane for each
   * thread, a slice for each message handled, and an arrow to it from where it was sent.
   *
   * ```ts
   * const trace = system.trace({ file: 'trace.json' });
   * await work();
   * const { messages, dropped } = await trace.stop();
   * ```
   * The end of the system stops it too. A trace watches the flow, with what that costs: see {@link flow$}.
   * @throws {OptionOutOfRangeError}
   * @throws {SystemStoppedError}
   * @throws the file system's error when the file cannot be opened
   */
  trace(options: TraceOptions): Trace {
    const file = traceFile(options);
    if (this.#isEnded) throw new SystemStoppedError('trace');
    const trace = new FlowTrace(file, this.name, this.#hub, (error) => {
      this.#traces.delete(trace);
      if (error !== undefined) this.#complain('system', `the trace ${file} could not be written`, { error });
    });
    this.#traces.add(trace);
    return trace;
  }

  /** What the system itself has to say of an actor, or of its own. */
  #complain(actor: string, message: string, fields?: LogEntry['fields']): void {
    if ((this.#host.off() & levelBit('error')) === 0) logError(this.#log.sink, actor, message, fields);
  }

  /** The process ends, and nobody has waited for this system: what its threads have said is written out. */
  #cutShort(): void {
    this.#host.readLast((message) => this.#desk.hear(message));
    for (const trace of this.#traces) trace.close();
  }

  /** For probes. */
  health(): SystemHealth {
    const closed = this.#shutdown !== undefined;
    const ended = this.#isEnded;
    const problems = [...this.#problems];
    for (const node of this.#supervisor.all()) {
      if (node.state === 'restarting') problems.push(`${node.path} is being restarted`);
    }
    return {
      state: ended ? 'stopped' : closed ? 'stopping' : 'running',
      ready: !closed,
      live: !ended,
      problems,
    };
  }

  /**
   * Refuses what comes from outside, waits until no mail and no handler is left, then stops the tree, children before
   * parents. One time limit for all of it (default 30,000 ms); past it threads are terminated. Idempotent.
   */
  shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    checkShutdown(options);
    const { timeoutMs = 30_000, drain = true } = options;
    this.#shutdown ??= this.#end(timeoutMs, drain);
    return this.#shutdown;
  }

  async #end(timeoutMs: number, drain: boolean): Promise<ShutdownReport> {
    this.#host.refuseOutside();
    const stopped = await shutDown(this.#supervisor, timeoutMs, drain);
    this.#stopListening();
    clearInterval(this.#keepAlive);
    this.#hangs.end();
    this.#isEnded = true;
    const late = await this.#dispose(Math.max(0, timeoutMs - stopped.durationMs));
    const report = late ? { ...stopped, timedOut: true } : stopped;
    // Who has started it hears of its errors; otherwise the log does.
    await Promise.allSettled([...this.#traces].map((trace) => trace.stop()));
    this.#offExit();
    this.#host.readOut();
    this.#log.close();
    completeAll(this.#host);
    this.#host.stop((actor) => this.#reportOf(actor, report));
    this.#ended(report);
    return report;
  }

  /** Of one whose thread did not end, what the shutdown reports of it. */
  #reportOf(actor: Address, { actors }: ShutdownReport): ExitReport {
    const path = this.#supervisor.nodeAt(actor)?.path;
    return actors.findLast((report) => report.path === path) ?? this.#desk.reportOf(actor);
  }

  /** @returns whether it takes longer than it may: then nobody waits for it */
  async #dispose(limitMs: number): Promise<boolean> {
    const disposing = this.#host.injector.dispose().catch((error: unknown) => {
      this.#complain('system', DISPOSER_FAILED, { error });
    });
    const late = await isLate(disposing, limitMs);
    if (late) this.#complain('system', 'the disposer of the providers had not ended at the time limit');
    return late;
  }

  /** Resolves when the system has ended, however. */
  join(): Promise<ShutdownReport> {
    return this.#whenEnded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
