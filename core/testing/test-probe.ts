/** What a test sees of a probe. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import type { Spawner } from '../messaging/context-types.js';
import type { ActorRef, AnyActorRef, MessageOf } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import type { ArgsOf, Expected } from './expected.js';
import type { StubMethods } from './stub-ref.js';

/** A message that a probe has heard. */
export interface ProbeMessage<A = any, K extends keyof A = MessageOf<A>> {
  /** A `send` arrives as a `tell` does. */
  readonly via: 'tell' | 'ask' | 'stream';
  readonly method: K;
  readonly args: ArgsOf<A[K]>;
  readonly sender: AnyActorRef | undefined;
  /** Answers it. @throws {ProbeExpectationError} it was told, or has been answered */
  reply(value?: unknown): void;
  /** Answers it by an error. @throws {ProbeExpectationError} as `reply` */
  fail(error: unknown): void;
}

/** How long a probe waits. */
export interface ProbeOptions {
  /**
   * For a message, and for none, in milliseconds of the system's time: in a `TestSystem` its clock goes on. Default
   * 3000 for a message and 100 for none; in a `TestSystem` 0, since it does all there is to do at one point of time.
   */
  readonly timeoutMs?: number;
}

/** How a probe is made. */
export interface NewProbeOptions<A = any> extends ProbeOptions {
  /** Default: `Probe` and a number. */
  readonly name?: string;
  /** What it answers by itself, as a `stubRef` does; it is heard all the same. What is not here the test answers. */
  readonly answers?: StubMethods<A>;
}

/** Whatever a system is made of that can have actors under it. */
export type ProbePlace = Pick<Spawner, 'spawn'>;

/** An actor that tells a test what it hears, and is told by the test what to answer. Made by `createProbe`. */
export interface TestProbe<A = any> {
  /** To be handed to whom is tested. It can be sent, and found by its path. */
  readonly ref: ActorRef<A>;
  /** All that was heard, in order. */
  readonly messages: readonly ProbeMessage<A>[];
  /** Who has sent the message that was expected last; undefined for the program. */
  readonly sender: AnyActorRef | undefined;
  /** The next message, whatever it is. */
  expectMessage(): Promise<ProbeMessage<A>>;
  /**
   * The next message has to be this one. Without arguments any will do; else all have to be equal, or fit the function
   * that stands in their place.
   * @throws {ProbeExpectationError} another one came, or none in time
   */
  expectMessage<K extends MessageOf<A>>(
    method: K,
    ...args: Expected<ArgsOf<A[K]>> | []
  ): Promise<ProbeMessage<A, K>>;
  /** So many messages, whatever they are. @throws {ProbeExpectationError} there were fewer in time */
  receiveMessages(count: number): Promise<ProbeMessage<A>[]>;
  /** The next message that is this one; what comes before it is passed over. @throws {ProbeExpectationError} */
  fishForMessage<K extends MessageOf<A>>(
    method: K,
    ...args: Expected<ArgsOf<A[K]>> | []
  ): Promise<ProbeMessage<A, K>>;
  /** Nothing more comes, for as long as `timeoutMs`. @throws {ProbeExpectationError} something was heard */
  expectNoMessage(): Promise<void>;
  /** That actor ends; also if it has already. @throws {ProbeExpectationError} not in time */
  expectTerminated(ref: AnyActorRef): Promise<ExitReason>;
  /** Answers the message that was expected last. @throws {ProbeExpectationError} it was told, or has been answered */
  reply(value?: unknown): void;
  /** Answers the message that was expected last by an error. @throws {ProbeExpectationError} as `reply` */
  fail(error: unknown): void;
  /** What is sent in here has this probe as its sender: `probe.send(() => shop.tell.sell('pen'))`. */
  send<T>(call: () => T): T;
  /** The same probe, which waits for so long: `probe.with({ timeoutMs: 10_000 }).expectMessage('done')`. */
  with(options: ProbeOptions): TestProbe<A>;
  /** Stops it. */
  stop(): Promise<unknown>;
}
