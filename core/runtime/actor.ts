/**
 * The class that actors extend.
 *
 * ```ts
 * export class Counter extends Actor<{ start: number }> {
 *   static module = import.meta.url;
 *   #total = this.props.start;
 *   add(n: number) { this.#total += n; }
 *   total() { return this.#total; }
 * }
 * ```
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every constructor here
import { ActorConstructedDirectlyError } from '../errors.js';
import type { ActorContext } from '../messaging/context-types.js';
import type { AnyActorRef, SelfRef } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';

/** What can be injected: a class, or the name under which `providers` registered it. */
export type InjectionToken<T = unknown> = (abstract new (...args: any[]) => T) | string | symbol;

/** What an actor is given at birth. */
export interface Construction {
  readonly props: unknown;
  readonly self: unknown;
  readonly context: ActorContext;
  inject(token: InjectionToken): unknown;
}

interface Slot {
  readonly type: unknown;
  readonly construction: Construction;
}

let underConstruction: Slot | undefined;

/**
 * Lets `make` build one actor of exactly this class. The slot is taken by the first constructor that it is for, so
 * that neither a container nor a field initialiser builds other actors unnoticed.
 */
export function constructActor<A>(type: unknown, construction: Construction, make: () => A): A {
  const outer = underConstruction;
  underConstruction = { type, construction };
  try {
    return make();
  } finally {
    underConstruction = outer;
  }
}

function takeConstruction(type: { readonly name: string }): Construction {
  const slot = underConstruction;
  if (slot?.type !== type) throw new ActorConstructedDirectlyError(type.name || 'this class');
  underConstruction = undefined;
  return slot.construction;
}

/**
 * An actor: its public methods are its messages, handled one at a time. `Props` is what `spawn` is given; it
 * arrives as a copy, and afresh at each restart.
 */
export abstract class Actor<Props = void> {
  readonly #construction: Construction;

  /**
   * Whatever an actor needs is injected, or comes as props.
   * @throws {ActorConstructedDirectlyError} when anything but the system builds it
   */
  constructor() {
    this.#construction = takeConstruction(new.target);
  }

  /** What `spawn` was given. Readable from field initialisers on. */
  protected get props(): Props {
    return this.#construction.props as Props;
  }

  /** This actor's own ref: to be sent to others, and for messages to itself. */
  protected get self(): SelfRef<this> {
    return this.#construction.self as SelfRef<this>;
  }

  /** The sender and the signal of this message, the log, children, watching and scheduling. */
  protected get context(): ActorContext {
    return this.#construction.context;
  }

  /**
   * What the system's `providers` registered in this thread: `#db = this.inject(Db)`.
   * Works in every toolchain, without decorators.
   */
  protected inject<T>(token: InjectionToken<T>): T {
    return this.#construction.inject(token) as T;
  }

  /** Runs before the first message, at each start. `spawn` resolves after it. */
  onStart?(): void | Promise<void>;

  /** Runs at a stop, and before a restart while the thread lives; never after `kill`. */
  onStop?(reason: ExitReason): void | Promise<void>;

  /** A watched actor has ended. Comes once, behind everything it had sent. */
  onTerminated?(ref: AnyActorRef, reason: ExitReason): void | Promise<void>;
}
