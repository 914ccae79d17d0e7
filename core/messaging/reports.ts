/**
 * What the system tells about its actors: why one ended, what was lost, what flows, how full the mailboxes are.
 * Plain data throughout: each of these can be logged as JSON, or sent to another actor.
 */

import type { Placement } from './options.js';

declare const actorId: unique symbol;

/** Which actor, for as long as the system runs: never reused, kept over restarts. */
export type ActorId = number & { readonly [actorId]: true };

/**
 * Why an actor ended: the one type in `onStop`, `onTerminated`, reports and errors.
 *
 * ```ts
 * onTerminated(ref: AnyActorRef, reason: ExitReason) {
 *   if (reason.kind === 'failed') this.context.log.warn(`${ref.path} failed`, { error: reason.error });
 * }
 * ```
 */
export type ExitReason =
  /** `stop()`, or a shutdown: everything accepted before was handled. */
  | { readonly kind: 'stopped' }
  /** `kill()`. */
  | { readonly kind: 'killed' }
  /** An error of its own that its supervision did not absorb. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The stop ran out of time, and its thread was terminated. */
  | { readonly kind: 'timed-out' }
  /** Another one's failure took it along: `from` is that actor's path. */
  | { readonly kind: 'escalated'; readonly from: string };

/**
 * A message that an actor has begun lately, as its black box remembers it.
 *
 * ```ts
 * const { reason, lastMessages } = await ref.join();
 * if (reason.kind === 'failed') console.error(lastMessages.map(({ method, outcome }) => `${method}: ${outcome}`));
 * ```
 */
export interface LastMessage {
  /** `schedule` for a call of a schedule, `onTerminated` for a notice. */
  readonly method: string;
  /** `tell` also stands for `send`. */
  readonly kind: 'tell' | 'ask' | 'stream' | 'terminated' | 'schedule';
  /** Path of the sender; undefined for the program outside of actors. */
  readonly from: string | undefined;
  /**
   * When it was begun: milliseconds since the epoch, with fractions. As long as messages take microseconds only, up to
   * 64 of them are timed together: then this is when the first of these began, and `tookMs` the time of all.
   */
  readonly time: number;
  /** How long it took, or has taken by now: not longer than this. */
  readonly tookMs: number;
  /**
   * - `handling`: it is being handled
   * - `handled`: its handler has ended well
   * - `failed`: its handler threw; of an `ask` that is an answer
   * - `refused`: its receiver has no such method, or its asker had given up
   * - `in-flight`: it was being handled when that life ended
   */
  readonly outcome: 'handling' | 'handled' | 'failed' | 'refused' | 'in-flight';
  /** How often it had been begun, this time included; 15 stands for more. */
  readonly attempts: number;
  /**
   * The arguments, as far as they still lie in the mailbox: of some of the last messages, up to 1 KiB each, nothing
   * moved or shared. Not in logs, nor in the report of an actor that was stopped.
   */
  readonly args: readonly unknown[] | undefined;
}

/** How an actor ended, from `stop()`, `kill()` and `join()`. */
export interface ExitReport {
  readonly path: string;
  readonly reason: ExitReason;
  /** Messages handled in all its lives. */
  readonly processed: number;
  /** Messages accepted, but not handled: each was shown as a dead letter. */
  readonly leftover: number;
  readonly restarts: number;
  /**
   * The last messages it began, oldest first: as many as `mailbox.blackBox`. Of a pool those of all its workers. Kept
   * with the reports of the last thousand actors that have ended.
   */
  readonly lastMessages: readonly LastMessage[];
}

/** What `system.shutdown()` and `system.join()` resolve to. */
export interface ShutdownReport {
  /** One per actor, in the order in which they ended. */
  readonly actors: readonly ExitReport[];
  /** Whether the time limit ended it, rather than the last actor. */
  readonly timedOut: boolean;
  /** Paths of actors whose thread was inside a native call that termination cannot interrupt. */
  readonly unkillable: readonly string[];
  readonly durationMs: number;
}

/**
 * Why nobody handled a message:
 * - `stopped`: its receiver had stopped, or stopped with the message in its mailbox
 * - `in-flight`: it was being handled when its receiver died (`inFlight: 'skip'`)
 * - `failed`: a `tell` whose handler threw
 * - `poison`: it was begun `maxAttempts` times, and its receiver died each time
 * - `overflow`: more was held than `mailbox.maxHeld`, or the arena, had room for
 * - `unknown-method`: its receiver has no such message
 * - `unreadable`: its content could not be read
 */
export type DeadLetterReason =
  | 'stopped'
  | 'in-flight'
  | 'failed'
  | 'poison'
  | 'overflow'
  | 'unknown-method'
  | 'unreadable';

/** A message that nobody handled. */
export interface DeadLetter {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly reason: DeadLetterReason;
  /** Path of the actor it was for. */
  readonly to: string;
  /** That actor's class. */
  readonly type: string;
  /** Path of the sender; undefined for the program outside of actors. */
  readonly from: string | undefined;
  /** `tell` also stands for `send`, which is the same record. */
  readonly kind: 'tell' | 'ask' | 'stream';
  readonly method: string;
  /** The arguments; undefined when some were moved and died with their thread, had no room, or could not be read. */
  readonly args: readonly unknown[] | undefined;
  /** How often it was begun. */
  readonly attempts: number;
  /** What the handler threw, for `failed`. */
  readonly error?: unknown;
}

interface FlowBase {
  /** Milliseconds since the epoch, with fractions. */
  readonly time: number;
  /** The actor's path. */
  readonly actor: string;
}

interface FlowMessage extends FlowBase {
  readonly method: string;
  /** Path of the sender; undefined for the program outside of actors, and for the call of a schedule. */
  readonly from: string | undefined;
  /**
   * Which message: the same in its `accepted` and in its `handled` or `failed`, and in no other's `accepted`. Those whose
   * `accepted` was not shown may have one together. Undefined for the call of a schedule.
   */
  readonly message: string | undefined;
  /** Where that happened: `threadId` of `node:worker_threads`. */
  readonly thread: number;
}

/**
 * What happened to a message or an actor, from `system.flow$` and `ref.flow$`.
 *
 * ```ts
 * system.flow$.subscribe((event) => {
 *   if (event.kind === 'handled') histogram.record(event.serviceMs);
 * });
 * ```
 */
export type FlowEvent =
  /** In the mailbox, or held for it; what is refused is a dead letter. Of a pool's, `actor` is the pool. */
  | (FlowMessage & { readonly kind: 'accepted' })
  /** `waitMs` in the mailbox, then `serviceMs` in the handler, which has ended at `time`. */
  | (FlowMessage & { readonly kind: 'handled'; readonly waitMs: number; readonly serviceMs: number })
  | (FlowMessage & {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly waitMs: number;
      readonly serviceMs: number;
    })
  | (FlowBase & { readonly kind: 'dead-letter'; readonly letter: DeadLetter })
  | (FlowBase & {
      readonly kind: 'started';
      readonly type: string;
      readonly placement: Placement;
      readonly id: ActorId;
    })
  /** `error` ended the life before; `restarts` counts this one. */
  | (FlowBase & { readonly kind: 'restarted'; readonly restarts: number; readonly error: unknown })
  | (FlowBase & { readonly kind: 'stopped'; readonly reason: ExitReason })
  /** `messages`: so many are held for want of room in the mailbox. `events`: so many flow events were dropped. */
  | (FlowBase & { readonly kind: 'overflow'; readonly what: 'messages' | 'events'; readonly count: number })
  /** These seem to wait for each other, in this order. */
  | (FlowBase & { readonly kind: 'wait-cycle'; readonly cycle: readonly string[] });

/** Where an actor is in its life; it only moves forward, but for `restarting` -> `running`. */
export type ActorState = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped';

/** One actor, read from shared memory: also while it is stuck in a loop. */
export interface ActorMetrics {
  readonly id: ActorId;
  readonly path: string;
  readonly type: string;
  /**
   * A `pool` stands above its workers, and its `processed` and `failed` are theirs, which stand here as well; a `group`
   * stands above the children of a `supervise`, and has no mail.
   */
  readonly kind: 'actor' | 'pool' | 'group';
  /** Of a pool that of its workers; undefined for a group. */
  readonly placement: Placement | undefined;
  /** The `threadId` of the thread that it lives on; undefined while it has none, as pools and groups. */
  readonly thread: number | undefined;
  readonly state: ActorState;
  /** Messages in the mailbox. */
  readonly depth: number;
  /** Their size. */
  readonly bytes: number;
  /** The greatest `depth` so far. */
  readonly highWater: number;
  /** Messages that their senders hold for want of room. */
  readonly held: number;
  /** Messages handled to their end, also by an error as an answer; not what was dropped or refused. */
  readonly processed: number;
  readonly failed: number;
  readonly restarts: number;
  /** Dead letters that were addressed to it, while it lived. */
  readonly deadLetters: number;
  /** How long the oldest message in the mailbox has waited; 0 when there is none. */
  readonly oldestMs: number;
  /** What is being handled, and for how long; undefined when idle. */
  readonly handling:
    | {
        readonly method: string;
        readonly forMs: number;
        /**
         * Whether its thread is at work, as in an endless loop, rather than that it awaits something. Of a loop that a
         * timer or an `await` has led into it is known from the second reading on; of those on a shared thread it
         * is not known which one it is: see {@link ActorMetrics.threadBusyMs}.
         */
        readonly occupiesThread: boolean;
      }
    | undefined;
  /**
   * For how many ms its thread has been in one piece of code, in whichever actor's: no message done, no turn of its
   * event loop. As far as readings have seen, so 0 in the first; 0 while it goes on, or sleeps.
   */
  readonly threadBusyMs: number;
}

/** What the actors of a class that have ended had done by then, all together. */
export interface EndedMetrics {
  readonly type: string;
  readonly placement: Placement;
  readonly actors: number;
  readonly processed: number;
  readonly failed: number;
  readonly restarts: number;
  readonly deadLetters: number;
}

/** The whole system at one moment, from `system.metrics()` and `system.metrics$`. */
export interface SystemMetrics {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly actors: readonly ActorMetrics[];
  /** Of those that have ended, one for each class and placement: with `actors`, nothing since the start is left out. */
  readonly ended: readonly EndedMetrics[];
  readonly arena: { readonly capacity: number; readonly bytesInUse: number };
  /** Threads alive, with the one that started the system. */
  readonly threads: number;
  /** Dead letters since the start. */
  readonly deadLetters: number;
  /** Answers that came after their asker had given up, and were discarded, since the start. */
  readonly lateAnswers: number;
}

/**
 * For probes: `ready` is whether it takes new work (readiness), `live` whether it makes progress (liveness).
 * `problems` says in words what is wrong, one line each.
 */
export interface SystemHealth {
  readonly state: 'running' | 'stopping' | 'stopped';
  readonly ready: boolean;
  readonly live: boolean;
  readonly problems: readonly string[];
}

/** What stands in the file of a trace. */
export interface TraceReport {
  readonly file: string;
  /** Messages handled: slices. */
  readonly messages: number;
  /** Messages of which sending and handling are both shown: arrows. */
  readonly arrows: number;
  /** Flow events that were not shown, since there were too many. */
  readonly dropped: number;
}

/** A trace being written, from `system.trace()`. */
export interface Trace extends AsyncDisposable {
  readonly file: string;
  /**
   * Ends the trace, and resolves when the file is whole: some 30 ms later, as what threads have to tell is waited for.
   * The end of the system does the same. Rejects with the error of the file system when the file could not be
   * written; then it ends where that happened. Idempotent.
   */
  stop(): Promise<TraceReport>;
}
