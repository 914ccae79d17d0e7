/** What a host keeps of an actor that lives on its thread. */
import type { Arena } from '../memory/arena.js';
import { Box, type Granule, wordOf } from '../memory/layout.js';
import { homeOf } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Identity } from '../messaging/actor-ref.js';
import type { ExitReason } from '../messaging/reports.js';
import { Reader } from '../queue/block-chain.js';
import type { ActorPlan } from './control.js';
import type { StreamSource } from './stream-source.js';

/** A message that is being handled. */
export interface Handling {
  method: string;
  /** Where the answer goes, or undefined for a tell. */
  readonly replyTo: { readonly box: Granule; readonly generation: number } | undefined;
  readonly correlation: number;
  readonly sender: { readonly box: Granule; readonly generation: number } | undefined;
  /** The lease that holds it, or 0 when it lies in the mailbox still. */
  readonly lease: Granule;
  /** The reader whose record it is, when in the mailbox. */
  readonly reader: Reader | undefined;
  /** Index of its record. */
  readonly record: number;
  /** 0 when nobody observes. */
  startedAt: number;
  readonly sentAt: number;
  abort: AbortController | undefined;
  /** Whose message it is: an awaited line may be another actor's, on a thread of several. */
  readonly owner: ActorCell;
}

/** An object with methods to call: the user's instance. */
export type Instance = Record<string, unknown> & {
  onStart?(): unknown;
  onStop?(reason: ExitReason): unknown;
  onTerminated?(ref: unknown, reason: ExitReason): unknown;
};

export class ActorCell {
  readonly identity: Identity;
  readonly home: number;
  instance: Instance | undefined;
  mailbox: Reader;
  urgent: Reader;
  /** Handlers under way, at most {@link concurrency}. */
  readonly handling = new Set<Handling>();
  concurrency = 1;
  /** Raised with each instance: what an older one still has under way counts no more. */
  life = 0;
  incarnation: number;
  /** No messages are taken: starting, failed and waiting for the supervisor's word, or stopping. */
  suspended = true;
  /** The sentinel was met. */
  stopping = false;
  ended = false;
  queued = false;
  /** Callbacks of schedules: they run as messages do. */
  readonly jobs: (() => unknown)[] = [];
  readonly schedules = new Set<{ cancel(): void }>();
  readonly streams = new Map<string, StreamSource>();
  readonly watching = new Set<number>();
  /** Leases of a life before, to be taken up again. */
  leftLeases: Granule[] = [];
  /** Messages that were being handled and were given up, when the instance was. */
  abandoned = 0;
  /** Asks that were given up before they were taken. */
  readonly cancelled = new Set<string>();
  stopSignal: AbortController | undefined;
  /** The number of an attachment that has not arrived. */
  awaits = 0;
  /** Found methods, by their number in the shared table. */
  readonly calls: ((...args: unknown[]) => unknown)[] = [];
  readonly methods = new Map<string, ((...args: unknown[]) => unknown) | null>();

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly plan: ActorPlan,
  ) {
    this.identity = {
      box: plan.box,
      generation: plan.generation,
      path: plan.path,
      types: plan.types,
      askTimeoutMs: plan.askTimeoutMs,
    };
    this.home = homeOf(thread.slot, plan.index);
    this.incarnation = plan.incarnation;
    this.mailbox = new Reader(arena, thread, plan.box, 0);
    this.urgent = new Reader(arena, thread, plan.box, 1);
  }

  get base(): number {
    return wordOf(this.plan.box);
  }

  count(word: number, by = 1): void {
    this.arena.i32[this.base + word] += by;
  }

  get processed(): number {
    return this.arena.i32[this.base + Box.PROCESSED];
  }
}
