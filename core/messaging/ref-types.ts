/**
 * The types of refs: `tell`, `ask` and `stream`, typed from the actor's class.
 *
 * ```ts
 * class Counter extends Actor<{ start: number }> {
 *   #total = this.props.start;
 *   add(n: number) { this.#total += n; }
 *   total() { return this.#total; }
 * }
 * declare const counter: ActorRef<Counter>;
 * counter.tell.add(5);                                 // boolean
 * const total: number = await counter.ask.total();
 * ```
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every parameter list and every class here
import type { Observable } from 'rxjs';
import type { Actor } from '../runtime/actor.js';
import type { StopOptions, WaitOptions, WithOptions } from './options.js';
import type { ActorId, ExitReport, FlowEvent } from './reports.js';

type AnyFn = (...args: any[]) => any;

/** Whether `T` is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Hooks and what the language itself would call: none of them is a message. */
type Reserved = keyof Actor | 'then' | 'toJSON';

/**
 * The names of the messages of actor class `A`: its public methods.
 * Keys look at parameters only, never at return types: mutually referring actors stay inferable.
 */
export type MessageOf<A> = {
  [K in keyof A]-?: K extends Reserved | symbol ? never : A[K] extends AnyFn ? K : never;
}[keyof A];

/** What a stream method's return type `R` yields; `never` when it is no stream. */
export type ItemOf<R> =
  IsAny<R> extends true
    ? never
    : Awaited<R> extends infer S
      ? S extends Observable<infer T>
        ? T
        : S extends AsyncIterable<infer T>
          ? T
          : never
      : never;

type TellFn<F> = F extends (...a: infer P) => any ? (...a: P) => boolean : never;

type SendFn<F> = F extends (...a: infer P) => any ? (...a: P) => Promise<void> : never;

/** A promise-returning method is taken as it is, which keeps its type parameters and overloads. */
type AskFn<F> = F extends (...a: infer P) => infer R
  ? IsAny<R> extends true
    ? (...a: P) => Promise<any>
    : [R] extends [never]
      ? (...a: P) => Promise<never>
      : [ItemOf<R>] extends [never]
        ? [R] extends [Promise<any>]
          ? F
          : (...a: P) => Promise<Awaited<R>>
        : 'returns a stream: use ref.stream'
  : never;

type StreamFn<F> = F extends (...a: infer P) => infer R
  ? [ItemOf<R>] extends [never]
    ? 'returns a value: use ref.ask'
    : (...a: P) => Observable<ItemOf<R>> & AsyncIterable<ItemOf<R>>
  : never;

// Homomorphic in K, so that go-to-definition and rename lead to the methods of the class.
/** `true` when the mailbox has accepted it; `false` when it is full and the message is held, in order. */
export type Tell<A, K extends keyof A = MessageOf<A>> = { readonly [P in K]: TellFn<A[P]> };
/** Resolves when the mailbox has accepted the message. */
export type Send<A, K extends keyof A = MessageOf<A>> = { readonly [P in K]: SendFn<A[P]> };
/** Resolves to the answer. */
export type Ask<A, K extends keyof A = MessageOf<A>> = { readonly [P in K]: AskFn<A[P]> };
/** Each subscription runs the method anew; unsubscribing cancels it. */
export type Stream<A, K extends keyof A = MessageOf<A>> = { readonly [P in K]: StreamFn<A[P]> };

/** What a ref has whatever its actor's class. */
export interface RefBase {
  /** The last part of {@link path}. */
  readonly name: string;
  /** As `/orders/worker-1`. */
  readonly path: string;
  readonly id: ActorId;
  /**
   * Resolves when nothing that this thread sent the actor is held any more for want of room: what a polite sender
   * awaits after a `tell` that returned `false`.
   */
  drained(options?: WaitOptions): Promise<void>;
  /**
   * Closes the mailbox behind a sentinel: what was accepted before is handled, what comes later is refused.
   * Inside the actor itself it resolves once begun.
   */
  stop(options?: StopOptions): Promise<ExitReport>;
  /** Ends the actor at once; what lies in its mailbox becomes dead letters. */
  kill(): Promise<ExitReport>;
  /** Resolves when the actor has ended, however. */
  join(options?: WaitOptions): Promise<ExitReport>;
  /** What happens to this actor and its messages. */
  readonly flow$: Observable<FlowEvent>;
}

/** The way to reach an actor, wherever it runs; can be sent to other actors, and is `===` within a thread. */
export interface ActorRef<A> extends RefBase {
  /** Fire and forget: never blocks, and never throws for a slow receiver. */
  readonly tell: Tell<A, MessageOf<A>>;
  /** As `tell`, but resolves when the mailbox has accepted the message. */
  readonly send: Send<A, MessageOf<A>>;
  /** Resolves to what the method returns; rejects with what it throws. */
  readonly ask: Ask<A, MessageOf<A>>;
  /** Methods that return an Observable, an AsyncIterable, or a promise of one. */
  readonly stream: Stream<A, MessageOf<A>>;
  /** The same actor, with these options for the calls made through it. */
  with(options: WithOptions): ActorRef<A>;
}

/**
 * An actor's ref to itself. `A` is the polymorphic `this` here, whose message names cannot be computed inside the
 * class: so `tell` maps all of its keys, and `ask` and `stream` are untyped. It fits every `ActorRef<A>`.
 */
export interface SelfRef<A> extends RefBase {
  readonly tell: { readonly [K in keyof A]: TellFn<A[K]> };
  readonly send: { readonly [K in keyof A]: SendFn<A[K]> };
  readonly ask: any;
  readonly stream: any;
  with(options: WithOptions): SelfRef<A>;
}

/** A ref of some actor or other. */
export type AnyActorRef = ActorRef<any>;

/** A class of actors. Its parameters are injected, so nothing is known of them here. */
export interface ActorClass<A extends Actor<any> = Actor<any>> {
  new (...args: any[]): A;
  /** The module that it is in: `import.meta.url`, or `__filename` in CommonJS. */
  readonly module?: string | URL;
  /** How many handlers may be pending at a time. Default 1. */
  readonly concurrency?: number;
}

/** The props of actor class `A`. */
export type PropsOf<A> = A extends Actor<infer P> ? P : never;
