/** What refs know of their actors, and what they need of the thread that they are used in. */
import type { Address } from './envelope.js';
import type { PostOffice } from './mailbox.js';
import type { PostResult } from './outgoing.js';
import type { Pending } from './pending.js';

/** What a ref knows of its actor. */
export interface Identity extends Address {
  readonly path: string;
  /** Names of the class and of those it extends, the actor's own first. */
  readonly types: readonly string[];
  /** Time limit of asks, when the spawner set one. */
  readonly askTimeoutMs?: number | undefined;
  /** Where a pool by key sends what: the workers, and the path into the arguments. */
  readonly shards?: { readonly by: string; readonly workers: readonly Address[] } | undefined;
}

/** A request to the creating thread, which starts, watches and stops actors. */
export type LifecycleCall =
  | { readonly op: 'stop'; readonly actor: Address; readonly timeoutMs?: number | undefined }
  | { readonly op: 'kill'; readonly actor: Address }
  | { readonly op: 'join'; readonly actor: Address }
  /** For the test helpers: the thread dies, as by a fault. */
  | { readonly op: 'crash'; readonly actor: Address };

/** An actor's waiting for another, or for all that it has asked it. */
export interface Waiting {
  /** Where it is noted for all threads; goes with the question, see `waitPlaceOf`. */
  readonly slot: number;
  /** The paths of those that seem to wait for each other, this one among them. */
  cycle(): readonly string[] | undefined;
  /**
   * Of an ask, with its number.
   * @param isAnswered it has been; else it may have been
   */
  end(question?: number, isAnswered?: boolean): void;
}

/** Who has asked, and is told when it is found later that this closes a cycle which is to be rejected. */
export interface CycleEnd {
  closesCycle(error: Error): void;
}

/** What refs need of the thread that they are used in. */
export interface RefWorld {
  readonly post: PostOffice;
  readonly pending: Pending;
  readonly inbox: Address;
  readonly askTimeoutMs: number;
  /** The actor that is speaking: the sender of what is sent now. */
  speaker(): Identity | undefined;
  /** A function that speaks as who speaks now, whoever's turn it is called in. */
  bound<A extends unknown[]>(call: (...args: A) => void): (...args: A) => void;
  lifecycle(call: LifecycleCall): Promise<unknown>;
  flowOf(actor: Identity): unknown;
  /**
   * The actor that speaks subscribes to something: `end` is called when its instance has ended, and nothing may call
   * it any more.
   * @returns forgets it again
   */
  subscribed(end: () => void): () => void;
  /** Code of a subscriber threw where nobody could catch it. */
  subscriberThrew(error: unknown): void;
  /** Notes whom the actor that speaks waits for; undefined when it is not blocked by that. */
  readonly waits: {
    forAnswer(target: Identity, correlation: number, inOrder: boolean, asking: CycleEnd): Waiting | undefined;
    forEnd(target: Identity): Waiting | undefined;
  };
  /** Shows a message that was accepted, or is held, to who watches the flow. */
  posted(target: Identity, method: string, result: PostResult): void;
}
