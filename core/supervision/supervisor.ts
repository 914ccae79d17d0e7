/**
 * Starts, watches, restarts, stops: the tree of actors, kept by the creating thread.
 */
import {
  ActorStartError,
  ActorStoppedError,
  NameTakenError,
  StartTimeoutError,
  SystemStoppedError,
  ThreadDiedError,
} from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, BoxKind, type Granule, Thread, wordOf } from '../memory/layout.js';
import { homeOf, markAll } from '../memory/ready-set.js';
import { recordOf, type ThreadRecord } from '../memory/thread-record.js';
import { type Identity, REASONS } from '../messaging/actor-ref.js';
import { type Address, addressKey, Kind, sameAddress } from '../messaging/envelope.js';
import type { SupervisionOptions } from '../messaging/options.js';
import type { ExitReason, ExitReport, FlowEvent } from '../messaging/reports.js';
import { idleTableBytes, initIdleTable, wakeIdle } from '../queue/lease.js';
import { type Boxes, closeBox } from '../runtime/boxes.js';
import type { ActorPlan, SpawnedActor, SpawnRequest, ToHost } from '../runtime/control.js';
import type { Host } from '../runtime/host.js';
import { register, unregister } from '../runtime/names.js';
import { type ThreadEntry, type ThreadOptions, Threads } from '../runtime/thread.js';
import { ActorNode, type NodeKind } from './actor-node.js';
import { bury } from './burial.js';
import { drainLeftover, settleInFlight } from './leftovers.js';
import { supervisionOf } from './restart-policy.js';

/** How long a thread has to end by itself, or an abandoned shared actor to let go, before it is terminated. */
const GRACE_MS = 2000;

export interface SupervisorOptions {
  readonly supervision: SupervisionOptions;
  readonly sharedThreads: number;
  readonly warmThreads: number;
  readonly onEvent: (event: FlowEvent) => void;
  readonly onEscalated: (path: string, error: unknown) => void;
}

export class Supervisor {
  readonly nodes = new Map<number, ActorNode>();
  readonly top: ActorNode[] = [];
  readonly #names = new Set<string>();
  readonly #shared: ThreadEntry[] = [];
  readonly #warm: ThreadEntry[] = [];
  #nextShared = 0;
  #nextTopName = 0;
  /** Reports of what has ended: the last ones, for late joins. */
  readonly ended = new Map<number, ExitReport>();
  readonly reports: ExitReport[] = [];
  closing = false;
  readonly unburied = new Set<ThreadEntry>();

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly host: Host,
    readonly boxes: Boxes,
    readonly threads: Threads,
    readonly options: SupervisorOptions,
  ) {
    this.#warmUp();
  }

  // --- starting ---------------------------------------------------------------------------------------------

  /** Starts an actor; resolves after its `onStart`. */
  async spawn(
    spec: SpawnRequest,
    inner: { pool?: ActorNode['pool']; parent?: ActorNode } = {},
  ): Promise<ActorNode> {
    const node = this.#register('actor', spec, inner.parent);
    node.pool = inner.pool;
    return this.#bringUp(node);
  }

  #bringUp(node: ActorNode): Promise<ActorNode> {
    return new Promise((resolve, reject) => {
      node.started = { resolve: () => resolve(node), reject };
      this.#start(node);
    });
  }

  #register(
    kind: NodeKind,
    spec: SpawnRequest,
    under?: ActorNode,
    askTimeoutMs = spec.askTimeoutMs,
  ): ActorNode {
    const parent = under ?? (spec.parent === undefined ? undefined : this.nodeAt(spec.parent));
    if (this.closing || parent?.isEnding === true || (spec.parent !== undefined && parent === undefined)) {
      throw new SystemStoppedError('spawn');
    }
    const type = spec.types[0] ?? 'Actor';
    let name = spec.name;
    while (
      name === undefined ||
      (spec.name === undefined && this.#names.has(`${parent?.path ?? ''}/${name}`))
    ) {
      name = parent === undefined ? `${type}-${++this.#nextTopName}` : parent.nextName(type);
    }
    const path = `${parent?.path ?? ''}/${name}`;
    if (this.#names.has(path)) throw new NameTakenError(path);
    const address = this.boxes.open({
      kind: kind === 'pool' ? BoxKind.POOL : BoxKind.ACTOR,
      maxItems: spec.mailbox.maxItems,
      maxBytes: spec.mailbox.maxBytes,
      maxHeld: spec.mailbox.maxHeld,
    });
    const identity: Identity = { ...address, path, types: spec.types, askTimeoutMs };
    const base = wordOf(address.box);
    this.arena.i32[base + Box.PROPS] = spec.props;
    if (spec.props !== 0) this.threads.store.keep(this.arena.i32[spec.props * 2 + 1]);
    register(this.arena, this.thread, identity);
    this.#names.add(path);
    const supervision = supervisionOf(this.options.supervision, spec.supervision);
    const node = new ActorNode(kind, identity, parent, spec, supervision);
    this.nodes.set(addressKey(address.box, address.generation), node);
    (parent?.children ?? this.top).push(node);
    return node;
  }

  #start(node: ActorNode): void {
    const { spec } = node;
    if (node.needsThread || node.thread === undefined || node.thread.dead) {
      try {
        this.#place(node);
      } catch (error) {
        this.#startFailed(node, error);
        return;
      }
    }
    node.incarnation++;
    const { i32 } = this.arena;
    i32[wordOf(node.identity.box) + Box.INCARNATION] = node.incarnation;
    if (Number.isFinite(spec.startTimeoutMs)) {
      node.startTimer = setTimeout(() => this.#startTimedOut(node), spec.startTimeoutMs);
    }
    const { restarts } = node;
    if (node.needsThread) {
      node.needsThread = false;
      this.#say(node.thread as ThreadEntry, { op: 'start', plan: this.#planOf(node, restarts > 0) });
    } else {
      this.#say(node.thread as ThreadEntry, {
        op: 'restart',
        actor: node.address,
        incarnation: node.incarnation,
      });
    }
  }

  #planOf(node: ActorNode, restarted: boolean): ActorPlan {
    const { supervision } = node;
    return {
      ...node.address,
      path: node.path,
      types: node.identity.types,
      source: node.spec.source,
      index: node.index,
      incarnation: node.incarnation,
      parent: node.parent?.address,
      supervision: {
        restart: supervision.restart,
        maxRestarts: supervision.maxRestarts,
        withinMs: supervision.withinMs,
        onError: supervision.onError,
        inFlight: supervision.inFlight,
        maxAttempts: supervision.maxAttempts,
      },
      askTimeoutMs: node.identity.askTimeoutMs,
      pool: node.pool && {
        box: node.pool.node.address,
        worker: node.pool.worker,
        path: node.pool.node.path,
      },
      shared: node.spec.placement === 'shared',
      restarted,
    };
  }

  /** Finds the actor a thread, and tells producers where it lives. */
  #place(node: ActorNode): void {
    const { spec } = node;
    let entry: ThreadEntry | undefined;
    if (spec.placement === 'inline') {
      entry = this.threads.entries.get(spec.slot);
      if (entry === undefined || entry.dead) throw new ThreadDiedError(node.path, undefined);
    } else if (spec.placement === 'shared') {
      entry = this.#sharedThread();
    } else {
      entry = spec.thread === undefined ? this.#warm.shift() : undefined;
      entry ??= this.threads.create(spec.thread as ThreadOptions | undefined);
      this.#warmUp();
    }
    node.thread = entry;
    node.index = Threads.placeIn(entry);
    Atomics.store(this.arena.i32, wordOf(node.identity.box) + Box.HOME, homeOf(entry.slot, node.index));
  }

  #sharedThread(): ThreadEntry {
    const at = this.#nextShared++ % this.options.sharedThreads;
    let entry = this.#shared[at];
    if (entry === undefined || entry.dead) {
      entry = this.threads.create({}, true);
      this.#shared[at] = entry;
    }
    return entry;
  }

  #warmUp(): void {
    while (!this.closing && this.#warm.length < this.options.warmThreads)
      this.#warm.push(this.threads.create());
  }

  onStarted(actor: Address, incarnation: number): void {
    const node = this.#current(actor, incarnation);
    if (node === undefined || node.state === 'running' || node.ending !== undefined) return;
    clearTimeout(node.startTimer);
    node.state = 'running';
    const base = { time: Date.now(), actor: node.path };
    if (node.restarts > 0) {
      this.options.onEvent({ ...base, kind: 'restarted', restarts: node.restarts, error: node.lastError });
    } else {
      const id = addressKey(node.identity.box, node.identity.generation) as never;
      this.options.onEvent({ ...base, kind: 'started', type: node.identity.types[0], id });
    }
    node.started?.resolve();
    node.started = undefined;
    if (node.pool !== undefined) wakeIdle(this.arena.i32, node.pool.node.identity.box, 1);
  }

  onStartFailed(actor: Address, incarnation: number, error: unknown): void {
    const node = this.#current(actor, incarnation);
    if (node !== undefined) this.#startFailed(node, error);
  }

  #startTimedOut(node: ActorNode): void {
    this.#startFailed(node, new StartTimeoutError(node.path, node.spec.startTimeoutMs));
  }

  #startFailed(node: ActorNode, error: unknown): void {
    clearTimeout(node.startTimer);
    if (node.started !== undefined) {
      const { reject } = node.started;
      node.started = undefined;
      const late = error instanceof StartTimeoutError;
      const failure = late ? error : new ActorStartError(node.path, error);
      // Nothing is left behind: the name is free when the spawner hears of it.
      node.whenEnded.push(() => reject(failure));
      this.#endBy(node, { kind: 'failed', error });
      return;
    }
    // A start that hangs holds its thread: only a new one helps.
    if (error instanceof StartTimeoutError && node.thread?.worker !== undefined && !node.thread.shared) {
      void node.thread.worker.terminate();
      return;
    }
    this.#failed(node, error, false);
  }

  // --- failing ----------------------------------------------------------------------------------------------

  onFailed(actor: Address, incarnation: number, error: unknown): void {
    const node = this.#current(actor, incarnation);
    if (node !== undefined && !node.isEnding) this.#failed(node, error, true);
  }

  #failed(node: ActorNode, error: unknown, thrown: boolean, charged = true): void {
    node.lastError = error;
    const decision = charged
      ? node.policy.onFailure(performance.now(), thrown)
      : ({ do: 'restart', delayMs: 0 } as const);
    if (decision.do === 'restart') {
      this.#restart(node, decision.delayMs);
      this.#restartSiblings(node);
      return;
    }
    this.#endBy(node, { kind: 'failed', error });
    if (decision.do === 'escalate') this.#escalate(node, error);
  }

  /** The group's strategy: who else is restarted with a child that failed. */
  #restartSiblings(node: ActorNode): void {
    const group = node.parent;
    if (group?.kind !== 'group' || group.strategy === 'one-for-one') return;
    const from = group.strategy === 'one-for-all' ? 0 : group.children.indexOf(node) + 1;
    for (const sibling of group.children.slice(from)) {
      if (sibling === node || sibling.state !== 'running') continue;
      sibling.lastError = node.lastError;
      this.#restart(sibling, 0);
    }
  }

  #restart(node: ActorNode, delayMs: number): void {
    node.state = 'restarting';
    node.restarts++;
    this.arena.i32[wordOf(node.identity.box) + Box.RESTARTS] = node.restarts;
    this.stopChildren(node).then(() => {
      if (node.isEnding) {
        this.#continueEnding(node);
        return;
      }
      if (delayMs <= 0) this.#start(node);
      else {
        node.backoffTimer = setTimeout(() => {
          if (node.isEnding) this.#continueEnding(node);
          else this.#start(node);
        }, delayMs);
      }
    });
  }

  #escalate(node: ActorNode, error: unknown): void {
    const { parent } = node;
    if (parent === undefined) {
      this.options.onEscalated(node.path, error);
      return;
    }
    if (parent.isEnding) return;
    if (parent.kind === 'actor') {
      this.#failed(parent, new ActorStoppedError(node.path, { kind: 'escalated', from: node.path }), false);
      return;
    }
    this.#endBy(parent, { kind: 'escalated', from: node.path });
    this.#escalate(parent, error);
  }

  // --- threads ----------------------------------------------------------------------------------------------

  /** A worker has ended: settle what it left, then decide for each of its actors. */
  onThreadExit(entry: ThreadEntry, code: number): void {
    const current = this.arena.i32[recordOf(entry.slot) + Thread.CURRENT] as Granule;
    const at = this.#shared.indexOf(entry);
    if (at >= 0) delete this.#shared[at];
    const warm = this.#warm.indexOf(entry);
    if (warm >= 0) this.#warm.splice(warm, 1);
    this.unburied.add(entry);
    this.#bury(entry, code, current);
  }

  #bury(entry: ThreadEntry, code: number, current: Granule): void {
    const nodes = [...this.nodes.values()].filter(
      (node) => node.thread === entry && node.state !== 'stopped',
    );
    const boxes = nodes.map((node) => node.identity.box);
    if (!bury(this.arena, this.thread, entry.slot, boxes)) {
      setImmediate(() => this.#bury(entry, code, current));
      return;
    }
    // Everything it had sent goes first; notices of its actors' end stand behind.
    this.host.post.adopt(recordOf(entry.slot));
    for (const other of this.threads.entries.values()) {
      if (other.dead) continue;
      markAll(this.arena.i32, other.slot);
      this.#say(other, { op: 'thread-died', inbox: entry.inbox, path: `thread ${entry.slot}` });
    }
    for (const node of this.nodes.values()) {
      if (node.kind === 'pool') wakeIdle(this.arena.i32, node.identity.box, Number.POSITIVE_INFINITY);
    }
    this.#passOn(entry);
    this.#freeInbox(entry);
    this.unburied.delete(entry);
    const busy = nodes.filter((node) => this.#isBusy(node));
    for (const node of nodes) {
      const error = entry.error ?? new ThreadDiedError(node.path, code);
      const charged =
        !entry.shared ||
        node.identity.box === current ||
        (current === 0 && (busy.length === 0 || busy.includes(node)));
      this.#lostThread(node, error, charged);
    }
    this.#warmUp();
  }

  #isBusy(node: ActorNode): boolean {
    const { i32 } = this.arena;
    const base = wordOf(node.identity.box);
    return i32[base + Box.LEASES] !== 0 || i32[base + Box.LANE0 + 1] !== i32[base + Box.DONE];
  }

  /** What the creating thread had asked the dead one to tell, it tells itself. */
  #passOn(entry: ThreadEntry): void {
    drainLeftover(this.host, entry.inbox, undefined, (message) => {
      const control = message as ToHost;
      if (control.op === 'notify') this.host.notify(control.watcher, control.note);
    });
  }

  #freeInbox(entry: ThreadEntry): void {
    if (this.boxes.release(entry.inbox)) this.threads.forget(entry);
    else setImmediate(() => this.#freeInbox(entry));
  }

  #lostThread(node: ActorNode, error: unknown, charged: boolean): void {
    node.needsThread = true;
    node.thread = undefined;
    const path = node.path;
    const reason: ExitReason = node.ending ?? { kind: 'failed', error };
    for (const other of this.threads.entries.values()) {
      if (!other.dead) this.#say(other, { op: 'life-ended', actor: node.address, path, reason });
    }
    if (node.ending !== undefined) {
      // It was being ended: its children first, then it is over.
      void this.#finalizeAfterChildren(node, node.ending);
      return;
    }
    if (node.state === 'starting') {
      this.#startFailed(node, error);
      return;
    }
    const wasStopping = node.state === 'stopping';
    clearTimeout(node.startTimer);
    settleInFlight(this.host, node, { kind: 'failed', error });
    if (wasStopping) void this.#finalizeAfterChildren(node, { kind: 'failed', error });
    else this.#failed(node, error, false, charged);
  }

  async #finalizeAfterChildren(node: ActorNode, reason: ExitReason): Promise<void> {
    node.ending = reason;
    await this.stopChildren(node);
    this.#finalize(node, reason);
  }

  // --- stopping ---------------------------------------------------------------------------------------------

  /** The sentinel came: children first, then the actor itself. */
  onSentinel(actor: Address, incarnation: number): void {
    const node = this.#current(actor, incarnation);
    if (node === undefined || node.isEnding) return;
    void this.#stopInOrder(node, { kind: 'stopped' });
  }

  async #stopInOrder(node: ActorNode, reason: ExitReason): Promise<void> {
    node.state = 'stopping';
    this.#armStop(node, node.spec.stopTimeoutMs);
    await this.stopChildren(node);
    if (node.state === 'stopping' && node.ending === undefined && node.thread !== undefined) {
      node.ending = reason;
      this.#say(node.thread, { op: 'finish', actor: node.address, reason });
    }
  }

  onStopped(actor: Address, incarnation: number, abandoned: number): void {
    const node = this.#current(actor, incarnation);
    if (node !== undefined) this.#finalize(node, node.ending ?? { kind: 'stopped' }, abandoned);
  }

  #armStop(node: ActorNode, timeoutMs: number): void {
    if (!Number.isFinite(timeoutMs) || node.stopTimer !== undefined) return;
    node.stopTimer = setTimeout(() => {
      if (node.thread !== undefined) this.#say(node.thread, { op: 'abort', actor: node.address });
      this.#endBy(node, { kind: 'timed-out' });
    }, timeoutMs);
  }

  /** Asked to stop: the asker has put the sentinel into the mailbox already; here the clock begins. */
  stop(node: ActorNode, timeoutMs = node.spec.stopTimeoutMs): Promise<ExitReport> {
    if (node.kind !== 'actor') return this.#stopComposite(node, timeoutMs);
    if (!node.isEnding) this.#armStop(node, timeoutMs);
    return this.join(node);
  }

  /** Stops an actor from here: with a sentinel of one's own. */
  stopFromHere(node: ActorNode): Promise<ExitReport> {
    if (node.kind === 'actor' && !node.isEnding) {
      this.host.post.post(node.address, { kind: Kind.SENTINEL, args: [] });
      this.host.post.flush();
    }
    return this.stop(node);
  }

  /** A pool drains its queue, then its workers stop; a group stops its children in reverse. */
  async #stopComposite(node: ActorNode, timeoutMs: number): Promise<ExitReport> {
    if (!node.isEnding && node.state !== 'stopping') {
      node.state = 'stopping';
      this.#armStop(node, timeoutMs);
      if (node.kind === 'pool') {
        this.host.post.post(node.address, { kind: Kind.SENTINEL, args: [] });
        this.host.post.flush();
        await this.#poolDrained(node);
      }
      await this.stopChildren(node);
      if (node.ending === undefined) this.#finalize(node, { kind: 'stopped' });
    }
    return this.join(node);
  }

  /** The workers take what is left; the last record is the sentinel, which none of them takes. */
  #poolDrained(node: ActorNode): Promise<void> {
    const { i32 } = this.arena;
    return new Promise((resolve) => {
      const look = () => {
        const base = wordOf(node.identity.box);
        const left = (i32[base + Box.LANE0 + 1] - Atomics.load(i32, base + Box.LANE0_CONSUMER + 1)) | 0;
        if (left <= 1 || node.isEnding || node.children.every((child) => child.state === 'stopped'))
          resolve();
        else setTimeout(look, 1);
      };
      look();
    });
  }

  async stopChildren(node: ActorNode): Promise<void> {
    for (const child of [...node.children].reverse()) await this.stopFromHere(child);
  }

  /** Ends an actor without asking it. */
  kill(node: ActorNode): Promise<ExitReport> {
    this.#endBy(node, { kind: 'killed' });
    return this.join(node);
  }

  /** Lets an actor's thread die, as a fault would: to try supervision. */
  crash(node: ActorNode): Promise<void> {
    const { thread } = node;
    if (thread?.worker === undefined || thread.shared) {
      if (thread !== undefined) this.#failed(node, new ThreadDiedError(node.path, 1), false);
      return Promise.resolve();
    }
    return thread.worker.terminate().then(() => undefined);
  }

  #endBy(node: ActorNode, reason: ExitReason): void {
    if (node.state === 'stopped' || (node.ending !== undefined && node.ending.kind !== 'stopped')) return;
    node.ending = reason;
    node.clearTimers();
    node.stopTimer = undefined;
    const graceful = reason.kind === 'failed' || reason.kind === 'escalated';
    const children = graceful
      ? this.stopChildren(node)
      : Promise.all([...node.children].map((child) => this.kill(child))).then(() => undefined);
    void children.then(() => this.#continueEnding(node));
  }

  #continueEnding(node: ActorNode): void {
    if (node.state === 'stopped') return;
    const { thread } = node;
    const reason = node.ending ?? { kind: 'stopped' };
    if (node.kind !== 'actor' || thread === undefined || thread.dead) {
      this.#finalize(node, reason);
      return;
    }
    const forced = reason.kind === 'killed' || reason.kind === 'timed-out';
    if (forced && thread.worker !== undefined && !thread.shared && node.spec.placement === 'thread') {
      void thread.worker.terminate();
      return;
    }
    this.#say(thread, {
      op: 'finish',
      actor: node.address,
      reason: forced ? { kind: 'killed' } : reason,
    });
    // One that does not let go of a thread it shares takes the thread along.
    node.stopTimer = setTimeout(() => {
      if (thread.worker !== undefined) void thread.worker.terminate();
      else this.#finalize(node, reason);
    }, GRACE_MS);
  }

  /** It is over: leftover mail, name, watchers, joins, thread. */
  #finalize(node: ActorNode, reason: ExitReason, abandoned = 0): void {
    if (node.state === 'stopped') return;
    if (!closeBox(this.arena, this.thread, node.address)) {
      setImmediate(() => this.#finalize(node, reason, abandoned));
      return;
    }
    node.clearTimers();
    node.state = 'stopped';
    node.ending = reason;
    const { i32 } = this.arena;
    const base = wordOf(node.identity.box);
    i32[base + Box.REASON] = REASONS.indexOf(reason.kind);
    const inFlight = node.kind === 'actor' ? settleInFlight(this.host, node, reason) : 0;
    const leftover = abandoned + inFlight + drainLeftover(this.host, node.address, reason);
    const children = node.kind === 'pool' ? node.children : [];
    const report: ExitReport = {
      path: node.path,
      reason,
      processed: i32[base + Box.PROCESSED] + children.reduce((sum, c) => sum + (c.report?.processed ?? 0), 0),
      leftover: leftover + children.reduce((sum, c) => sum + (c.report?.leftover ?? 0), 0),
      restarts: node.restarts + children.reduce((sum, c) => sum + c.restarts, 0),
      lastMessages: [],
    };
    node.report = report;
    this.#forget(node, report);
    this.#notifyWatchers(node, reason);
    this.options.onEvent({ kind: 'stopped', time: Date.now(), actor: node.path, reason });
    node.started?.reject(new ActorStoppedError(node.path, reason));
    node.started = undefined;
    for (const ended of node.whenEnded.splice(0)) ended(report);
  }

  #forget(node: ActorNode, report: ExitReport): void {
    const { arena } = this;
    const key = addressKey(node.identity.box, node.identity.generation);
    unregister(arena, this.thread, node.identity.box);
    this.#names.delete(node.path);
    this.nodes.delete(key);
    const siblings = node.parent?.children ?? this.top;
    // A pool counts its workers' reports once it ends.
    if (node.parent?.kind !== 'pool') siblings.splice(siblings.indexOf(node), 1);
    this.ended.set(key, report);
    if (this.ended.size > 10_000) this.ended.delete(this.ended.keys().next().value as number);
    this.reports.push(report);
    if (this.reports.length > 10_000) this.reports.shift();
    const props = arena.i32[wordOf(node.identity.box) + Box.PROPS];
    if (props !== 0) this.threads.store.release(arena.i32[props * 2 + 1]);
    this.#freeBox(node.address);
    const { thread } = node;
    if (thread === undefined || thread.dead) return;
    thread.indexes.delete(node.index);
    if (node.spec.placement === 'thread') this.#endThread(thread);
  }

  #freeBox(address: Address): void {
    if (!this.boxes.release(address)) setImmediate(() => this.#freeBox(address));
  }

  #endThread(thread: ThreadEntry): void {
    this.#say(thread, { op: 'exit' });
    thread.exitTimer = setTimeout(() => void thread.worker?.terminate(), GRACE_MS);
  }

  #notifyWatchers(node: ActorNode, reason: ExitReason): void {
    const note = { actor: node.address, path: node.path, type: node.identity.types[0], reason };
    for (const watcher of node.watchers.values()) this.#notify(node.thread, watcher, note);
    node.watchers.clear();
  }

  #notify(thread: ThreadEntry | undefined, watcher: Address, note: Parameters<Host['notify']>[1]): void {
    // Behind everything the dead one's thread had sent: by that thread itself, or behind the chains it left.
    if (thread !== undefined && !thread.dead && thread.worker !== undefined) {
      this.#say(thread, { op: 'notify', watcher, note });
      return;
    }
    const orphan = this.host.post.orphanFor(watcher);
    if (orphan === undefined) this.host.notify(watcher, note);
    else this.host.post.postBehind(orphan, { kind: Kind.TERMINATED, value: note });
  }

  watch(watcher: Address, actor: Address): void {
    const node = this.nodeAt(actor);
    const key = addressKey(watcher.box, watcher.generation);
    if (node !== undefined) {
      node.watchers.set(key, watcher);
      return;
    }
    const report = this.ended.get(addressKey(actor.box, actor.generation));
    const note = {
      actor,
      path: report?.path ?? '/(stopped)',
      type: 'Actor',
      reason: report?.reason ?? { kind: 'stopped' },
    };
    this.host.notify(watcher, note);
  }

  unwatch(watcher: Address, actor: Address): void {
    this.nodeAt(actor)?.watchers.delete(addressKey(watcher.box, watcher.generation));
  }

  join(node: ActorNode): Promise<ExitReport> {
    if (node.report !== undefined) return Promise.resolve(node.report);
    return new Promise((resolve) => node.whenEnded.push(resolve));
  }

  // --- pools and groups -------------------------------------------------------------------------------------

  async pool(
    spec: SpawnRequest,
    size: number,
    props: readonly number[],
    shardBy: string | undefined,
  ): Promise<SpawnedActor> {
    const node = this.#register('pool', spec);
    const { arena } = this;
    const table = arena.demand(this.thread, idleTableBytes(size));
    initIdleTable(arena, table, size);
    arena.i32[wordOf(node.identity.box) + Box.IDLE] = table;
    this.thread.letGo();
    node.state = 'running';
    const inner = (worker: number): SpawnRequest => ({
      ...spec,
      props: props[worker],
      name: `${worker}`,
      parent: node.address,
    });
    const started = await Promise.allSettled(
      props.map((_, worker) => {
        const pool = shardBy === undefined ? { node, worker } : undefined;
        return this.spawn(inner(worker), { pool, parent: node });
      }),
    );
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.stop(node);
      throw failed.reason;
    }
    if (shardBy === undefined) return node.identity;
    const workers = node.children.map((child) => child.address);
    return { ...node.identity, shards: { by: shardBy, workers } };
  }

  async supervise(
    spec: SpawnRequest,
    strategy: string,
    children: readonly SpawnRequest[],
  ): Promise<{ self: SpawnedActor; children: SpawnedActor[] }> {
    const group = this.#register('group', spec);
    group.state = 'running';
    group.strategy = strategy;
    const started: SpawnedActor[] = [];
    try {
      for (const child of children) {
        const node = await this.spawn({ ...child, parent: group.address }, { parent: group });
        started.push(node.identity);
      }
    } catch (error) {
      await this.stop(group);
      throw error;
    }
    return { self: group.identity, children: started };
  }

  // --- helpers ----------------------------------------------------------------------------------------------

  nodeAt(address: Address): ActorNode | undefined {
    return this.nodes.get(addressKey(address.box, address.generation));
  }

  #current(actor: Address, incarnation: number): ActorNode | undefined {
    const node = this.nodeAt(actor);
    return node?.incarnation === incarnation ? node : undefined;
  }

  #say(entry: ThreadEntry, message: ToHost): void {
    this.host.post.post(entry.inbox, { kind: Kind.CONTROL, value: message });
  }

  /** Ends all threads: the tree has ended. */
  async endThreads(): Promise<void> {
    this.closing = true;
    const waits: Promise<void>[] = [];
    for (const entry of this.threads.entries.values()) {
      if (entry.worker === undefined || entry.dead) continue;
      waits.push(entry.exited);
      if (entry.exitTimer === undefined) this.#endThread(entry);
    }
    this.host.post.flush();
    await Promise.all(waits);
  }

  isAncestor(of: Address | undefined, node: ActorNode): boolean {
    let at = of === undefined ? undefined : this.nodeAt(of);
    for (; at !== undefined; at = at.parent) if (sameAddress(at.address, node.address)) return true;
    return false;
  }

  /** Everything that has not ended, parents first. */
  *all(nodes: readonly ActorNode[] = this.top): Generator<ActorNode> {
    for (const node of nodes) {
      yield node;
      yield* this.all(node.children);
    }
  }
}
