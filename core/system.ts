/**
 * The composition root: an arena, the creating thread's host, the supervisor, and the doors to them.
 */
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { TransferListItem } from 'node:worker_threads';
import type { Observable } from 'rxjs';
import {
  OptionOutOfRangeError,
  StartInsideActorThreadError,
  SystemStoppedError,
  WouldWaitForSelfError,
} from './errors.js';
import { completeAll, deadLettersIn, deliver, deliverLetter, flowIn, polled } from './flow/observe.js';
import { Arena } from './memory/arena.js';
import { Header, Observed, Thread, ThreadState } from './memory/layout.js';
import { homeOf, markReady } from './memory/ready-set.js';
import { claimThread, recordOf, ThreadRecord } from './memory/thread-record.js';
import type { ChildSpec, Spawner, SuperviseOptions, SupervisorRef } from './messaging/context-types.js';
import { type Address, addressKey, Kind, sameAddress } from './messaging/envelope.js';
import type {
  LogEntry,
  PoolArguments,
  ShutdownOptions,
  SpawnArguments,
  SystemOptions,
} from './messaging/options.js';
import type { ActorClass, ActorRef, AnyActorRef } from './messaging/ref-types.js';
import type {
  DeadLetter,
  ExitReport,
  FlowEvent,
  ShutdownReport,
  SystemHealth,
  SystemMetrics,
} from './messaging/reports.js';
import type { Actor } from './runtime/actor.js';
import { AttachmentStore } from './runtime/attachments.js';
import { isActorThread } from './runtime/boot-worker.js';
import { Boxes } from './runtime/boxes.js';
import type { SystemCall, ToHost, ToSystem } from './runtime/control.js';
import { Host } from './runtime/host.js';
import { checkSupervision, duration, inRange, spawnerFor } from './runtime/spawning.js';
import { defaultWorkerUrl, type ThreadEntry, Threads } from './runtime/thread.js';
import { readMetrics } from './supervision/metrics.js';
import { shutDown } from './supervision/shutdown.js';
import { Supervisor } from './supervision/supervisor.js';

const METRICS_EVERY_MS = 1000;
const HANG_CHECK_MS = 250;

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
  readonly #spawner: Spawner;
  readonly #options: SystemOptions;
  readonly #watching = new Map<string, Map<number, Address>>();
  readonly #problems: string[] = [];
  readonly #heard = new WeakMap<ThreadEntry, { readonly progress: number; readonly at: number }>();
  #keepAlive: NodeJS.Timeout;
  #hangTimer: NodeJS.Timeout | undefined;
  #shutdown: Promise<ShutdownReport> | undefined;
  #ended: (report: ShutdownReport) => void = () => undefined;
  readonly #whenEnded: Promise<ShutdownReport>;
  #onSignal: ((signal: NodeJS.Signals) => void) | undefined;

  private constructor(options: SystemOptions) {
    checkOptions(options);
    this.#options = options;
    this.name = options.name ?? 'troupe';
    this.#whenEnded = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const arena = Arena.create(options.arenaBytes ?? 1 << 30);
    const slot = claimThread(arena);
    const thread = new ThreadRecord(arena, slot, true);
    const boxes = new Boxes(arena, thread);
    const inbox = Threads.equip(arena, thread, boxes, slot);
    Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.ALIVE);
    const store = new AttachmentStore();
    const askTimeoutMs = options.askTimeoutMs ?? 5000;
    const askCycle = options.askCycle ?? 'report';
    const host = new Host(arena, thread, {
      name: this.name,
      systemInbox: inbox,
      askTimeoutMs,
      askCycle,
      port: {
        send: (number, objects, moved) =>
          store.put(
            number,
            moved.length === 0 ? objects : structuredClone(objects, { transfer: moved as never[] }),
            moved,
          ),
        ask: (number) => store.take(number, ({ objects }) => host.attachments.arrived(number, objects)),
        forget: (number) => store.forget(number),
      },
      onSystem: (message, correlation, replyTo) => this.#onMessage(message, correlation, replyTo),
      flowOf: flowIn,
      deadLetters: deadLettersIn,
      onFlow: deliver,
      onDeadLetter: deliverLetter,
    });
    this.#host = host;
    const url = (value: string | URL) => moduleUrl(value);
    const threads = new Threads(
      arena,
      thread,
      boxes,
      store,
      {
        name: this.name,
        systemInbox: inbox,
        askTimeoutMs,
        askCycle,
        providers: options.providers === undefined ? undefined : url(options.providers),
        preload: (options.preload ?? []).map(url),
      },
      {
        workerUrl: options.workerUrl === undefined ? defaultWorkerUrl() : new URL(url(options.workerUrl)),
        execArgv: options.execArgv,
        env: options.env,
        resourceLimits: options.resourceLimits,
      },
      (entry, code) => this.#supervisor.onThreadExit(entry, code),
    );
    const own: ThreadEntry = {
      slot,
      inbox,
      worker: undefined,
      indexes: new Set([0]),
      shared: false,
      dead: false,
      error: undefined,
      exitTimer: undefined,
      exited: new Promise(() => undefined),
    };
    threads.entries.set(slot, own);
    this.#supervisor = new Supervisor(arena, thread, host, boxes, threads, {
      supervision: options.supervision ?? {},
      sharedThreads: options.threads ?? availableParallelism(),
      warmThreads: options.warmThreads ?? 0,
      onEvent: (event) => this.#publish([event], 0),
      onEscalated: (path, error) => {
        this.#problems.push(`${path} has used up its restarts`);
        this.#log({
          time: Date.now(),
          level: 'error',
          actor: 'system',
          message: `${path} has stopped for good`,
          fields: { error },
        });
      },
    });
    this.#spawner = spawnerFor(host, undefined);
    // A pending wait holds no event loop, so something has to.
    this.#keepAlive = setInterval(() => undefined, 0x7fffffff);
    host.start();
    if (options.signals === true) this.#listen();
  }

  /**
   * Starts a system.
   * @throws {StartInsideActorThreadError} in an actor's thread: use {@link ActorSystem.run} in files with actors
   * @throws {OptionOutOfRangeError}
   */
  static async start(options: SystemOptions = {}): Promise<ActorSystem> {
    if (isActorThread) throw new StartInsideActorThreadError();
    const system = new ActorSystem(options);
    if (options.providers !== undefined) {
      try {
        await system.#host.injector.register(moduleUrl(options.providers));
      } catch (error) {
        await system.shutdown({ drain: false });
        throw error;
      }
    }
    return system;
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
    if (typeof program !== 'function') throw new TypeError('ActorSystem.run takes a function of the system.');
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
    return readMetrics(this.#host, this.#supervisor.all());
  }

  /** {@link metrics} at once, and then every second. */
  get metrics$(): Observable<SystemMetrics> {
    return polled(this.#host, METRICS_EVERY_MS, () => this.metrics());
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

  #isEnded = false;

  /**
   * Refuses what comes from outside, waits until no mail and no handler is left, then stops the tree, children before
   * parents. One time limit for all of it (default 30,000 ms); past it threads are terminated. Idempotent.
   */
  shutdown({ timeoutMs = 30_000, drain = true }: ShutdownOptions = {}): Promise<ShutdownReport> {
    duration('timeoutMs', timeoutMs, 0);
    this.#shutdown ??= this.#end(timeoutMs, drain);
    return this.#shutdown;
  }

  async #end(timeoutMs: number, drain: boolean): Promise<ShutdownReport> {
    this.#host.refuseOutside();
    const report = await shutDown(this.#supervisor, timeoutMs, drain);
    if (this.#onSignal !== undefined) {
      process.off('SIGTERM', this.#onSignal);
      process.off('SIGINT', this.#onSignal);
    }
    clearInterval(this.#keepAlive);
    clearInterval(this.#hangTimer);
    this.#isEnded = true;
    await this.#host.injector.dispose();
    completeAll(this.#host);
    this.#host.stop();
    this.#ended(report);
    return report;
  }

  /** Resolves when the system has ended, however. */
  join(): Promise<ShutdownReport> {
    return this.#whenEnded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  // --- signals, hangs, logs ---------------------------------------------------------------------------------

  #listen(): void {
    let seen = false;
    this.#onSignal = (signal) => {
      if (seen) process.exit(signal === 'SIGINT' ? 130 : 143);
      seen = true;
      void this.shutdown().then(() => process.exit(0));
    };
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
  }

  /** Begins to look for stuck handlers once an actor has a limit: an idle system uses no CPU. */
  #watchHangs(hangTimeoutMs: number): void {
    if (Number.isFinite(hangTimeoutMs))
      this.#hangTimer ??= setInterval(() => this.#checkHangs(), HANG_CHECK_MS);
  }

  /** A handler that keeps its thread for longer than `hangTimeoutMs`: only a new thread helps. */
  #checkHangs(): void {
    for (const node of this.#supervisor.all()) {
      const limit = node.spec.hangTimeoutMs;
      if (!Number.isFinite(limit) || node.thread?.worker === undefined || node.state !== 'running') continue;
      const [{ handling }] = readMetrics(this.#host, [node]).actors;
      const current = this.#host.arena.i32[recordOf(node.thread.slot) + Thread.CURRENT];
      const inHandler = current === node.identity.box ? (handling?.forMs ?? 0) : 0;
      // Behind an await it is in no handler, and yet nothing else runs.
      const stuckForMs = node.thread.shared ? inHandler : Math.max(inHandler, this.#silenceOf(node.thread));
      if (stuckForMs < limit) continue;
      this.#log({
        time: Date.now(),
        level: 'error',
        actor: node.path,
        message: `has been stuck in ${handling?.method ?? 'its thread'} for ${Math.round(stuckForMs)} ms: its thread is replaced`,
        fields: undefined,
      });
      void node.thread.worker.terminate();
    }
  }

  /** For how many ms a thread has not turned, though it was asked to: an idle one answers. */
  #silenceOf(entry: ThreadEntry): number {
    const { i32 } = this.#host.arena;
    const progress = i32[recordOf(entry.slot) + Thread.PROGRESS];
    const now = performance.now();
    let heard = this.#heard.get(entry);
    if (heard?.progress !== progress) {
      heard = { progress, at: now };
      this.#heard.set(entry, heard);
    }
    markReady(i32, homeOf(entry.slot, 0));
    return now - heard.at;
  }

  #log(entry: LogEntry): void {
    if (this.#options.logger !== undefined) {
      this.#options.logger(entry);
      return;
    }
    const error = entry.fields?.error;
    const { error: _shown, ...rest } = entry.fields ?? {};
    const fields = Object.keys(rest).length > 0 ? [rest] : [];
    console.error(
      `[${entry.level}] ${entry.actor}: ${entry.message}`,
      ...fields,
      ...(error === undefined ? [] : [error]),
    );
  }

  // --- the creating thread's inbox --------------------------------------------------------------------------

  #onMessage(message: ToSystem, correlation: number, replyTo: Address): void {
    const supervisor = this.#supervisor;
    switch (message.op) {
      case 'started':
        supervisor.onStarted(message.actor, message.incarnation);
        return;
      case 'start-failed':
        supervisor.onStartFailed(message.actor, message.incarnation, message.error);
        return;
      case 'failed':
        supervisor.onFailed(message.actor, message.incarnation, message.error);
        return;
      case 'sentinel':
        supervisor.onSentinel(message.actor, message.incarnation);
        return;
      case 'stopped':
        supervisor.onStopped(message.actor, message.incarnation, message.abandoned);
        return;
      case 'watch':
        supervisor.watch(message.watcher, message.actor);
        return;
      case 'unwatch':
        supervisor.unwatch(message.watcher, message.actor);
        return;
      case 'dead-letter':
        this.#publish(
          [
            {
              kind: 'dead-letter',
              time: message.letter.time,
              actor: message.letter.to,
              letter: message.letter,
            },
          ],
          0,
        );
        for (const inbox of this.#watchersOf('dead-letters'))
          this.#say(inbox, { op: 'dead-letter-out', letter: message.letter });
        return;
      case 'events':
        this.#publish(message.events, message.dropped);
        return;
      case 'log':
        this.#log(message.entry as LogEntry);
        return;
      case 'observe':
        this.#observe(message.what, message.on, message.inbox);
        return;
      case 'attachment-done':
        this.#supervisor.threads.store.forget(message.number);
        return;
      case 'wants-attachment':
        this.#sendAttachment(message.number, message.slot);
        return;
      case 'request':
        this.#answer(message.call, message.from, correlation, replyTo);
        return;
    }
  }

  #answer(call: SystemCall, from: Address | undefined, correlation: number, replyTo: Address): void {
    const say = (kind: Kind, value: unknown) => {
      try {
        this.#host.post.post(replyTo, { kind, value, correlation });
      } catch (error) {
        this.#host.post.post(replyTo, { kind: Kind.REPLY_ERROR, value: error, correlation });
      }
    };
    this.#carryOut(call, from).then(
      (value) => say(Kind.REPLY, value),
      (error: unknown) => say(Kind.REPLY_ERROR, error),
    );
  }

  async #carryOut(call: SystemCall, from: Address | undefined): Promise<unknown> {
    const supervisor = this.#supervisor;
    const closing = this.#host.arena.i32[Header.CLOSING] === 1;
    if ('spec' in call) this.#watchHangs(call.spec.hangTimeoutMs);
    if ('children' in call) for (const child of call.children) this.#watchHangs(child.hangTimeoutMs);
    switch (call.call) {
      case 'spawn':
        if (closing && from === undefined) throw new SystemStoppedError('spawn');
        return (await supervisor.spawn(call.spec)).identity;
      case 'pool':
        if (closing && from === undefined) throw new SystemStoppedError('pool');
        return supervisor.pool(call.spec, call.size, call.props, call.shardBy);
      case 'supervise': {
        if (closing && from === undefined) throw new SystemStoppedError('supervise');
        const [first] = call.children;
        const spec = {
          ...first,
          ...groupSpec,
          parent: first?.parent,
          name: call.name,
          supervision: call.supervision,
        };
        return supervisor.supervise(spec as never, call.strategy, call.children);
      }
      case 'stop':
      case 'kill':
      case 'join':
        return this.#endActor(call.call, call.actor, from, call.call === 'stop' ? call.timeoutMs : undefined);
      case 'crash': {
        const node = supervisor.nodeAt(call.actor);
        return node === undefined ? undefined : supervisor.crash(node);
      }
      case 'shutdown': {
        const ended = this.shutdown({ timeoutMs: call.timeoutMs, drain: call.drain });
        // The asker is part of what stops: it hears that it has begun.
        if (from !== undefined) return { actors: [], timedOut: false, unkillable: [], durationMs: 0 };
        return ended;
      }
    }
  }

  #endActor(
    what: 'stop' | 'kill' | 'join',
    actor: Address,
    from: Address | undefined,
    timeoutMs?: number,
  ): Promise<ExitReport> {
    const supervisor = this.#supervisor;
    const node = supervisor.nodeAt(actor);
    if (node === undefined) {
      const report = supervisor.ended.get(addressKey(actor.box, actor.generation));
      const unknown = {
        path: '/(stopped)',
        reason: { kind: 'stopped' as const },
        processed: 0,
        leftover: 0,
        restarts: 0,
        lastMessages: [],
      };
      return Promise.resolve(report ?? unknown);
    }
    const self = from !== undefined && (sameAddress(node.address, from) || supervisor.isAncestor(from, node));
    const ended =
      what === 'stop'
        ? supervisor.stop(node, timeoutMs)
        : what === 'kill'
          ? supervisor.kill(node)
          : supervisor.join(node);
    if (!self) return ended;
    if (what === 'join') return Promise.reject(new WouldWaitForSelfError(node.path, 'join()'));
    return Promise.resolve({
      path: node.path,
      reason: { kind: 'stopped' },
      processed: 0,
      leftover: 0,
      restarts: node.restarts,
      lastMessages: [],
    });
  }

  #sendAttachment(number: number, slot: number): void {
    this.#supervisor.threads.store.take(number, ({ objects, moved }) => {
      const worker = this.#supervisor.threads.entries.get(slot)?.worker;
      const transfer = moved.length === 0 ? [] : (transferables(objects) as TransferListItem[]);
      worker?.postMessage({ t: 'attachment', number, objects }, transfer);
    });
  }

  // --- flow -------------------------------------------------------------------------------------------------

  #watchersOf(what: string): Iterable<Address> {
    return this.#watching.get(what)?.values() ?? [];
  }

  #observe(what: 'flow' | 'dead-letters', on: boolean, inbox: Address): void {
    const watching = this.#watching.get(what) ?? new Map<number, Address>();
    this.#watching.set(what, watching);
    const key = addressKey(inbox.box, inbox.generation);
    if (on) watching.set(key, inbox);
    else watching.delete(key);
    const bit = what === 'flow' ? Observed.FLOW : Observed.DEAD_LETTERS;
    const { i32 } = this.#host.arena;
    if (watching.size > 0) Atomics.or(i32, Header.OBSERVED, bit);
    else Atomics.and(i32, Header.OBSERVED, ~bit);
  }

  #publish(events: readonly FlowEvent[], dropped: number): void {
    const all =
      dropped === 0
        ? events
        : [
            ...events,
            {
              kind: 'overflow' as const,
              time: Date.now(),
              actor: '',
              what: 'events' as const,
              count: dropped,
            },
          ];
    for (const inbox of this.#watchersOf('flow')) {
      try {
        this.#say(inbox, { op: 'flow', events: all });
      } catch {
        // An error in an event may hold what cannot travel: the event goes without it.
        this.#say(inbox, {
          op: 'flow',
          events: all.map((e) => ('error' in e ? { ...e, error: String(e.error) } : e)),
        });
      }
    }
  }

  #say(inbox: Address, message: ToHost): void {
    if (this.#host.post.post(inbox, { kind: Kind.CONTROL, value: message }) !== 'closed') return;
    for (const what of ['flow', 'dead-letters'] as const) {
      if (this.#watching.get(what)?.has(addressKey(inbox.box, inbox.generation)))
        this.#observe(what, false, inbox);
    }
  }
}

/** A group has no mail and no code of its own. */
const groupSpec = {
  types: ['Supervisor'],
  source: { token: 0, slot: 0 },
  props: 0,
  concurrency: 1,
  placement: 'inline',
  mailbox: { maxItems: 1, maxBytes: 64, maxHeld: 0 },
  startTimeoutMs: 30_000,
  stopTimeoutMs: 30_000,
  hangTimeoutMs: Number.POSITIVE_INFINITY,
  askTimeoutMs: undefined,
  thread: undefined,
};

/** What of these objects can be moved on. */
function transferables(objects: readonly unknown[]): unknown[] {
  return objects.filter((object) => !(object instanceof SharedArrayBuffer) && !ArrayBuffer.isView(object));
}

function moduleUrl(value: string | URL): string {
  const text = String(value);
  if (value instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(text)) return text;
  return text.startsWith('/') || /^[a-z]:\\/i.test(text) ? pathToFileURL(text).href : text;
}

function checkOptions(options: SystemOptions): void {
  const { arenaBytes, threads, warmThreads } = options;
  if (arenaBytes !== undefined) inRange('arenaBytes', arenaBytes, 8 << 20, 2 ** 32);
  if (threads !== undefined) inRange('threads', threads, 1, 1000);
  if (warmThreads !== undefined) inRange('warmThreads', warmThreads, 0, 1000);
  duration('askTimeoutMs', options.askTimeoutMs, 0);
  checkSupervision(options.supervision ?? {});
  if (options.name !== undefined && (typeof options.name !== 'string' || options.name === '')) {
    throw new OptionOutOfRangeError('name', options.name, 'a text');
  }
}
