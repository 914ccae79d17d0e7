/**
 * One thread's actors: one, or many when shared. Takes what is ready, runs it, publishes, sleeps.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { inspect } from 'node:util';
import * as errors from '../errors.js';
import { ActorStoppedError, AskCycleError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, type Granule, Header, NONE, Observed, Thread, wordOf } from '../memory/layout.js';
import { AWAKE, announce, backOff, park } from '../memory/parking.js';
import { anyReady, homeOf, markReady, reserveReady, takeReady } from '../memory/ready-set.js';
import { recordOf, type ThreadRecord } from '../memory/thread-record.js';
import {
  type Identity,
  type LifecycleCall,
  Ref,
  RefSpace,
  type RefWorld,
  stoppedError,
} from '../messaging/actor-ref.js';
import type { SystemRef } from '../messaging/context-types.js';
import {
  type Address,
  addressKey,
  Kind,
  KindFlag,
  sameAddress,
  type TerminatedNote,
} from '../messaging/envelope.js';
import { attachmentOf, PostOffice, replyToOf, senderOf } from '../messaging/mailbox.js';
import type { LogEntry } from '../messaging/options.js';
import { Pending } from '../messaging/pending.js';
import type { ActorClass } from '../messaging/ref-types.js';
import type { DeadLetter, DeadLetterReason, ExitReason, FlowEvent } from '../messaging/reports.js';
import { sharedShapes } from '../messaging/shared-shapes.js';
import { sinkOf } from '../messaging/stream-subscriber.js';
import { Reader } from '../queue/block-chain.js';
import { settleLeases } from '../queue/lease.js';
import { Rec, VOID } from '../queue/record.js';
import { sharedFrom, sharedHandleOf } from '../queue/user/inside-items.js';
import type { SharedHandle } from '../queue/user/structure.js';
import { constructActor } from './actor.js';
import { ActorCell, type Handling, type Instance } from './actor-cell.js';
import { abandonHandlers, begin, type LoopHost, questionKey, runCell } from './actor-loop.js';
import { findActorClass } from './actor-module.js';
import { type AttachmentPort, Attachments } from './attachments.js';
import { contextOf } from './context.js';
import type { ActorPlan, SystemCall, ToHost, ToSystem } from './control.js';
import { ErrorClasses } from './error-classes.js';
import { Injector } from './injector.js';
import { identityAt } from './names.js';
import { decodeProps, spawnerFor } from './spawning.js';
import { isStreamable, type StreamLimits, StreamSource } from './stream-source.js';

/** Messages handled in one turn before timers and I/O have theirs. */
const TURN_BUDGET = 512;
/** Flow events kept per turn; more are dropped and counted. */
const MAX_EVENTS = 2048;
const REF_EXTENSION = 1;
const SHARED_EXTENSION = 2;

export interface HostOptions {
  readonly name: string;
  readonly systemInbox: Address;
  readonly askTimeoutMs: number;
  readonly askCycle: 'report' | 'reject';
  readonly port: AttachmentPort;
  /** On the creating thread: where messages to the system go. */
  readonly onSystem?: (message: ToSystem, correlation: number, replyTo: Address) => void;
  readonly flowOf: (host: Host, actor: Identity) => unknown;
  readonly deadLetters: (host: Host) => unknown;
  readonly onExit?: () => void;
  readonly onFlow?: (host: Host, events: readonly FlowEvent[]) => void;
  readonly onDeadLetter?: (host: Host, letter: DeadLetter) => void;
}

export class Host implements LoopHost, RefWorld {
  readonly post: PostOffice;
  readonly pending = new Pending();
  readonly refs: RefSpace;
  readonly inbox: Address;
  readonly injector = new Injector();
  readonly errorClasses = new ErrorClasses();
  readonly attachments: Attachments;
  readonly cells: (ActorCell | undefined)[] = [];
  current: ActorCell | undefined;
  currentHandling: Handling | undefined;
  currentRecord = 0;
  currentReader: Reader | undefined;
  /** For actors with several handlers at once: whose message an awaited line belongs to. */
  readonly handlings = new AsyncLocalStorage<Handling>();
  readonly #inboxReader: Reader;
  readonly #byAddress = new Map<number, ActorCell>();
  #queue: ActorCell[] = [];
  #turnQueued = false;
  #parked = false;
  #events: FlowEvent[] = [];
  #droppedEvents = 0;
  #waitingInbox: { words: Int32Array; number: number }[] = [];
  readonly #attachmentWaiters = new Map<number, (objects: readonly unknown[]) => void>();
  readonly #inlineClasses = new Map<number, ActorClass>();
  #nextToken = 1;
  #stopped = false;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly options: HostOptions,
  ) {
    const { i32 } = arena;
    const box = thread.inbox;
    this.inbox = { box, generation: i32[wordOf(box) + Box.GENERATION] };
    const shapes = sharedShapes(arena, thread);
    this.attachments = new Attachments(arena.i32, options.port, (number) => this.#arrived(number));
    this.post = new PostOffice(
      arena,
      thread,
      shapes,
      {
        encodeExtension: (value) => {
          const identity = Ref.identityOf(value);
          if (identity !== undefined) return { tag: REF_EXTENSION, data: identity };
          const shared = sharedHandleOf(value);
          return shared === undefined ? undefined : { tag: SHARED_EXTENSION, data: shared };
        },
        decodeExtension: (tag, data) =>
          tag === SHARED_EXTENSION ? sharedFrom(data as SharedHandle) : this.refs.refTo(data as Identity),
        errorClass: (name) => this.errorClasses.find(name),
      },
      {
        undeliverable: (record, words, target, reason) => this.#undeliverable(record, words, target, reason),
        attach: (_target, objects, transfer) => this.attachments.send([...objects], transfer),
        manyHeld: (target, count) => this.#manyHeld(target, count),
        local: () => this.#schedule(),
      },
    );
    this.refs = new RefSpace(this);
    this.#inboxReader = new Reader(arena, thread, box, 0);
    reserveReady(arena, thread, 0);
  }

  get askTimeoutMs(): number {
    return this.options.askTimeoutMs;
  }

  // --- the loop ---------------------------------------------------------------------------------------------

  /** Begins to take mail. */
  start(): void {
    this.#schedule();
  }

  #schedule(): void {
    if (this.#turnQueued || this.#stopped) return;
    this.#turnQueued = true;
    queueMicrotask(this.#turn);
  }

  readonly #turn = (): void => {
    if (this.#stopped) return;
    this.#turnQueued = false;
    const { post, thread, arena } = this;
    const { i32 } = arena;
    i32[thread.base + Thread.PROGRESS]++;
    post.inTurn = true;
    let budget = TURN_BUDGET;
    do {
      takeReady(i32, thread, this.#markQueued);
      this.#readInbox();
      budget = this.#runQueue(budget);
      post.flush();
    } while (budget > 0 && (this.#queue.length > 0 || anyReady(i32, thread)));
    post.inTurn = false;
    this.#sendEvents();
    if (this.#queue.length > 0 || anyReady(i32, thread)) {
      // Timers and I/O have their turn before the next.
      this.#turnQueued = true;
      setImmediate(this.#turn);
      return;
    }
    if (this.#sleepQueued) return;
    this.#sleepQueued = true;
    queueMicrotask(this.#sleepSoon);
  };

  #runQueue(budget: number): number {
    const queue = this.#queue;
    this.#queue = [];
    for (let i = 0; i < queue.length; i++) {
      const cell = queue[i];
      if (budget <= 0) {
        this.#queue.push(...queue.slice(i));
        return 0;
      }
      cell.queued = false;
      const share = Math.min(budget, 128);
      const since = Math.floor(this.post.now() * 1000);
      this.arena.i32[cell.base + Box.CURRENT_SINCE] = since | 0;
      this.arena.i32[cell.base + Box.CURRENT_SINCE_HIGH] = Math.floor(since / 0x100000000);
      Atomics.store(this.arena.i32, this.thread.base + Thread.CURRENT, cell.plan.box);
      const left = runCell(this, cell, share);
      Atomics.store(this.arena.i32, this.thread.base + Thread.CURRENT, NONE);
      if (left === 0) this.#markQueued(cell.plan.index);
      else {
        cell.mailbox.publishHead();
        cell.urgent.publishHead();
      }
      budget -= Math.max(1, share - left);
    }
    return budget;
  }

  readonly #markQueued = (index: number): void => {
    const cell = this.cells[index];
    if (cell === undefined || cell.queued || cell.ended) return;
    cell.queued = true;
    this.#queue.push(cell);
  };

  #sleepQueued = false;
  /** What the turn has resolved goes on first: a tick runs when no microtask is left. Else the spinning holds it up. */
  readonly #sleepSoon = (): void => process.nextTick(this.#sleep);

  /** Sleeps only after looking: a little spinning, the mark, one more look. */
  readonly #sleep = (): void => {
    this.#sleepQueued = false;
    if (this.#turnQueued || this.#stopped) return;
    const { i32 } = this.arena;
    const { thread } = this;
    const spinning = thread.neverWaits ? 0 : i32[Header.ALIVE] <= availableCores ? 400 : 20;
    for (let i = 0; i < spinning; i++) {
      if (Atomics.load(i32, thread.base + Thread.READY_ANY) !== 0) {
        this.#schedule();
        return;
      }
      backOff(i);
    }
    announce(i32, thread.base + Thread.PARK);
    if (anyReady(i32, thread)) {
      Atomics.store(i32, thread.base + Thread.PARK, AWAKE);
      this.#schedule();
      return;
    }
    if (this.#parked) return;
    const woken = park(i32, thread.base + Thread.PARK);
    if (woken === undefined) {
      this.#schedule();
      return;
    }
    this.#parked = true;
    woken.then(this.#wake);
  };

  readonly #wake = (): void => {
    this.#parked = false;
    if (this.#turnQueued) return;
    this.#turnQueued = true;
    this.#turn();
  };

  ready(cell: ActorCell): void {
    this.#markQueued(cell.plan.index);
    this.#schedule();
  }

  // --- the inbox --------------------------------------------------------------------------------------------

  #readInbox(): void {
    const reader = this.#inboxReader;
    const { i32, u8 } = this.arena;
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      const attached = attachmentOf(i32, record);
      if ((i32[record + Rec.KIND] & VOID) === 0) {
        const objects = attached === 0 ? undefined : this.attachments.take(attached);
        if (attached !== 0 && objects === undefined) {
          const words = i32.slice(record, record + i32[record + Rec.LENGTH]);
          this.#waitingInbox.push({ words, number: attached });
        } else {
          this.#receive(record, i32, u8, objects);
          if (attached !== 0) this.attachments.forget(attached);
        }
      }
      reader.done();
    }
    reader.publishHead();
  }

  #arrived(number: number): void {
    const waiter = this.#attachmentWaiters.get(number);
    if (waiter !== undefined) {
      this.#attachmentWaiters.delete(number);
      waiter(this.attachments.take(number) ?? []);
      this.attachments.forget(number);
    }
    const waiting = this.#waitingInbox.filter((w) => w.number === number);
    this.#waitingInbox = this.#waitingInbox.filter((w) => w.number !== number);
    for (const { words } of waiting) {
      this.#receive(0, words, new Uint8Array(words.buffer), this.attachments.take(number));
      this.attachments.forget(number);
    }
    for (const cell of this.cells) {
      if (cell?.awaits !== number) continue;
      cell.awaits = 0;
      this.ready(cell);
    }
  }

  attachment(number: number): readonly unknown[] | undefined {
    return this.attachments.take(number);
  }

  attachmentOf(number: number): Promise<readonly unknown[]> {
    const here = this.attachments.take(number);
    if (here !== undefined) {
      this.attachments.forget(number);
      return Promise.resolve(here);
    }
    return new Promise((resolve) => this.#attachmentWaiters.set(number, resolve));
  }

  #receive(
    record: number,
    words: Int32Array,
    bytes: Uint8Array,
    objects: readonly unknown[] | undefined,
  ): void {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    const correlation = words[record + Rec.CORRELATION];
    let value: unknown;
    try {
      this.post.open(record, words, bytes, objects);
      value = this.post.decoder.value();
    } catch (error) {
      if (kind !== Kind.CONTROL) this.pending.close(correlation)?.reject(error);
      else this.log(systemEntry('a control message could not be read', { error }));
      return;
    }
    switch (kind) {
      case Kind.REPLY:
        this.pending.close(correlation)?.resolve(value);
        break;
      case Kind.REPLY_ERROR:
      case Kind.STREAM_ERROR:
        if (this.#learns(record, words, objects)) break;
        if (!(value instanceof Error)) {
          value = new errors.RemoteError(`The other side threw no Error, but ${inspect(value)}.`, value);
        }
        this.pending.close(correlation)?.reject(value);
        break;
      case Kind.STREAM_ITEM: {
        const question = this.pending.peek(correlation);
        const source = replyToOf(words, record);
        const sink = question === undefined ? undefined : sinkOf(question);
        if (sink === undefined) {
          this.#tellHost(source, { op: 'unsubscribe', correlation, replyTo: this.inbox });
          break;
        }
        sink.source = source;
        sink.next(value);
        break;
      }
      case Kind.STREAM_END:
        this.pending.close(correlation)?.resolve(undefined);
        break;
      case Kind.CONTROL:
        this.#control(value as ToHost | ToSystem, correlation, replyToOf(words, record));
        break;
    }
  }

  /** An error of an unknown class is read once more when the actor's module has been looked into. */
  #learns(record: number, words: Int32Array, objects: readonly unknown[] | undefined): boolean {
    if (!this.errorClasses.takeMissed()) return false;
    const question = this.pending.peek(words[record + Rec.CORRELATION]);
    const learning = this.errorClasses.lookInto((question?.target as Identity | undefined)?.types?.[0]);
    if (learning === undefined) return false;
    const copy = words.slice(record, record + words[record + Rec.LENGTH]);
    void learning.then(() => this.#receive(0, copy, new Uint8Array(copy.buffer), objects));
    return true;
  }

  #control(message: ToHost | ToSystem, correlation: number, replyTo: Address): void {
    switch (message.op) {
      case 'start':
        void this.#startActor(message.plan);
        return;
      case 'restart':
        void this.#restartActor(message.actor, message.incarnation);
        return;
      case 'resume': {
        const cell = this.#cellAt(message.actor);
        if (cell === undefined) return;
        cell.suspended = false;
        this.ready(cell);
        return;
      }
      case 'finish':
        void this.#finishActor(message.actor, message.reason);
        return;
      case 'abort': {
        const cell = this.#cellAt(message.actor);
        if (cell === undefined) return;
        (cell.stopSignal ??= new AbortController()).abort();
        for (const handling of cell.handling) abortOf(handling).abort();
        return;
      }
      case 'cancel':
        this.#cancel(message.actor, message.correlation, message.replyTo);
        return;
      case 'credit':
        this.#streamOf(message.replyTo, message.correlation)?.addCredit(message.credit);
        return;
      case 'unsubscribe':
        this.#streamOf(message.replyTo, message.correlation)?.close();
        return;
      case 'thread-died':
        this.#threadDied(message.inbox);
        return;
      case 'life-ended':
        this.#lifeEnded(message.actor, message.path, message.reason);
        return;
      case 'notify':
        this.notify(message.watcher, message.note);
        return;
      case 'exit':
        this.post.flush();
        this.options.onExit?.();
        return;
      case 'flow':
        this.options.onFlow?.(this, message.events);
        return;
      case 'dead-letter-out':
        this.options.onDeadLetter?.(this, message.letter);
        return;
      default:
        this.options.onSystem?.(message, correlation, replyTo);
    }
  }

  #cellAt(actor: Address): ActorCell | undefined {
    return this.#byAddress.get(addressKey(actor.box, actor.generation));
  }

  // --- lives ------------------------------------------------------------------------------------------------

  /** A class that is at home on this thread only: inline actors run the class object itself. */
  inlineSource(type: ActorClass): { token: number; slot: number } {
    const token = this.#nextToken++;
    this.#inlineClasses.set(token, type);
    return { token, slot: this.thread.slot };
  }

  async #startActor(plan: ActorPlan): Promise<void> {
    const { arena, thread } = this;
    reserveReady(arena, thread, plan.index);
    const cell = new ActorCell(arena, thread, plan);
    this.cells[plan.index] = cell;
    this.#byAddress.set(addressKey(plan.box, plan.generation), cell);
    const onRoom = () => this.#wakeHolders(plan.box);
    cell.mailbox.onRoom = onRoom;
    cell.urgent.onRoom = onRoom;
    if (plan.restarted) cell.leftLeases = settleLeases(arena, plan.box);
    await this.#bringUp(cell);
  }

  async #restartActor(actor: Address, incarnation: number): Promise<void> {
    const cell = this.#cellAt(actor);
    if (cell === undefined) return;
    await this.#tearDown(cell, { kind: 'failed', error: undefined }, true);
    cell.incarnation = incarnation;
    cell.methods.clear();
    cell.calls.length = 0;
    cell.watching.clear();
    await this.#bringUp(cell);
  }

  async #bringUp(cell: ActorCell): Promise<void> {
    const { plan } = cell;
    const { incarnation } = cell;
    const actor = { box: plan.box, generation: plan.generation };
    cell.life++;
    const { life } = cell;
    try {
      const type = await this.#classOf(plan);
      const props = await decodeProps(this, plan);
      if (cell.life !== life) return;
      const construction = {
        props,
        self: this.refs.refTo(cell.identity),
        context: contextOf(this, cell),
        inject: (token: never) => this.injector.resolve(token),
      };
      this.current = cell;
      let starting: unknown;
      try {
        const instance = constructActor(type, construction, () => this.injector.build(type)) as Instance;
        cell.instance = instance;
        const { concurrency = 1 } = type as { concurrency?: number };
        cell.concurrency = concurrency;
        starting = instance.onStart?.();
      } finally {
        this.current = undefined;
      }
      await starting;
      if (cell.life !== life || cell.ended) return;
      cell.suspended = false;
      this.tellSystem({ op: 'started', actor, incarnation });
      this.ready(cell);
    } catch (error) {
      if (cell.life !== life) return;
      cell.suspended = true;
      // What never came up has nothing to stop: no onStop for it.
      cell.instance = undefined;
      this.#clearSchedules(cell);
      this.tellSystem({ op: 'start-failed', actor, incarnation, error });
    }
  }

  async #classOf(plan: ActorPlan): Promise<ActorClass> {
    const { source } = plan;
    if ('token' in source) {
      const type = this.#inlineClasses.get(source.token);
      if (type === undefined)
        throw new Error(`The inline class of ${plan.path} is not known on this thread.`);
      return type;
    }
    return findActorClass((await import(source.module)) as object, source.module, source.name);
  }

  /** Ends the instance's doings; calls `onStop` unless it is being killed. */
  async #tearDown(cell: ActorCell, reason: ExitReason, restart: boolean): Promise<unknown> {
    cell.suspended = true;
    cell.abandoned = abandonHandlers(this, cell, reason);
    this.#clearSchedules(cell);
    for (const stream of [...cell.streams.values()]) {
      if (reason.kind === 'stopped') stream.complete();
      else stream.fail(new ActorStoppedError(cell.identity.path, reason));
    }
    const { instance } = cell;
    let failure: unknown;
    if (instance !== undefined && reason.kind !== 'killed') {
      this.current = cell;
      try {
        const stopping = instance.onStop?.(reason);
        this.current = undefined;
        await stopping;
      } catch (error) {
        failure = error;
        this.log({ ...systemEntry('onStop failed', { error }), actor: cell.identity.path });
      } finally {
        this.current = undefined;
      }
    }
    cell.instance = undefined;
    if (!restart) cell.ended = true;
    return failure;
  }

  async #finishActor(actor: Address, reason: ExitReason): Promise<void> {
    const cell = this.#cellAt(actor);
    if (cell === undefined) return;
    const error = await this.#tearDown(cell, reason, false);
    this.#byAddress.delete(addressKey(actor.box, actor.generation));
    this.cells[cell.plan.index] = undefined;
    cell.mailbox.publishHead();
    this.post.flush();
    const { incarnation, abandoned } = cell;
    this.tellSystem({ op: 'stopped', actor, incarnation, abandoned, error });
  }

  #clearSchedules(cell: ActorCell): void {
    for (const schedule of [...cell.schedules]) schedule.cancel();
    cell.jobs.length = 0;
  }

  failed(cell: ActorCell, error: unknown): void {
    const { plan, incarnation } = cell;
    this.log({ ...systemEntry('handler failed', { error }), actor: cell.identity.path });
    this.tellSystem({
      op: 'failed',
      actor: { box: plan.box, generation: plan.generation },
      incarnation,
      error,
    });
  }

  sentinel(cell: ActorCell): void {
    const { plan, incarnation } = cell;
    this.post.flush();
    this.tellSystem({ op: 'sentinel', actor: { box: plan.box, generation: plan.generation }, incarnation });
  }

  #threadDied(inbox: Address): void {
    for (const cell of this.cells) {
      for (const stream of [...(cell?.streams.values() ?? [])]) {
        if (sameAddress(stream.subscriber, inbox)) stream.close();
      }
      for (const handling of cell?.handling ?? []) {
        if (handling.replyTo !== undefined && sameAddress(handling.replyTo, inbox)) abortOf(handling).abort();
      }
    }
  }

  /** Streams of a life that ended with its thread: nobody else would say so. */
  #lifeEnded(actor: Address, path: string, reason: ExitReason): void {
    this.pending.rejectWhere(
      (question) => sinkOf(question) !== undefined && sameAddress(question.target, actor),
      () => new ActorStoppedError(path, reason),
    );
  }

  /** Posts a notice of death into a watcher's mailbox, behind what this thread has sent there. */
  notify(watcher: Address, note: TerminatedNote): void {
    this.post.flush();
    this.post.post(watcher, { kind: Kind.TERMINATED, value: note });
  }

  // --- what the loop asks -----------------------------------------------------------------------------------

  refTo(note: TerminatedNote): unknown {
    return this.refs.refTo({ ...note.actor, path: note.path, types: [note.type] });
  }

  refAt(address: Address): Ref | undefined {
    const known = this.refs.known(address);
    if (known !== undefined) return known;
    const identity = identityAt(this.arena, address.box, address.generation);
    if (identity !== undefined) return this.refs.refTo(identity);
    return this.refs.refTo({ ...address, path: '/(stopped)', types: ['Actor'] });
  }

  startStream(
    cell: ActorCell,
    handling: Handling,
    result: unknown,
    credit: number,
    limits: StreamLimits,
  ): void {
    const { replyTo, correlation, method } = handling;
    if (replyTo === undefined) return;
    const key = questionKey(replyTo.box, correlation);
    const stream = new StreamSource(
      this.post,
      replyTo,
      correlation,
      cell.identity,
      this.inbox,
      credit,
      limits,
      { path: cell.identity.path, method },
      (left) => {
        cell.streams.delete(key);
        if (left) abortOf(handling).abort();
      },
    );
    cell.streams.set(key, stream);
    if (typeof (result as Promise<unknown> | null)?.then === 'function' && !isStreamable(result)) {
      (result as Promise<unknown>).then(
        (value) => stream.start(value),
        (error) => stream.fail(error),
      );
    } else stream.start(result);
  }

  #streamOf(replyTo: Address, correlation: number): StreamSource | undefined {
    const key = questionKey(replyTo.box, correlation);
    for (const cell of this.cells) {
      const stream = cell?.streams.get(key);
      if (stream !== undefined && stream.subscriber.generation === replyTo.generation) return stream;
    }
    return undefined;
  }

  #cancel(actor: Address, correlation: number, replyTo: Address): void {
    this.#streamOf(replyTo, correlation)?.close();
    for (const cell of this.cells) {
      if (cell === undefined) continue;
      if (!sameAddress(cell.plan, actor) && !(cell.plan.pool && sameAddress(cell.plan.pool.box, actor)))
        continue;
      let found = false;
      for (const handling of cell.handling) {
        if (handling.correlation !== correlation || handling.replyTo?.box !== replyTo.box) continue;
        abortOf(handling).abort();
        found = true;
      }
      // A pool's question may lie anywhere: it is dropped by its deadline, or by the worker that takes it.
      if (!found && cell.cancelled.size < 10_000) cell.cancelled.add(questionKey(replyTo.box, correlation));
    }
  }

  handlingOf(cell: ActorCell): Handling | undefined {
    if (this.current === cell && this.currentHandling !== undefined) return this.currentHandling;
    if (this.current === cell && this.currentRecord !== 0) {
      return begin(this, cell, this.currentRecord, this.currentReader, NONE);
    }
    const stored = this.handlings.getStore();
    if (stored?.owner === cell) return stored;
    return cell.handling.size === 1 ? [...cell.handling][0] : undefined;
  }

  signalOf(cell: ActorCell): AbortSignal {
    const handling = this.handlingOf(cell);
    if (handling === undefined) {
      cell.stopSignal ??= new AbortController();
      return cell.stopSignal.signal;
    }
    return abortOf(handling).signal;
  }

  deadLetter(cell: ActorCell, record: number, reason: DeadLetterReason, error?: unknown): void {
    this.#report(this.#letterFrom(record, this.arena.i32, cell.identity, reason, error), cell.identity);
  }

  /** For the creating thread, about records of lives that have ended. */
  giveUp(record: number, to: Address, reason: DeadLetterReason): DeadLetter | undefined {
    const letter = this.#letterFrom(record, this.arena.i32, to, reason);
    this.#report(letter, to);
    return letter;
  }

  #letterFrom(
    record: number,
    words: Int32Array,
    to: Address,
    reason: DeadLetterReason,
    error?: unknown,
  ): DeadLetter | undefined {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (kind !== Kind.TELL && kind !== Kind.ASK && kind !== Kind.STREAM) return undefined;
    Atomics.add(this.arena.i32, Header.DEAD_LETTERS, 1);
    const identity = identityAt(this.arena, to.box, to.generation) ?? (to as Partial<Identity>);
    const sender = senderOf(words, record);
    let method = '';
    let args: readonly unknown[] | undefined;
    try {
      const bytes = words === this.arena.i32 ? this.arena.u8 : new Uint8Array(words.buffer);
      method = this.post.open(record, words, bytes, []);
      if ((words[record + Rec.KIND] & KindFlag.ATTACHED) === 0)
        args = this.post.decoder.values() as unknown[];
      if (kind === Kind.STREAM) args = args?.slice(3);
    } catch {
      args = undefined;
    }
    return {
      time: Date.now(),
      reason,
      to: identity.path ?? '/(stopped)',
      type: identity.types?.[0] ?? 'Actor',
      from: sender === undefined ? undefined : this.refAt(sender)?.path,
      kind: kind === Kind.TELL ? 'tell' : kind === Kind.ASK ? 'ask' : 'stream',
      method,
      args,
      attempts: words[record + Rec.ATTEMPTS],
      ...(error === undefined ? {} : { error }),
    };
  }

  #report(letter: DeadLetter | undefined, to: Address): void {
    if (letter === undefined) return;
    const { i32 } = this.arena;
    if (Atomics.load(i32, wordOf(to.box) + Box.GENERATION) === to.generation) {
      Atomics.add(i32, wordOf(to.box) + Box.DEAD_LETTERS, 1);
    }
    if (i32[Header.OBSERVED] === 0) return;
    try {
      this.tellSystem({ op: 'dead-letter', to: { box: to.box, generation: to.generation }, letter });
    } catch {
      this.tellSystem({
        op: 'dead-letter',
        to: { box: to.box, generation: to.generation },
        letter: { ...letter, args: undefined, error: undefined },
      });
    }
  }

  #undeliverable(record: number, words: Int32Array, target: Address, why: DeadLetterReason): () => void {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (kind !== Kind.TELL && kind !== Kind.ASK && kind !== Kind.STREAM) return () => undefined;
    const letter = this.#letterFrom(record, words, target, why);
    const replyTo = replyToOf(words, record);
    const correlation = words[record + Rec.CORRELATION];
    return () => {
      this.#report(letter, target);
      if (kind === Kind.TELL) return;
      const error = stoppedError(this, { ...target, path: letter?.to ?? '/(stopped)' });
      if (sameAddress(replyTo, this.inbox)) this.pending.close(correlation)?.reject(error);
      else this.post.post(replyTo, { kind: Kind.REPLY_ERROR, value: error, correlation });
    };
  }

  #manyHeld(target: Address, count: number): void {
    const path = identityAt(this.arena, target.box, target.generation)?.path ?? '';
    this.log(systemEntry(`${count} messages are held for ${path}, whose mailbox is full`, { held: count }));
    this.#event({ kind: 'overflow', time: Date.now(), actor: path, what: 'messages', count });
  }

  /** Consumers made room: wake the threads that hold messages. */
  #wakeHolders(box: Granule): void {
    const { i32 } = this.arena;
    if (Atomics.exchange(i32, wordOf(box) + Box.WANT_SPACE, 0) === 0) return;
    const threads = i32[Header.THREADS];
    for (let slot = 0; slot < threads; slot++) {
      if (Atomics.load(i32, recordOf(slot) + Thread.HOLDING) !== 1) continue;
      markReady(i32, homeOf(slot, 0));
      if (slot === this.thread.slot) this.#schedule();
    }
  }

  // --- flow -------------------------------------------------------------------------------------------------

  observed(target: Identity, method: string): void {
    if ((this.arena.i32[Header.OBSERVED] & Observed.FLOW) === 0) return;
    this.#event({
      kind: 'accepted',
      time: Date.now(),
      actor: target.path,
      method,
      from: this.speaker()?.path,
    });
  }

  handled(cell: ActorCell, handling: Handling, failure?: { error: unknown }): void {
    const now = this.post.now();
    const event = {
      time: Date.now(),
      actor: cell.identity.path,
      method: handling.method,
      waitMs: Math.max(0, handling.startedAt - handling.sentAt),
      serviceMs: now - handling.startedAt,
    };
    this.#event(failure ? { kind: 'failed', ...event, error: failure.error } : { kind: 'handled', ...event });
  }

  #event(event: FlowEvent): void {
    if ((this.arena.i32[Header.OBSERVED] & Observed.FLOW) === 0) return;
    if (this.#events.length >= MAX_EVENTS) this.#droppedEvents++;
    else this.#events.push(event);
    if (this.#events.length === 1) setImmediate(() => this.#sendEvents());
  }

  #sendEvents(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    const dropped = this.#droppedEvents;
    this.#events = [];
    this.#droppedEvents = 0;
    try {
      this.tellSystem({ op: 'events', events, dropped });
    } catch {
      this.tellSystem({ op: 'events', events: [], dropped: dropped + events.length });
    }
  }

  log(entry: LogEntry): void {
    try {
      this.tellSystem({ op: 'log', entry });
    } catch {
      this.tellSystem({ op: 'log', entry: { ...entry, fields: undefined } });
    }
  }

  // --- what refs ask ----------------------------------------------------------------------------------------

  speaker(): Identity | undefined {
    if (this.current !== undefined) return this.current.identity;
    // After an await: on a thread of its own the actor is the only one who can be speaking.
    return this.options.onSystem === undefined && this.#byAddress.size === 1
      ? this.#sole()?.identity
      : undefined;
  }

  #sole(): ActorCell | undefined {
    for (const cell of this.#byAddress.values()) return cell;
    return undefined;
  }

  lifecycle(call: LifecycleCall): Promise<unknown> {
    const { op, actor } = call;
    const from = this.speaker();
    this.post.flush();
    if (op === 'stop') return this.request({ call: op, actor, timeoutMs: call.timeoutMs }, from);
    return this.request({ call: op, actor }, from);
  }

  /** Asks the creating thread. */
  request(call: SystemCall, from: Address | undefined): Promise<unknown> {
    if (this.#stopped) return Promise.reject(new errors.SystemStoppedError(call.call));
    return new Promise((resolve, reject) => {
      const target = this.options.systemInbox;
      const correlation = this.pending.open({ resolve, reject, target }, Number.POSITIVE_INFINITY);
      try {
        const value = {
          op: 'request',
          from: from === undefined ? undefined : { box: from.box, generation: from.generation },
          call,
        };
        this.post.flush();
        const result = this.post.post(target, {
          kind: Kind.CONTROL,
          value,
          correlation,
          replyTo: this.inbox,
        });
        if (result === 'closed') throw new errors.SystemStoppedError(call.call);
      } catch (error) {
        this.pending.close(correlation);
        reject(error);
      }
    });
  }

  tellSystem(message: ToSystem): void {
    this.post.post(this.options.systemInbox, { kind: Kind.CONTROL, value: message });
  }

  #tellHost(inbox: Address, message: ToHost): void {
    this.post.post(inbox, { kind: Kind.CONTROL, value: message });
  }

  flowOf(actor: Identity): unknown {
    return this.options.flowOf(this, actor);
  }

  systemRef(): SystemRef {
    const host = this;
    return {
      ...spawnerFor(this, undefined),
      name: this.options.name,
      get deadLetters$() {
        return host.options.deadLetters(host) as SystemRef['deadLetters$'];
      },
      shutdown: ({ timeoutMs = 30_000, drain = true } = {}) =>
        this.request({ call: 'shutdown', timeoutMs, drain }, this.speaker()) as never,
    };
  }

  readonly #waits = new Map<number, Identity>();

  /** Refuses an ask that waits for itself, as far as this thread can see. */
  waiting(target: Identity, _method: string): (() => void) | undefined {
    const speaker = this.speaker();
    if (speaker === undefined) return undefined;
    const own = addressKey(speaker.box, speaker.generation);
    if (own === addressKey(target.box, target.generation) && this.options.askCycle === 'reject') {
      const cell = this.#byAddress.get(own);
      if (cell !== undefined && cell.concurrency === 1) throw new AskCycleError([speaker.path, target.path]);
    }
    this.#waits.set(own, target);
    return () => this.#waits.delete(own);
  }

  cycleOf(target: Identity): readonly string[] | undefined {
    const speaker = this.speaker();
    return speaker !== undefined && sameAddress(speaker, target) ? [speaker.path, target.path] : undefined;
  }

  /**
   * On the creating thread, when a shutdown begins: the program's messages are refused. Where inline actors live,
   * what one of them sends after an await looks the same, so there nothing is.
   */
  refuseOutside(): void {
    this.post.outsideRefused = this.#byAddress.size === 0;
  }

  /** Ends the loop; what still waits is told. */
  stop(): void {
    this.#stopped = true;
    this.pending.rejectWhere(
      () => true,
      () => new errors.SystemStoppedError('The call'),
    );
    this.pending.dispose();
    // A wake-up for the wait that may be pending, so that nothing holds this arena.
    markReady(this.arena.i32, homeOf(this.thread.slot, 0));
  }
}

const availableCores = availableParallelism();

/** Made when it is needed first: by who reads the signal, or by who aborts it before it was read. */
function abortOf(handling: Handling): AbortController {
  handling.abort ??= new AbortController();
  return handling.abort;
}

const systemEntry = (message: string, fields: Record<string, unknown>): LogEntry => ({
  time: Date.now(),
  level: 'error',
  actor: 'system',
  message,
  fields,
});
