/** The creating thread's desk: what hosts report to it, and what actors and the program ask of it. */
import {
  ActorStoppedError,
  SystemStoppedError,
  WouldWaitForSelfError,
  WrongArgumentError,
} from '../errors.js';
import type { FlowHub } from '../flow/flow-hub.js';
import { Header } from '../memory/layout.js';
import { postAnswer } from '../messaging/answer.js';
import { type Address, addressKey, Kind, STOPPED_PATH, sameAddress } from '../messaging/envelope.js';
import type { LogEntry, ShutdownOptions } from '../messaging/options.js';
import type { Identity } from '../messaging/ref-world.js';
import type { DeadLetter, ExitReport, ShutdownReport } from '../messaging/reports.js';
import type { TransferListItem } from '../runtime/attachments.js';
import type { SpawnRequest, SystemCall, ToHost, ToSystem } from '../runtime/control.js';
import { receiveProps } from '../runtime/props.js';
import type { HangWatch } from '../supervision/hang-watch.js';
import type { Supervisor } from '../supervision/supervisor.js';
import type { LogSink } from './log-sink.js';

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
    const { post } = this.supervisor.host;
    const say = (kind: Kind, value: unknown) => postAnswer(post, replyTo, { kind, value, correlation });
    this.#carryOut(call, from, replyTo).then(
      (value) => say(Kind.REPLY, value),
      (error: unknown) => say(Kind.REPLY_ERROR, error),
    );
  }

  async #carryOut(call: SystemCall, from: Address | undefined, replyTo: Address): Promise<unknown> {
    const { supervisor } = this;
    switch (call.call) {
      case 'spawn':
        return this.#spawn(call.spec, from, replyTo);
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
        const spec = { ...GROUP, parent, name, supervision };
        return supervisor.supervise(spec, strategy, children);
      }
      case 'abandon':
        return this.#abandon(call.ticket);
      case 'stop':
      case 'kill':
      case 'join':
        return this.#end(call, from);
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
  spawnHere(spec: SpawnRequest, from: Address | undefined): Promise<Identity> {
    const { speaking, inbox } = this.supervisor.host;
    return speaking.asNobody(() => this.#spawn(spec, from, inbox));
  }

  async #spawn(spec: SpawnRequest, from: Address | undefined, replyTo: Address): Promise<Identity> {
    this.#admit('spawn', [spec], from, replyTo);
    return (await this.supervisor.spawn(spec)).identity;
  }

  /** A system that closes takes nothing new from the program, while its actors may still need children. */
  #admit(call: string, specs: readonly SpawnRequest[], from: Address | undefined, replyTo: Address): void {
    const { supervisor } = this;
    receiveProps(supervisor.thread, specs);
    try {
      for (const { hangTimeoutMs } of specs) this.hangs.mind(hangTimeoutMs);
      const closing = supervisor.arena.i32[Header.CLOSING] === 1;
      if (closing && from === undefined) throw new SystemStoppedError(call);
      // Nobody would hear of it, and the spawner's next life, which may be coming up already, wants children of its own.
      if (!this.#isAlive(replyTo))
        throw new ActorStoppedError('the spawner', { kind: 'failed', error: undefined });
    } catch (error) {
      for (const spec of specs) supervisor.discard(spec);
      throw error;
    }
  }

  /** Whether a thread is, by its inbox: its record stands until all that it has asked for is heard. */
  #isAlive(inbox: Address): boolean {
    for (const entry of this.supervisor.threads.entries.values()) {
      if (sameAddress(entry.inbox, inbox)) return !entry.dead;
    }
    return false;
  }

  /** Parents come first: of a pool it is the pool that ends, and its workers with it. */
  async #abandon(ticket: string): Promise<void> {
    for (const node of this.supervisor.all()) {
      if (node.spec.ticket !== ticket) continue;
      await this.supervisor.kill(node);
      return;
    }
  }

  /** How an actor has ended. */
  reportOf({ box, generation }: Address): ExitReport {
    return this.supervisor.ended.get(addressKey(box, generation)) ?? stopped(STOPPED_PATH, 0);
  }

  /** Resolves to the actor's report once it has ended. */
  async #end(
    call: Extract<SystemCall, { call: 'stop' | 'kill' | 'join' }>,
    from: Address | undefined,
  ): Promise<ExitReport> {
    const { supervisor } = this;
    const node = supervisor.nodeAt(call.actor);
    if (node === undefined) return this.reportOf(call.actor);
    const self = from !== undefined && (sameAddress(node.address, from) || supervisor.isAncestor(from, node));
    const ended =
      call.call === 'stop'
        ? supervisor.stop(node, call.timeoutMs)
        : call.call === 'kill'
          ? supervisor.kill(node)
          : supervisor.join(node);
    if (!self) return ended;
    if (call.call === 'join') throw new WouldWaitForSelfError(node.path, 'join()');
    // It would wait for itself: it hears that its end has begun.
    return stopped(node.path, node.restarts);
  }
}

/** A group has no mail and no code of its own. */
const GROUP: Omit<SpawnRequest, 'parent' | 'name' | 'supervision'> = {
  types: ['Supervisor'],
  source: { token: 0, slot: 0 },
  props: 0,
  concurrency: 1,
  placement: 'inline',
  near: undefined,
  slot: 0,
  waiting: undefined,
  mailbox: { maxItems: 1, maxBytes: 64, maxHeld: 0, dropOldest: false, blackBox: 0 },
  startTimeoutMs: 30_000,
  stopTimeoutMs: 30_000,
  hangTimeoutMs: Number.POSITIVE_INFINITY,
  askTimeoutMs: undefined,
  thread: undefined,
};

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
