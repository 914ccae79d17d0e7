/** What the creating thread and the hosts say to each other, by way of their inboxes. */
import type { Address, TerminatedNote } from '../messaging/envelope.js';
import type { StreamHandle } from '../messaging/given-stream.js';
import type { SupervisionOptions } from '../messaging/options.js';
import type { DeadLetter, ExitReason, FlowEvent } from '../messaging/reports.js';
import type { Tap } from './taps.js';
import type { News } from './told.js';
import type { StartSlot } from './wait-slots.js';

/** What a thread needs to know of a {@link Recipe}, with the system's own options. */
export interface Blueprint {
  readonly types: readonly string[];
  /** Where the class is found; for inline actors a number that the spawner's host knows it by. */
  readonly source:
    | { readonly module: string; readonly name: string }
    | { readonly token: number; readonly slot: number };
  readonly supervision: Required<Omit<SupervisionOptions, 'backoff'>>;
  readonly askTimeoutMs: number | undefined;
  /** How many of its last messages are remembered. */
  readonly blackBox: number;
  /** Runs in a shared worker. */
  readonly shared: boolean;
}

/** How to make an actor, and make it again. */
export interface ActorPlan extends Address {
  readonly path: string;
  readonly blueprint: Blueprint;
  /** Place in the host's ready set. */
  readonly index: number;
  readonly incarnation: number;
  readonly pool: { readonly box: Address; readonly worker: number; readonly path: string } | undefined;
  /** What was in flight when the last life ended is to be taken up again. */
  readonly restarted: boolean;
  /** What looks on while it works. */
  readonly tap: Tap | undefined;
}

/** The same on its way, with its blueprint's number. */
export interface ToldPlan extends Omit<ActorPlan, 'blueprint'> {
  readonly blueprint: number;
}

export type ToHost =
  | { readonly op: 'start'; readonly plans: readonly ToldPlan[]; readonly news: readonly News<Blueprint>[] }
  | { readonly op: 'restart'; readonly actor: Address; readonly incarnation: number }
  | { readonly op: 'resume'; readonly actor: Address }
  /** Ends the instance, not the actor: it may be restarted in its place. */
  | { readonly op: 'retire'; readonly actor: Address; readonly reason: ExitReason }
  /** Ends the actor: streams complete, `onStop` runs. */
  | {
      readonly op: 'finish';
      readonly actor: Address;
      readonly incarnation: number;
      readonly reason: ExitReason;
    }
  | { readonly op: 'abort'; readonly actor: Address }
  | {
      readonly op: 'cancel';
      readonly actor: Address;
      readonly correlation: number;
      readonly replyTo: Address;
      /** Its record has a deadline that has passed. */
      readonly overdue: boolean;
    }
  | {
      readonly op: 'credit';
      readonly correlation: number;
      readonly replyTo: Address;
      readonly credit: number;
      /** What the items took on their way. */
      readonly words: number;
    }
  /** To a stream that was given as an argument. */
  | {
      readonly op: 'subscribe';
      readonly number: number;
      readonly correlation: number;
      readonly replyTo: Address;
      readonly limits: { readonly overflow: string; readonly buffer: number };
    }
  /** A message that holds such a stream is under way; it is done with. */
  | { readonly op: 'stream-hold' | 'stream-release'; readonly number: number; readonly hold: string }
  | { readonly op: 'unsubscribe'; readonly correlation: number; readonly replyTo: Address }
  | { readonly op: 'thread-died'; readonly inbox: Address; readonly path: string }
  /** A stream that was asked of a pool comes from that thread. */
  | { readonly op: 'stream-begun'; readonly correlation: number; readonly source: Address }
  /** An actor's life ended with its thread: streams of it end, also those that it had taken for a pool. */
  | {
      readonly op: 'life-ended';
      readonly actor: Address;
      readonly pool: Address | undefined;
      readonly inbox: Address;
      readonly path: string;
      readonly reason: ExitReason;
    }
  /** Puts a notice behind everything that this thread has sent. */
  | { readonly op: 'notify'; readonly watcher: Address; readonly note: TerminatedNote }
  | {
      readonly op: 'tap';
      readonly actor: Address;
      readonly tap: Tap | undefined;
      /** Of the answer. */
      readonly number: number;
    }
  | { readonly op: 'exit' }
  | { readonly op: 'flow'; readonly events: readonly FlowEvent[] }
  | { readonly op: 'dead-letter-out'; readonly letter: DeadLetter };

export type ToSystem =
  | {
      readonly op: 'started';
      readonly actor: Address;
      readonly incarnation: number;
      /** It has no `onStop`. */
      readonly isSilent: boolean;
    }
  /** It has a schedule, or an open stream: its own code may run up to its end. */
  | { readonly op: 'not-silent'; readonly actor: Address; readonly incarnation: number }
  | {
      readonly op: 'start-failed';
      readonly actor: Address;
      readonly incarnation: number;
      readonly error: unknown;
    }
  | { readonly op: 'failed'; readonly actor: Address; readonly incarnation: number; readonly error: unknown }
  | { readonly op: 'retired'; readonly actor: Address; readonly incarnation: number }
  | { readonly op: 'sentinel'; readonly actor: Address; readonly incarnation: number }
  | { readonly op: 'tapped'; readonly number: number; readonly error?: unknown }
  | {
      readonly op: 'stopped';
      readonly actor: Address;
      readonly incarnation: number;
      /** Messages that were being handled, and were given up. */
      readonly abandoned: number;
    }
  | {
      readonly op: 'dead-letter';
      readonly to: Address;
      readonly from: Address | undefined;
      readonly letter: DeadLetter;
      /** What was beside its message, to be let go of: who tells of it may have died meanwhile. */
      readonly attached?: number | undefined;
      readonly streams?: readonly StreamHandle[] | undefined;
    }
  | { readonly op: 'events'; readonly events: readonly FlowEvent[]; readonly dropped: number }
  | { readonly op: 'log'; readonly entry: object }
  | { readonly op: 'watch' | 'unwatch'; readonly watcher: Address; readonly actor: Address }
  | {
      readonly op: 'observe';
      readonly what: 'flow' | 'dead-letters';
      readonly on: boolean;
      readonly inbox: Address;
    }
  | { readonly op: 'wants-attachment'; readonly number: number; readonly slot: number }
  | { readonly op: 'attachment-done'; readonly number: number }
  | ({ readonly op: 'request' } & { readonly from: Address | undefined; readonly call: SystemCall });

/** Requests that are answered, by correlation. */
export type SystemCall =
  | { readonly call: 'spawn'; readonly spec: SpawnRequest }
  | { readonly call: 'spawn-there'; readonly spec: ToldRequest }
  | {
      readonly call: 'pool';
      readonly spec: SpawnRequest;
      readonly size: number;
      readonly props: readonly number[];
      readonly shardBy: string | undefined;
    }
  | {
      readonly call: 'supervise';
      readonly parent: Address | undefined;
      readonly name: string | undefined;
      readonly strategy: string;
      readonly supervision: SupervisionOptions;
      readonly children: readonly SpawnRequest[];
    }
  /** Of a spawn or pool whose asker has given it up; answered when nothing of it is left. */
  | { readonly call: 'abandon'; readonly ticket: string }
  | { readonly call: 'stop'; readonly actor: Address; readonly timeoutMs: number | undefined }
  | { readonly call: 'kill'; readonly actor: Address }
  | { readonly call: 'crash'; readonly actor: Address }
  | { readonly call: 'join'; readonly actor: Address }
  | { readonly call: 'tap'; readonly actor: Address; readonly tap: Tap | undefined }
  | { readonly call: 'shutdown'; readonly timeoutMs: number; readonly drain: boolean };

/** What actors of one class that are spawned with the same options have in common: see recipes.ts. */
export interface Recipe {
  readonly types: readonly string[];
  readonly source: Blueprint['source'];
  readonly concurrency: number;
  readonly placement: 'thread' | 'shared' | 'inline';
  /** The spawner's thread: where inline actors live. */
  readonly slot: number;
  readonly mailbox: {
    readonly maxItems: number;
    readonly maxBytes: number;
    readonly maxHeld: number;
    readonly dropOldest: boolean;
    readonly blackBox: number;
  };
  readonly supervision: SupervisionOptions;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly hangTimeoutMs: number;
  readonly askTimeoutMs: number | undefined;
  readonly thread:
    | {
        readonly execArgv?: readonly string[];
        readonly env?: Readonly<Record<string, string>>;
        readonly resourceLimits?: object;
      }
    | undefined;
}

/** One actor. */
export interface SpawnRequest {
  readonly recipe: Recipe;
  readonly parent: Address | undefined;
  readonly name: string | undefined;
  /** Of a shared one: on whose thread it is to live. */
  readonly near: Address | undefined;
  /** By which its asker may give it up. */
  readonly ticket: string | undefined;
  /** Where the spawner has noted that it waits for the start. */
  waiting: StartSlot | undefined;
  /** Encoded props: a block of the arena. */
  readonly props: number;
}

/** The same on its way from another thread. */
export interface ToldRequest extends Omit<SpawnRequest, 'recipe'> {
  readonly recipe: News<Recipe>;
}

/** What a spawn resolves to. */
export interface SpawnedActor extends Address {
  readonly path: string;
  readonly types: readonly string[];
  readonly askTimeoutMs?: number | undefined;
  readonly shards?: { readonly by: string; readonly workers: readonly Address[] } | undefined;
}
