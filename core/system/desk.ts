/** The creating thread's desk: what hosts report to it, and what actors and the program ask of it. */
import {
  ActorStoppedError,
  SystemStoppedError,
  WouldWaitForSelfError,
  WrongArgumentError,
} from '../errors.js';
import type { FlowHub } from '../flow/flow-hub.js';
import { Header } from '../memory/layout.js';
import { type Address, STOPPED_PATH, sameAddress } from '../messaging/envelope.js';
import type { LogEntry, ShutdownOptions } from '../messaging/options.js';
import type { DeadLetter, ExitReport, ShutdownReport } from '../messaging/reports.js';
import type { TransferListItem } from '../runtime/attachments.js';
import type { Recipe, SpawnRequest, SystemCall, ToHost, ToldRequest, ToSystem } from '../runtime/control.js';
import { receiveProps } from '../runtime/props.js';
import type { Asked } from '../runtime/system-line.js';
import type { ThreadEntry } from '../runtime/thread.js';
import { heard } from '../runtime/told.js';
import type { HangWatch } from '../supervision/hang-watch.js';
import type { Supervisor } from '../supervision/supervisor.js';
import { AskedFromThere, Spawned } from './asked-from-there.js';
import type { LogSink } from './log-sink.js';

type EndCall = Extract<SystemCall, { call: 'stop' | 'kill' | 'join' }>;
type OtherCall = Exclude<SystemCall, EndCall | { readonly call: 'spawn' | 'spawn-there' }>;

export class Desk {
  constructor(
    readonly supervisor: Supervisor,
    readonly hub: FlowHub,
    readonly hangs: HangWatch,
    readonly log: LogSink,
    readonly shutdown: (options: ShutdownOptions) => Promise<ShutdownReport>,
  ) {}

  receive(message: ToSystem, correlation: number, replyTo: Address): void {
    const { supervisor } = this;
    if (this.hear(message)) return;
    switch (message.op) {
      case 'started':
        supervisor.onStarted(message.actor, message.incarnation, message.isSilent);
        return;
      case 'not-silent':
        supervisor.onNotSilent(message.actor, message.incarnation);
        return;
      case 'start-failed':
        supervisor.onStartFailed(message.actor, message.incarnation, message.error);
        return;
      case 'failed':
        supervisor.onFailed(message.actor, message.incarnation, message.error);
        return;
      case 'retired':
        supervisor.onRetired(message.actor, message.incarnation);
        return;
      case 'sentinel':
        supervisor.onSentinel(message.actor, message.incarnation);
        return;
      case 'stopped':
        supervisor.onStopped(message.actor, message.incarnation, message.abandoned);
        return;
      case 'tapped':
        supervisor.onTapped(message.number, message.error);
        return;
      case 'watch':
        supervisor.watch(message.watcher, message.actor);
        return;
      case 'unwatch':
        supervisor.unwatch(message.watcher, message.actor);
        return;
      case 'observe':
        this.hub.observe(message.what, message.on, message.inbox);
        return;
      case 'attachment-done':
        supervisor.threads.store.forget(message.number);
        return;
      case 'wants-attachment':
        this.#sendAttachment(message.number, message.slot);
        return;
      case 'request':
        this.#answer(message.call, message.from, correlation, replyTo);
        return;
    }
  }

  /** What is told for others to see. @returns whether it was that: nothing else is done about it */
  hear(message: ToHost | ToSystem): boolean {
    const { hub } = this;
    switch (message.op) {
      case 'dead-letter':
        hub.publishLetter(this.#addressed(message));
        this.#letGo(message);
        return true;
      case 'events':
        hub.publish(message.events, message.dropped);
        return true;
      case 'log':
        this.log(message.entry as LogEntry);
        return true;
      default:
        return false;
    }
  }

  /** A thread knows the paths of those that live. Of those that have ended, they are known here. */
  #addressed({ letter, to, from }: Extract<ToSystem, { op: 'dead-letter' }>): DeadLetter {
    const path = (known: string, actor: Address) =>
      known === STOPPED_PATH ? this.supervisor.pathOf(actor) : known;
    return {
      ...letter,
      to: path(letter.to, to),
      from: from === undefined || letter.from === undefined ? letter.from : path(letter.from, from),
    };
  }

  #letGo({ attached = 0, streams = [] }: Extract<ToSystem, { op: 'dead-letter' }>): void {
    if (attached !== 0) this.supervisor.threads.store.forget(attached);
    this.supervisor.host.given.release(streams);
  }

  #sendAttachment(number: number, slot: number): void {
    const { store, entries } = this.supervisor.threads;
    const entry = entries.get(slot);
    // Its asker has died: its record is seen to by who buries that.
    if (entry === undefined || entry.dead) return;
    const deliver = ({ objects, moved }: { objects: readonly unknown[]; moved: readonly unknown[] }) => {
      const transfer = moved.length === 0 ? [] : (transferables(objects) as TransferListItem[]);
      entry.worker?.postMessage({ t: 'attachment', number, objects }, transfer);
    };
    store.take(number, { by: entry.inbox, deliver });
  }

  #answer(call: SystemCall, from: Address | undefined, correlation: number, replyTo: Address): void {
    const asked = new AskedFromThere(this.supervisor.host.post, replyTo, correlation);
    // Those by the hundred thousand, without a promise.
    switch (call.call) {
      case 'spawn':
        this.#spawn(call.spec, from, replyTo, asked);
        return;
      case 'spawn-there':
        this.#spawnThere(call.spec, from, replyTo, asked);
        return;
      case 'stop':
      case 'kill':
      case 'join':
        this.#end(call, from, asked);
        return;
      default:
        this.#carryOut(call, from, replyTo).then(
          (value) => asked.resolve(value),
          (error: unknown) => asked.reject(error),
        );
    }
  }

  async #carryOut(call: OtherCall, from: Address | undefined, replyTo: Address): Promise<unknown> {
    const { supervisor } = this;
    switch (call.call) {
      case 'pool':
        this.#admit(
          call.call,
          call.props.map((props) => ({ ...call.spec, props })),
          from,
          replyTo,
        );
        return supervisor.pool(call.spec, call.size, call.props, call.shardBy);
      case 'supervise': {
        const { parent, name, supervision, strategy, children } = call;
        this.#admit(call.call, children, from, replyTo);
        const recipe = { ...GROUP, supervision };
        const spec = { ...NOTHING_MORE, recipe, parent, name };
        return supervisor.supervise(spec, strategy, children);
      }
      case 'abandon':
        return this.#abandon(call.ticket);
      case 'crash': {
        const node = supervisor.nodeAt(call.actor);
        return node === undefined ? undefined : supervisor.crash(node);
      }
      case 'tap': {
        const node = supervisor.nodeAt(call.actor);
        if (node === undefined)
          throw new ActorStoppedError(supervisor.pathOf(call.actor), { kind: 'stopped' });
        if (node.kind !== 'actor') throw new WrongArgumentError('record', node.path, 'an actor, not several');
        return supervisor.tap(node, call.tap);
      }
      case 'shutdown': {
        const ended = this.shutdown({ timeoutMs: call.timeoutMs, drain: call.drain });
        // The asker is part of what stops: it hears that it has begun.
        if (from !== undefined) return { actors: [], timedOut: false, unkillable: [], durationMs: 0 };
        return ended;
      }
    }
  }

  /** For the program and the actors of this very thread. */
  spawnHere(spec: SpawnRequest, from: Address | undefined, asked: Asked): void {
    const { speaking, inbox } = this.supervisor.host;
    speaking.asNobody(() => this.#spawn(spec, from, inbox, asked));
  }

  /** For the actors of another thread, which know the rest of what they have asked for. */
  #spawnThere(told: ToldRequest, from: Address | undefined, replyTo: Address, asked: AskedFromThere): void {
    const { parent, name, near, ticket, waiting, props } = told;
    const recipe = heard(this.#entryOf(replyTo)?.recipes ?? [], told.recipe);
    this.#spawn({ recipe, parent, name, near, ticket, waiting, props }, from, replyTo, asked);
  }

  #spawn(spec: SpawnRequest, from: Address | undefined, replyTo: Address, asked: Asked): void {
    try {
      this.#admit('spawn', [spec], from, replyTo);
      this.supervisor.spawn(spec, new Spawned(asked));
    } catch (error) {
      asked.reject(error);
    }
  }

  /** A system that closes takes nothing new from the program, while its actors may still need children. */
  #admit(call: string, specs: readonly SpawnRequest[], from: Address | undefined, replyTo: Address): void {
    const { supervisor } = this;
    receiveProps(supervisor.thread, specs);
    try {
      const closing = supervisor.arena.i32[Header.CLOSING] === 1;
      if (closing && from === undefined) throw new SystemStoppedError(call);
      // Nobody would hear of it, and the spawner's next life, which may be coming up already, wants children of its own.
      if (!this.#isAlive(replyTo))
        throw new ActorStoppedError('the spawner', { kind: 'failed', error: undefined });
      for (const { recipe } of specs) this.hangs.mind(recipe.hangTimeoutMs);
    } catch (error) {
      for (const spec of specs) supervisor.discard(spec);
      throw error;
    }
  }

  /** Whether a thread is: its record stands until all that it has asked for is heard. */
  #isAlive(inbox: Address): boolean {
    return this.#entryOf(inbox)?.dead === false;
  }

  #entryOf(inbox: Address): ThreadEntry | undefined {
    for (const entry of this.supervisor.threads.entries.values()) {
      if (sameAddress(entry.inbox, inbox)) return entry;
    }
    return undefined;
  }

  /** Parents come first: of a pool it is the pool that ends, and its workers with it. */
  async #abandon(ticket: string): Promise<void> {
    for (const node of this.supervisor.all()) {
      if (node.ticket !== ticket) continue;
      this.supervisor.kill(node);
      await this.supervisor.join(node);
      return;
    }
  }

  /** How an actor has ended. */
  reportOf(actor: Address): ExitReport {
    return this.supervisor.ended.get(actor) ?? stopped(STOPPED_PATH, 0);
  }

  /** Answered with the actor's report once it has ended. */
  #end(call: EndCall, from: Address | undefined, asked: Asked): void {
    const { supervisor } = this;
    const node = supervisor.nodeAt(call.actor);
    if (node === undefined) {
      asked.resolve(this.reportOf(call.actor));
      return;
    }
    // Itself, or one above it, would wait for itself.
    const self = from !== undefined && (sameAddress(node.address, from) || supervisor.isAncestor(from, node));
    if (!self) node.whenEnded((report) => asked.resolve(report));
    else if (call.call === 'join') asked.reject(new WouldWaitForSelfError(node.path, 'join()'));
    if (call.call === 'stop') supervisor.stop(node, call.timeoutMs);
    else if (call.call === 'kill') supervisor.kill(node);
    // It hears that its end has begun.
    if (self && call.call !== 'join') asked.resolve(stopped(node.path, node.restarts));
  }
}

/** A group has no mail and no code of its own. */
const GROUP: Omit<Recipe, 'supervision'> = {
  types: ['Supervisor'],
  source: { token: 0, slot: 0 },
  concurrency: 1,
  placement: 'inline',
  slot: 0,
  mailbox: { maxItems: 1, maxBytes: 64, maxHeld: 0, dropOldest: false, blackBox: 0 },
  startTimeoutMs: 30_000,
  stopTimeoutMs: 30_000,
  hangTimeoutMs: Number.POSITIVE_INFINITY,
  askTimeoutMs: undefined,
  thread: undefined,
};

const NOTHING_MORE = { near: undefined, ticket: undefined, waiting: undefined, props: 0 };

/** Of one whose counts are not known, or not yet. */
const stopped = (path: string, restarts: number): ExitReport => ({
  path,
  reason: { kind: 'stopped' },
  processed: 0,
  leftover: 0,
  restarts,
  lastMessages: [],
});

/** What of these objects can be moved on. */
function transferables(objects: readonly unknown[]): unknown[] {
  return objects.filter((object) => !(object instanceof SharedArrayBuffer) && !ArrayBuffer.isView(object));
}
