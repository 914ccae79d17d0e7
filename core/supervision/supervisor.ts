/**
 * Starts, watches, restarts, stops: the supervisor's door, on the creating thread. What it does is done by its parts.
 */
import { ThreadDiedError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { Granule } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import type { EndedMetrics, ExitReason, ExitReport, LastMessage } from '../messaging/reports.js';
import type { Boxes } from '../runtime/boxes.js';
import type { SpawnedActor, SpawnRequest } from '../runtime/control.js';
import type { Host } from '../runtime/host.js';
import type { Tap } from '../runtime/taps.js';
import type { ThreadEntry, Threads } from '../runtime/thread.js';
import type { ActorNode, Starting } from './actor-node.js';
import type { Ended } from './ended.js';
import { Ending } from './ending.js';
import { Failures } from './failures.js';
import { Farewell } from './farewell.js';
import { Ground, type SupervisorOptions } from './ground.js';
import { Groups } from './groups.js';
import { LastWords } from './last-words.js';
import { Placement } from './placement.js';
import { Pools } from './pools.js';
import { Restarts } from './restarts.js';
import type { Siblings } from './siblings.js';
import { Starter } from './starter.js';
import { Taps } from './taps.js';
import { Tree } from './tree.js';
import { Undertaker } from './undertaker.js';
import { Watchers } from './watchers.js';

export class Supervisor {
  readonly #ground: Ground;
  readonly #tree: Tree;
  readonly #placement: Placement;
  readonly #watchers: Watchers;
  readonly #ending: Ending;
  readonly #starter: Starter;
  readonly #restarts: Restarts;
  readonly #failures: Failures;
  readonly #undertaker: Undertaker;
  readonly #pools: Pools;
  readonly #groups: Groups;
  readonly #taps: Taps;
  readonly #lastWords: LastWords;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly host: Host,
    boxes: Boxes,
    readonly threads: Threads,
    options: SupervisorOptions,
  ) {
    const ground = new Ground(arena, thread, host, boxes, threads, options);
    const tree = new Tree(ground);
    this.#ground = ground;
    this.#tree = tree;
    this.#placement = new Placement(ground, tree);
    this.#watchers = new Watchers(ground, tree);
    this.#lastWords = new LastWords(ground, tree);
    const farewell = new Farewell(ground, tree, this.#placement, this.#watchers, this.#lastWords);
    this.#ending = new Ending(ground, tree, farewell);
    this.#starter = new Starter(ground, tree, this.#placement, (node, error) =>
      this.#failures.startFailed(node, error),
    );
    this.#restarts = new Restarts(ground, this.#ending, this.#starter);
    this.#failures = new Failures(ground, tree, this.#ending, this.#restarts);
    this.#undertaker = new Undertaker(
      ground,
      tree,
      this.#placement,
      this.#starter,
      this.#failures,
      this.#ending,
      this.#lastWords,
    );
    this.#pools = new Pools(ground, tree, this.#starter, this.#ending);
    this.#groups = new Groups(tree, this.#starter, this.#ending);
    this.#taps = new Taps(ground);
  }

  // --- what actors and the program ask for ------------------------------------------------------------------

  /** Starts an actor. It has started after its `onStart`. Throws as {@link Tree.add} does. */
  spawn(spec: SpawnRequest, starting: Starting): void {
    this.#starter.launch(this.#starter.add(spec, {}), starting);
  }

  /** Frees the props of what is not started after all. */
  discard(spec: SpawnRequest): void {
    this.#tree.discard(spec);
  }

  pool(
    spec: SpawnRequest,
    size: number,
    props: readonly number[],
    shardBy: string | undefined,
  ): Promise<SpawnedActor> {
    return this.#pools.start({ spec, size, props, shardBy });
  }

  supervise(
    spec: SpawnRequest,
    strategy: string,
    children: readonly SpawnRequest[],
  ): Promise<{ self: SpawnedActor; children: SpawnedActor[] }> {
    return this.#groups.start(spec, strategy, children);
  }

  /** Asked to stop: the asker has put the sentinel into the mailbox already; here the clock begins. */
  stop(node: ActorNode, timeoutMs?: number): void {
    this.#ending.stop(node, timeoutMs);
  }

  /** Who of the tree's top is to stop next, see {@link Ending.next}. */
  nextToStop(asked: ReadonlySet<ActorNode>): ActorNode[] {
    return this.#ending.next(this.#tree.top, asked);
  }

  /** Stops an actor from here: with a sentinel of one's own. */
  stopFromHere(node: ActorNode): Promise<ExitReport> {
    return this.#ending.stopFromHere(node);
  }

  /** Ends an actor without asking it. */
  kill(node: ActorNode): void {
    this.#ending.endBy(node, { kind: 'killed' });
  }

  join(node: ActorNode): Promise<ExitReport> {
    return this.#ending.join(node);
  }

  /** Lets an actor's thread die, as a fault would: to try supervision. */
  async crash(node: ActorNode): Promise<void> {
    if (node.ownThread !== undefined) {
      await node.ownThread.worker?.terminate();
      return;
    }
    // While one is being restarted there is nothing to fail.
    await node.until(() => node.state === 'running' || node.isEnding);
    if (node.state === 'running') this.#failures.failed(node, new ThreadDiedError(node.path, 1));
  }

  /** Sets what looks on while an actor works. */
  tap(node: ActorNode, tap: Tap | undefined): Promise<void> {
    return this.#taps.set(node, tap);
  }

  watch(watcher: Address, actor: Address): void {
    this.#watchers.watch(watcher, actor);
  }

  unwatch(watcher: Address, actor: Address): void {
    this.#watchers.unwatch(watcher, actor);
  }

  // --- what the hosts report --------------------------------------------------------------------------------

  onStarted(actor: Address, incarnation: number, isSilent: boolean): void {
    this.#starter.onStarted(actor, incarnation, isSilent);
  }

  onNotSilent(actor: Address, incarnation: number): void {
    const node = this.#tree.current(actor, incarnation);
    if (node !== undefined) node.isSilent = false;
  }

  onStartFailed(actor: Address, incarnation: number, error: unknown): void {
    this.#starter.onStartFailed(actor, incarnation, error);
  }

  onFailed(actor: Address, incarnation: number, error: unknown): void {
    this.#failures.onFailed(actor, incarnation, error);
  }

  onRetired(actor: Address, incarnation: number): void {
    const node = this.#tree.current(actor, incarnation);
    if (node !== undefined) this.#restarts.retired(node);
  }

  onTapped(number: number, error: unknown): void {
    this.#taps.onTapped(number, error);
  }

  onSentinel(actor: Address, incarnation: number): void {
    this.#ending.onSentinel(actor, incarnation);
  }

  onStopped(actor: Address, incarnation: number, abandoned: number): void {
    this.#ending.onStopped(actor, incarnation, abandoned);
  }

  onThreadExit(entry: ThreadEntry, code: number): void {
    this.#undertaker.onThreadExit(entry, code);
  }

  // --- the end of the system --------------------------------------------------------------------------------

  /** From now on nothing is started. */
  close(): void {
    this.#ground.closing = true;
  }

  /** Ends all that is left, whatever it is at. Their threads are to be terminated besides. */
  endByForce(reason: ExitReason): void {
    // Children first: each for that reason, and not for its parent's end.
    for (const node of [...this.#tree.all()].reverse()) this.#ending.endBy(node, reason);
  }

  /** Ends all threads: the tree has ended. */
  endThreads(): Promise<void> {
    return this.#placement.endAll();
  }

  // --- the tree ---------------------------------------------------------------------------------------------

  get nodes(): ReadonlyMap<Granule, ActorNode> {
    return this.#tree.nodes;
  }

  get top(): Siblings {
    return this.#tree.top;
  }

  /** Reports of what has ended, the last ones, in the order of their ends: for late joins, and for a shutdown's. */
  get ended(): Ended {
    return this.#tree.ended;
  }

  get endedCounts(): readonly EndedMetrics[] {
    return this.#tree.counts.read();
  }

  /** Also of one that has ended, while its report is kept. */
  pathOf(actor: Address): string {
    return this.#tree.pathOf(actor);
  }

  /** From shared memory; of one that has ended, from its report. */
  lastMessages(actor: Address): readonly LastMessage[] {
    const node = this.#tree.at(actor);
    if (node !== undefined) return this.#lastWords.of(node, true);
    return this.ended.get(actor)?.lastMessages ?? [];
  }

  nodeAt(address: Address): ActorNode | undefined {
    return this.#tree.at(address);
  }

  isAncestor(of: Address | undefined, node: ActorNode): boolean {
    return this.#tree.isAncestor(of, node);
  }

  /** Everything that has not ended, parents first. */
  all(): Iterable<ActorNode> {
    return this.#tree.all();
  }
}
