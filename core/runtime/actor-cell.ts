/** What a host keeps of an actor that lives on its thread. */
import type { AsyncResource } from 'node:async_hooks';
import type { Arena } from '../memory/arena.js';
import { Box, type Granule, Taking, wordOf } from '../memory/layout.js';
import { homeOf } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import type { Identity } from '../messaging/ref-world.js';
import type { ExitReason } from '../messaging/reports.js';
import { depthOf } from '../queue/block-chain.js';
import { leaveIdle } from '../queue/lease.js';
import { Reader } from '../queue/reader.js';
import { ActorWaits } from './actor-waits.js';
import { BlackBox } from './black-box.js';
import type { Clock } from './clock.js';
import type { ActorPlan, Blueprint } from './control.js';
import type { Handlers } from './handlers.js';
import type { Handling } from './handling.js';
import { MethodTable } from './method-table.js';
import type { StreamSource } from './stream-source.js';
import type { Around } from './taps.js';
import { forgetWaits } from './wait-slots.js';

/** An object with methods to call: the user's instance. */
export type Instance = Record<string, unknown> & {
  onStart?(): unknown;
  onStop?(reason: ExitReason): unknown;
  onTerminated?(ref: unknown, reason: ExitReason): unknown;
};

// Of those that have none yet. Nothing is written here.
const NONE_YET = new MethodTable();
const NO_JOBS: (() => unknown)[] = [];
const NO_LEASES: Granule[] = [];

export class ActorCell {
  readonly identity: Identity;
  /** Box and generation alone, as they are sent. */
  readonly address: Address;
  readonly home: number;
  instance: Instance | undefined;
  /** Handlers under way, at most {@link concurrency}; made with the first that does more than a plain tell. */
  handling: Handlers | undefined;
  concurrency = 1;
  /** Raised with each instance: what an older one still has under way counts no more. */
  life = 0;
  incarnation: number;
  /** No messages are taken: starting, failed and waiting for the supervisor's word, or stopping. */
  suspended = true;
  /** The sentinel was met. */
  stopping = false;
  ended = false;
  /** Why the instance before this one was given up. */
  endedBy: ExitReason | undefined;
  queued = false;
  /** Of a pool's worker: it waits to be woken for the pool's mail, see {@link endIdleness}. */
  idle = false;
  /** Of a pool's worker: it made room in the pool's mailbox, and senders wait for it. */
  onPoolRoom: (() => void) | undefined;
  /** Callbacks of schedules: they run as messages do. */
  jobs: (() => unknown)[] = NO_JOBS;
  // These are made with the first that is in them: of actors by the hundred thousand, most have none.
  schedules: Set<{ cancel(): void }> | undefined;
  streams: Set<StreamSource> | undefined;
  watching: Set<number> | undefined;
  /** Leases of a life before, to be taken up again. */
  leftLeases: Granule[] = NO_LEASES;
  /** Children that were asked for, and are not there yet. */
  asking = 0;
  /** Messages that were being handled and were given up, when the instance was. */
  abandoned = 0;
  /** Asks that were given up before they were taken. */
  cancelled: Set<string> | undefined;
  stopSignal: AbortController | undefined;
  /** What its lines run in, where several actors live: see {@link Speaking.share}. */
  scope: AsyncResource | undefined;
  /** The number of an attachment that has not arrived. */
  awaits = 0;
  /** Methods that were found, to be looked into; what is found is written into {@link ownMethods}. */
  methods = NONE_YET;
  /** What stands around them while somebody looks on. */
  around: Around | undefined;

  // What takes mail is made when it is first looked for.
  #mailbox: Reader | undefined;
  #urgent: Reader | undefined;
  #blackBox: BlackBox | undefined;
  #waits: ActorWaits | undefined;

  /** @param onRoom called when senders wait for room, and it has made some */
  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly plan: ActorPlan,
    readonly clock: Clock,
    readonly onRoom: (box: Granule) => void,
  ) {
    this.identity = {
      box: plan.box,
      generation: plan.generation,
      path: plan.path,
      types: plan.blueprint.types,
      askTimeoutMs: plan.blueprint.askTimeoutMs,
    };
    this.address = { box: plan.box, generation: plan.generation };
    this.home = homeOf(thread.slot, plan.index);
    this.incarnation = plan.incarnation;
    // A pool's worker puts back what has not arrived, whatever it has of a life before.
    if (plan.pool !== undefined) this.leftLeases = [];
    forgetWaits(arena.i32, plan.box);
  }

  get mailbox(): Reader {
    return this.#mailbox ?? this.#openMailbox();
  }

  get urgent(): Reader {
    return this.#urgent ?? this.#openUrgent();
  }

  get blackBox(): BlackBox {
    return this.#blackBox ?? this.#openBlackBox();
  }

  #openMailbox(): Reader {
    const mailbox = this.#reader(0);
    mailbox.watcher = this.blackBox;
    this.#mailbox = mailbox;
    return mailbox;
  }

  #openUrgent(): Reader {
    this.#urgent = this.#reader(1);
    return this.#urgent;
  }

  #reader(lane: number): Reader {
    const reader = new Reader(this.arena, this.thread, this.plan.box, lane);
    reader.onRoom = this.onRoom;
    return reader;
  }

  #openBlackBox(): BlackBox {
    const { arena, thread, plan, clock } = this;
    this.#blackBox = new BlackBox(arena, thread, plan.box, plan.blueprint.blackBox, clock);
    return this.#blackBox;
  }

  /** Nothing in its box is looked at by this from now on: it may be another's. */
  leaveBox(): void {
    this.#blackBox?.detach();
    this.#mailbox?.publishHead();
    this.#urgent?.publishHead();
  }

  /** There is something to take, or may be. */
  get mayHaveMail(): boolean {
    const { plan, arena } = this;
    if (plan.pool !== undefined || this.leftLeases.length > 0 || this.jobs.length > 0) return true;
    return depthOf(arena.i32, plan.box) !== 0;
  }

  /** It runs as a message does. */
  addJob(job: () => unknown): void {
    if (this.jobs === NO_JOBS) this.jobs = [];
    this.jobs.push(job);
  }

  /** Before it does anything: what comes for the pool meanwhile is another's. */
  endIdleness(): void {
    const { pool } = this.plan;
    if (!this.idle || pool === undefined) return;
    this.idle = false;
    leaveIdle(this.arena.i32, pool.box.box, pool.worker);
  }

  get base(): number {
    return wordOf(this.plan.box);
  }

  count(word: number): void {
    this.arena.i32[this.base + word]++;
  }

  /** No other shares the thread, but for inline actors. */
  get hasOwnThread(): boolean {
    const { shared, source } = this.blueprint;
    return !shared && !('token' in source);
  }

  get blueprint(): Blueprint {
    return this.plan.blueprint;
  }

  /** How it takes its mail: others look at that who find it on a cycle of waits. */
  set taking(taking: number) {
    Atomics.store(this.arena.i32, this.base + Box.TAKING, taking);
  }

  /** It takes no mail: it starts, or stops. */
  get isInHook(): boolean {
    const taking = this.arena.i32[this.base + Box.TAKING];
    return taking === Taking.STARTING || taking === Taking.STOPPING;
  }

  /** What it waits for. */
  get waits(): ActorWaits {
    this.#waits ??= new ActorWaits(this.arena, this.thread, this.plan.box);
    return this.#waits;
  }

  get ownMethods(): MethodTable {
    if (this.methods === NONE_YET) this.methods = new MethodTable();
    return this.methods;
  }

  /** They are looked for anew: another instance may have others. */
  forgetMethods(): void {
    this.methods = NONE_YET;
  }

  /** Another handler may begin. */
  get isFree(): boolean {
    return this.handling === undefined || this.handling.size < this.concurrency;
  }

  /** What comes next may be begun. */
  get takesMail(): boolean {
    return !this.suspended && !this.ended && this.isFree;
  }

  /** The same, and nothing comes before its mail. */
  get isUndisturbed(): boolean {
    return this.takesMail && this.jobs.length === 0 && this.leftLeases.length === 0;
  }

  /** None of its code runs unless it is sent something: no schedule, and no stream. */
  get isSilent(): boolean {
    return this.schedules === undefined && this.streams === undefined;
  }

  /** A handler has ended, or (undefined) a hook. */
  endWaits(of: Handling | undefined): void {
    this.#waits?.endOf(of);
  }

  /** Nothing that was scheduled comes any more. */
  clearSchedules(): void {
    for (const schedule of [...(this.schedules ?? [])]) schedule.cancel();
    this.jobs = NO_JOBS;
  }
}
