/** What an actor sees of its surroundings: `this.context`, and the system behind it. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import type { Observable } from 'rxjs';
import type { Actor } from '../runtime/actor.js';
import type {
  PoolArguments,
  ShutdownOptions,
  SpawnArguments,
  SpawnOptions,
  StopOptions,
  SupervisionOptions,
  WaitOptions,
} from './options.js';
import type { ActorClass, ActorRef, AnyActorRef } from './ref-types.js';
import type { DeadLetter, ExitReport, ShutdownReport } from './reports.js';

/** How much a line matters, the least first. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** What stands in each line of a log, or in one. An Error under `err` or `error` is shown with its stack. */
export type LogBindings = Readonly<Record<string, unknown>>;

/**
 * Writes a line, as pino does:
 *
 * ```ts
 * log.info('listening on %d', port);
 * log.info({ port }, 'listening');
 * log.error(error);                       // { err: error }, and its message
 * log.warn('no answer', { error });       // an object that no placeholder shows joins the fields
 * ```
 * Placeholders are `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`, and `%%`.
 */
export interface LogFunction {
  (fields: object, message?: string, ...values: unknown[]): void;
  (message: string, ...values: unknown[]): void;
}

/** Options of `log.child`. */
export interface ChildLogOptions {
  /** Default: the parent's. */
  level?: LogLevel | 'silent';
  /** Stands before each message, behind the parent's. */
  msgPrefix?: string;
  /** What is written in place of the value of a field by that name. They run where the line is logged. */
  serializers?: Readonly<Record<string, (value: never) => unknown>>;
}

/**
 * A log that knows whose it is: pino's interface. The lines of all threads meet at the system's `logger`. A field that
 * cannot be copied to another thread is shown as text.
 */
export interface Logger {
  readonly trace: LogFunction;
  readonly debug: LogFunction;
  readonly info: LogFunction;
  readonly warn: LogFunction;
  readonly error: LogFunction;
  readonly fatal: LogFunction;
  /** Writes nothing. */
  readonly silent: LogFunction;
  /**
   * What is below it is not written. Until it is set, it is that of the system's logger, as it is at that moment: of a
   * pino logger its `level`, and otherwise `trace`.
   */
  level: LogLevel | 'silent';
  isLevelEnabled(level: string): boolean;
  /** `actor`, the path, and what was given to {@link child} and {@link setBindings}. */
  bindings(): LogBindings;
  setBindings(bindings: LogBindings): void;
  /**
   * A log whose lines have these fields as well.
   * @throws {OptionOutOfRangeError} for what else pino's `child` takes, as `redact`: that belongs to the system's logger
   */
  child(bindings: LogBindings, options?: ChildLogOptions): Logger;
}

/** A child of `supervise`, as `child(Db, { name: 'db', props })` makes it. */
export interface ChildSpec<A extends Actor<any> = Actor<any>> {
  readonly type: ActorClass<A>;
  readonly options: SpawnOptions<A> | undefined;
}

/** Several children under one supervisor. */
export interface SuperviseOptions<C extends readonly ChildSpec<any>[]> {
  /** Default: `supervisor` and a number. */
  name?: string;
  /** Who is restarted when one fails: that one, all, or it and those after it. Default `one-for-one`. */
  strategy?: 'one-for-one' | 'one-for-all' | 'rest-for-one';
  /** Started in this order, stopped in reverse. */
  children: C;
  /** The restart budget of the group, and defaults for its children. */
  supervision?: SupervisionOptions;
}

/** The refs of children, in their order. */
export type RefsOf<C extends readonly ChildSpec<any>[]> = {
  readonly [I in keyof C]: C[I] extends ChildSpec<infer A> ? ActorRef<A> : never;
};

/** A group of children, and their supervisor. */
export interface SupervisorRef<C extends readonly ChildSpec<any>[] = readonly ChildSpec<any>[]> {
  readonly name: string;
  readonly path: string;
  readonly refs: RefsOf<C>;
  /** Stops the children in reverse order, then the supervisor. */
  stop(options?: StopOptions): Promise<ExitReport>;
  kill(): Promise<ExitReport>;
  join(options?: WaitOptions): Promise<ExitReport>;
}

/** What can have actors under it: the system, and each actor. */
export interface Spawner {
  /**
   * Starts an actor, and resolves to its ref after its `onStart`.
   *
   * ```ts
   * const counter = await system.spawn(Counter, { props: { start: 10 } });
   * ```
   * @throws {ActorStartError} its module, constructor or `onStart` failed; nothing is left behind
   * @throws {StartTimeoutError} it took longer than `startTimeoutMs`
   * @throws {NameTakenError} a sibling has that name
   * @throws {ActorModuleMissingError} the class does not say where it is
   */
  spawn<A extends Actor<any>>(type: ActorClass<A>, ...options: SpawnArguments<A>): Promise<ActorRef<A>>;
  /** Several actors behind one ref: the free one takes the next message. */
  pool<A extends Actor<any>>(type: ActorClass<A>, ...options: PoolArguments<A>): Promise<ActorRef<A>>;
  /**
   * Starts children under a supervisor of their own.
   *
   * ```ts
   * const { refs: [db, web] } = await system.supervise({ strategy: 'rest-for-one', children: [child(Db), child(Web)] });
   * ```
   */
  supervise<const C extends readonly ChildSpec<any>[]>(
    options: SuperviseOptions<C>,
  ): Promise<SupervisorRef<C>>;
  /**
   * The actor of that path. Synchronous, in every thread. `Actor` itself stands for whatever class it is of.
   *
   * ```ts
   * const counter = system.find(Counter, '/counter');
   * const any = system.find(Actor, '/counter');        // untyped
   * ```
   * @throws {ActorNotFoundError} there is none
   * @throws {WrongActorTypeError} it is of another class
   */
  find<A extends Actor<any>>(type: ActorClass<A>, path: string): ActorRef<A>;
  find(type: typeof Actor, path: string): AnyActorRef;
}

/** The system, as an actor sees it. What it spawns here stands beside the top actors, not under itself. */
export interface SystemRef extends Spawner {
  readonly name: string;
  /** Stops everything. From inside an actor it resolves once begun, to a report of nothing yet. */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
  /** Every message that nobody handled. */
  readonly deadLetters$: Observable<DeadLetter>;
}

/** Calls in the future. They come as messages, and end with the actor. */
export interface Scheduler {
  /** @param ms from now, in milliseconds, up to 2,147,483,647; `Infinity` is never */
  once(ms: number, call: () => unknown): Disposable;
  /** @param ms between calls, in milliseconds, as for `once`; a call that is late is not made up for */
  every(ms: number, call: () => unknown): Disposable;
}

/** An actor's surroundings: `this.context`. What it spawns here are its children. */
export interface ActorContext extends Spawner {
  readonly name: string;
  readonly path: string;
  readonly log: Logger;
  readonly system: SystemRef;
  /** Of this message; undefined for the program outside. With `concurrency` > 1 right also after an `await`. */
  readonly sender: AnyActorRef | undefined;
  /** Aborts when the asker gave up, the subscriber left, or the stop ran out of time. */
  readonly signal: AbortSignal;
  /** From now on `onTerminated` hears of that actor's end, once; at once for one that has ended. */
  watch(ref: AnyActorRef): void;
  unwatch(ref: AnyActorRef): void;
  /** Stops this actor behind what its mailbox holds now. */
  stop(): void;
  readonly schedule: Scheduler;
}
