/**
 * The options of systems, actors, pools and calls. Durations end in `Ms`, and `Infinity` is never.
 * Each value out of its range is an `OptionOutOfRangeError` that names option, value and range.
 */
// biome-ignore-all lint/suspicious/noConfusingVoidType: Actor without props is Actor<void>
import type { ResourceLimits } from 'node:worker_threads';
import type { LogLevel } from './context-types.js';
import type { AnyActorRef, IsAny, PropsOf } from './ref-types.js';

/**
 * Where an actor runs.
 * - `thread`: a worker thread of its own
 * - `shared`: one of the system's shared workers, for actors by the hundred thousand
 * - `inline`: the spawner's thread and the class object itself, for tests and small helpers: no isolation from
 *   exit, hang and memory
 */
export type Placement = 'thread' | 'shared' | 'inline';

/** What happens when something fails, as in OTP. */
export interface SupervisionOptions {
  /** `permanent` restarts always, `transient` after a failure only, `temporary` never. Default `permanent`. */
  restart?: 'permanent' | 'transient' | 'temporary';
  /** So many restarts within `withinMs`; one more, and the actor stops and the failure escalates. Default 3. */
  maxRestarts?: number;
  /** Default 5000. */
  withinMs?: number;
  /** How long to wait before a restart: doubled from `minMs` up to `maxMs`; `jitter` 0 to 1. Default: no wait. */
  backoff?: { minMs: number; maxMs: number; jitter?: number };
  /** What an error thrown in a `tell` does. Default `restart`. */
  onError?: 'restart' | 'resume' | 'stop' | 'escalate';
  /** What becomes of the message that was being handled at death. Default `skip`. */
  inFlight?: 'skip' | 'retry';
  /** With `retry`, how often one message is begun before it is a dead letter. Default 3. */
  maxAttempts?: number;
}

/** The mailbox of an actor. */
export interface MailboxOptions {
  /** Messages it holds; further ones are held by their senders. Default 100,000. */
  maxItems?: number;
  /** Bytes it holds. Default 16 MiB. */
  maxBytes?: number;
  /** Messages that one sender may hold for it; past it they become dead letters. Default: what the arena has room for. */
  maxHeld?: number;
  /**
   * Which message becomes a dead letter when a sender may hold no more: the one that comes, or the oldest one that it
   * holds. Whoever asks or sends it gets a `MailboxFullError`. Default `drop-newest`.
   */
  overflow?: 'drop-newest' | 'drop-oldest';
  /**
   * How many of the last messages are remembered, for `ExitReport.lastMessages`, the log of a failure, and
   * `system.lastMessages()`; up to 1000. Default 16.
   */
  blackBox?: number;
}

/** What `spawn` takes besides props. */
export interface SpawnSettings {
  /** Unique among siblings, without `/`. Default: class name and a number. */
  name?: string;
  /** Default `thread`. */
  placement?: Placement;
  /**
   * A shared actor, to live on whose thread: what two of one thread tell each other wakes no other thread, and takes a
   * tenth of the time to arrive. Also of a thread that replaces it. With placement `shared` alone; if that actor has
   * ended, it comes on the next thread in turn. Default: the next thread in turn.
   */
  near?: AnyActorRef;
  mailbox?: MailboxOptions;
  supervision?: SupervisionOptions;
  /** How long loading, constructing and `onStart` may take. Default 30,000. */
  startTimeoutMs?: number;
  /** How long a stop may take before the thread is terminated. Default 10,000. */
  stopTimeoutMs?: number;
  /** A handler that occupies its thread for longer counts as hung, and the thread is replaced. Default `Infinity`. */
  hangTimeoutMs?: number;
  /** How long an `ask` of this actor waits for its answer. Default: the system's. */
  askTimeoutMs?: number;
  /** Memory limits of the actor's thread, as of a Worker. */
  resourceLimits?: ResourceLimits;
  /** Options of Node for the actor's thread, as of a Worker. */
  execArgv?: readonly string[];
  /** The environment of the actor's thread. Default: a copy of the spawner's. */
  env?: Readonly<Record<string, string>>;
  /** Aborts the spawn, not the actor. */
  signal?: AbortSignal;
}

/** Props may be left out when there are none, when they are optional, or when all of their fields are. */
type MayOmitProps<P> =
  IsAny<P> extends true
    ? true
    : [P] extends [void]
      ? true
      : undefined extends P
        ? true
        : Record<never, never> extends P
          ? true
          : false;

type PropsOption<P, Given = P> =
  IsAny<P> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: an actor of any props takes any
      { props?: any }
    : [P] extends [void]
      ? { props?: undefined }
      : MayOmitProps<P> extends true
        ? { props?: Given }
        : { props: Given };

/** Options of `spawn` for the actor class `A`: settings, and the props that it asks for. */
export type SpawnOptions<A> = SpawnSettings & PropsOption<PropsOf<A>>;

/** What follows the class in `spawn` and `child`: optional where the props are. */
export type SpawnArguments<A> =
  MayOmitProps<PropsOf<A>> extends true ? [options?: SpawnOptions<A>] : [options: SpawnOptions<A>];

/** Settings of a pool besides props. */
export interface PoolSettings extends SpawnSettings {
  /** How many actors. Default `availableParallelism()`. */
  size?: number;
  /**
   * Where in the arguments the key stands, as `'0.customerId'`: messages of one key go to one actor, in order, also
   * over restarts. A path, not a function, since refs to the pool work in every thread. Default: to whoever is free.
   */
  shardBy?: string;
}

/** Options of `pool`: props for all, or a function of the worker's number, from 0. */
export type PoolOptions<A> = PoolSettings &
  PropsOption<PropsOf<A>, PropsOf<A> | ((index: number) => PropsOf<A>)>;

/** What follows the class in `pool`. */
export type PoolArguments<A> =
  MayOmitProps<PropsOf<A>> extends true ? [options?: PoolOptions<A>] : [options: PoolOptions<A>];

/** For one call, or a few: `ref.with({ timeoutMs: 100 }).ask.total()`. */
export interface WithOptions {
  /** How long `ask` waits for its answer, and `send` for room. Default `askTimeoutMs`; for `send` never. */
  timeoutMs?: number;
  /** Gives the call up; it rejects with `signal.reason`, and the handler's `context.signal` aborts. */
  signal?: AbortSignal;
  /** Overtakes what waits in the mailbox, in a bounded lane of its own. */
  urgent?: boolean;
  /** Moved instead of copied: ArrayBuffers, MessagePorts and the like, which must stand in the arguments. */
  transfer?: readonly object[];
  /**
   * What a stream of an Observable does beyond its buffer: one that is subscribed to by this ref, and one that is given by
   * it as an argument. Default `error`.
   */
  overflow?: 'error' | 'drop-oldest' | 'drop-newest';
  /** Items that such a stream may run ahead of its subscriber; of an AsyncIterable no more than 1024. Default 1024. */
  buffer?: number;
}

/** How long to wait. */
export interface WaitOptions {
  /** Default `Infinity`. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** How long a stop may take. */
export interface StopOptions {
  /** Past it the thread is terminated. Default `stopTimeoutMs`. */
  timeoutMs?: number;
}

/** How the whole system stops. */
export interface ShutdownOptions {
  /** One limit for all of it; past it threads are terminated. Default 30,000. */
  timeoutMs?: number;
  /** Wait first until no mail and no handler is left. Default true. */
  drain?: boolean;
}

/** Options of `ActorSystem.start` and `ActorSystem.run`. */
export interface SystemOptions {
  /** Default `troupe`. */
  name?: string;
  /** Workers for `placement: 'shared'`. Default `availableParallelism()`. */
  threads?: number;
  /** Workers kept ready, so that a spawn takes a few milliseconds. Default 0. */
  warmThreads?: number;
  /** Shared memory for all mailboxes; untouched memory costs nothing. Default 1 GiB, at most 4 GiB. */
  arenaBytes?: number;
  /** A module whose `register(container)` provides what actors inject, once in every thread. */
  providers?: string | URL;
  /** Modules imported in each thread before the user's: tsx and the like. */
  preload?: readonly (string | URL)[];
  /** Where a bundler put the thread's entry. */
  workerUrl?: string | URL;
  execArgv?: readonly string[];
  env?: Readonly<Record<string, string>>;
  resourceLimits?: ResourceLimits;
  /** Default 5000. */
  askTimeoutMs?: number;
  /**
   * What becomes of an `ask` that seems to close a cycle of actors that wait for each other: `report` lets it wait
   * (a flow event, and the path in its time-out), `reject` refuses it with `AskCycleError`. Default `report`.
   */
  askCycle?: 'report' | 'reject';
  /** Defaults for all actors. */
  supervision?: SupervisionOptions;
  /** SIGTERM and SIGINT drain and exit, a second one kills. Default false, for hosts that own their signals. */
  signals?: boolean;
  /**
   * Where `context.log` and the system's own errors go: a pino logger, or a function of an entry. Default: the
   * console's error stream.
   *
   * ```ts
   * await ActorSystem.start({ logger: pino({ level: 'info' }) });
   * ```
   */
  logger?: ((entry: LogEntry) => void) | PinoLogger;
}

/** What Troupe uses of a pino logger. */
export interface PinoLogger {
  trace(fields: object, message?: string): void;
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
  fatal(fields: object, message?: string): void;
  isLevelEnabled(level: string): boolean;
  child(bindings: Record<string, unknown>, options: { level: string }): PinoLogger;
  on(event: 'level-change', listener: () => void): unknown;
  removeListener(event: 'level-change', listener: () => void): unknown;
}

/** Where `system.trace()` writes to. */
export interface TraceOptions {
  /** A path, or a `file:` URL. What is there is written over. */
  file: string | URL;
}

/** A line of an actor's log, in the thread that started the system. */
export interface LogEntry {
  readonly time: number;
  readonly level: LogLevel;
  /** The actor's path, or `system`. */
  readonly actor: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}
