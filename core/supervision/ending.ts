/**
 * Ends actors: children before parents, the last started first. In order, behind what the mailbox holds; or at once,
 * since somebody said so, or something failed.
 */

import { Box, BoxFlag, Lane, LaneConsumer, wordOf } from '../memory/layout.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { ExitReason, ExitReport } from '../messaging/reports.js';
import { consumerWords, depthOf, producerWords } from '../queue/block-chain.js';
import { holdsLease } from '../queue/lease.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import type { Farewell } from './farewell.js';
import type { Ground } from './ground.js';
import type { Siblings } from './siblings.js';
import type { Tree } from './tree.js';

/** How long a handler has to see that its stop ran out of time, before its thread is terminated. */
const LAST_WORD_MS = 100;

/** How long one that is to end at once has to let go of a thread that it does not own. */
const LET_GO_MS = 2000;

/** So many may end at once. */
const TOGETHER = 256;

const STOPPED: ExitReason = { kind: 'stopped' };
const KILLED: ExitReason = { kind: 'killed' };

/** By force: no `onStop`, and no waiting for it. */
const isForced = (reason: ExitReason): boolean => reason.kind === 'killed' || reason.kind === 'timed-out';

export class Ending {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly farewell: Farewell,
  ) {}

  join(node: ActorNode): Promise<ExitReport> {
    if (node.report !== undefined) return Promise.resolve(node.report);
    return new Promise((resolve) => node.whenEnded(resolve));
  }

  // --- in order ---------------------------------------------------------------------------------------------

  /** Asked to stop: the asker has put the sentinel into the mailbox already; here the clock begins. */
  stop(node: ActorNode, timeoutMs = node.spec.stopTimeoutMs): void {
    if (node.isEnding) return;
    this.#arm(node, timeoutMs);
    // What is to end waits for no backoff.
    node.hurry();
    node.parent?.hurry();
    if (node.kind !== 'actor') void this.#stopComposite(node);
  }

  /** Stops it from here: with a sentinel of one's own. */
  stopFromHere(node: ActorNode): Promise<ExitReport> {
    if (node.kind === 'actor' && !node.isEnding) this.#putSentinel(node);
    this.stop(node);
    return this.join(node);
  }

  #putSentinel(node: ActorNode): void {
    const { post } = this.ground.host;
    post.insist(node.address, { kind: Kind.SENTINEL, args: [] });
    post.flush();
  }

  #arm(node: ActorNode, timeoutMs: number): void {
    if (node.stopLimit !== 0) return;
    node.stopLimit = this.ground.limit(timeoutMs, () => {
      if (node.thread !== undefined) this.ground.say(node.thread, { op: 'abort', actor: node.address });
      this.endBy(node, { kind: 'timed-out' });
    });
  }

  /** The sentinel came: children first, then the actor itself. */
  onSentinel(actor: Address, incarnation: number): void {
    const node = this.tree.current(actor, incarnation);
    if (node === undefined || node.isEnding) return;
    if (node.state === 'running') this.#stopInOrder(node);
    // Its group was about to restart it. Everything before the sentinel was handled: it ends instead.
    else if (node.state === 'restarting') this.endBy(node, STOPPED);
  }

  #stopInOrder(node: ActorNode): void {
    node.state = 'stopping';
    this.#arm(node, node.spec.stopTimeoutMs);
    if (node.children.isEmpty) this.#finish(node);
    else void this.#stopChildren(node).then(() => this.#finish(node));
  }

  #finish(node: ActorNode): void {
    if (node.isEnding || node.thread === undefined) return;
    node.ending = STOPPED;
    this.#sayFinish(node, node.thread, STOPPED);
  }

  /** Also those that are started meanwhile. */
  async #stopChildren({ children }: ActorNode): Promise<void> {
    for (let next = this.next(children); next.length > 0; next = this.next(children)) {
      await Promise.all(next.map((child) => this.stopFromHere(child)));
    }
  }

  /**
   * Who of these siblings ends next: the one that was started last. With it those before it, as long as nobody could
   * tell in which order they end: one after the other, ten thousand shared actors took 4.5 s, and together 0.6.
   * @param asked who is on the way already
   */
  next(siblings: Siblings, asked?: ReadonlySet<ActorNode>): ActorNode[] {
    const next: ActorNode[] = [];
    for (const node of siblings.reversed()) {
      if (node.state === 'stopped' || asked?.has(node) === true) continue;
      const isUnnoticed = this.#endsUnnoticed(node);
      if (!isUnnoticed && next.length > 0) break;
      next.push(node);
      if (!isUnnoticed || next.length === TOGETHER) break;
    }
    return next;
  }

  /** No code of its own runs at its end, nothing is under way with it, and nobody watches. */
  #endsUnnoticed(node: ActorNode): boolean {
    if (!node.isSilent || node.state !== 'running' || node.spec.placement !== 'shared') return false;
    if (node.isEnding || !node.children.isEmpty || node.watchers !== undefined) return false;
    const { i32 } = this.ground.arena;
    const { box } = node.identity;
    return depthOf(i32, box) === 0 && !holdsLease(i32, box);
  }

  /** Closed, and nothing left but the sentinel: it need not come back for that. */
  isDone(node: ActorNode): boolean {
    return this.#leftBehindStop(node) <= 1;
  }

  /** Not even the sentinel is left: it was met. */
  hasMetSentinel(node: ActorNode): boolean {
    return this.#leftBehindStop(node) === 0;
  }

  #leftBehindStop({ identity: { box } }: ActorNode): number {
    const { i32 } = this.ground.arena;
    const closed = (i32[wordOf(box) + Box.FLAGS] & BoxFlag.CLOSED) !== 0;
    return closed && !holdsLease(i32, box) ? depthOf(i32, box) : Number.POSITIVE_INFINITY;
  }

  onStopped(actor: Address, incarnation: number, abandoned: number): void {
    const node = this.tree.current(actor, incarnation);
    if (node !== undefined) this.farewell.finalize(node, node.ending ?? STOPPED, abandoned);
  }

  /** A pool drains its queue, then its workers stop; a group stops its children in reverse. */
  async #stopComposite(node: ActorNode): Promise<void> {
    // A restart under way is finished first: what its children hold is to be handled.
    await node.until(() => node.round === undefined || node.isEnding);
    // Ending by now, or stopping already.
    if (!node.takesChildren) return;
    node.state = 'stopping';
    // What is below it waits for no backoff either.
    for (const child of [...node.children]) child.hurry();
    if (node.kind === 'pool') {
      this.#putSentinel(node);
      await this.#drained(node);
    }
    await this.#stopChildren(node);
    if (!node.isEnding) this.farewell.finalize(node, STOPPED);
  }

  /** The workers take what is left; the last record is the sentinel, which none of them takes. */
  #drained(pool: ActorNode): Promise<void> {
    const { i32 } = this.ground.arena;
    const put = producerWords(pool.identity.box, 0) + Lane.PUT;
    const taken = consumerWords(pool.identity.box, 0) + LaneConsumer.TAKEN;
    return new Promise((resolve) => {
      const look = () => {
        const left = (i32[put] - Atomics.load(i32, taken)) | 0;
        if (left <= 1 || pool.isEnding || !pool.hasLivingChildren) resolve();
        else setTimeout(look, 1);
      };
      look();
    });
  }

  // --- at once ----------------------------------------------------------------------------------------------

  kill(node: ActorNode): Promise<ExitReport> {
    this.endBy(node, KILLED);
    return this.join(node);
  }

  /** It ends for that reason, whatever it is at. What its mailbox holds is not handled any more. */
  endBy(node: ActorNode, reason: ExitReason): void {
    if (node.state === 'stopped') return;
    // Force goes over a gentler end that is under way.
    if (node.ending !== undefined && (isForced(node.ending) || !isForced(reason))) return;
    node.ending = reason;
    this.ground.endWaits(node);
    if (node.round !== undefined) node.round.over = true;
    node.changed();
    const childrens = reasonBelow(node, reason);
    const children = isForced(reason)
      ? Promise.all([...node.children].map((child) => this.kill(child)))
      : this.endChildren(node, childrens);
    void children.then(() => {
      // Unless force has taken over meanwhile.
      if (node.ending === reason) this.#endItself(node, reason);
    });
  }

  /** Ends the children, the last started first, each with its `onStop`. */
  async endChildren({ children }: ActorNode, reason: ExitReason): Promise<void> {
    for (let next = this.next(children); next.length > 0; next = this.next(children)) {
      for (const child of next) this.endBy(child, reason);
      await Promise.all(next.map((child) => this.join(child)));
    }
  }

  #endItself(node: ActorNode, reason: ExitReason): void {
    const { thread } = node;
    if (node.state === 'stopped') return;
    if (node.kind !== 'actor' || thread === undefined || thread.dead) {
      this.farewell.finalize(node, reason);
      return;
    }
    // What has not come up has nothing to stop.
    if (node.ownThread !== undefined && (isForced(reason) || node.instance === 'coming')) {
      // The abort was said only now: whoever listens may yet tidy up. A shutdown past its limit waits for nobody.
      const patienceMs = reason.kind === 'timed-out' && node.instance !== 'coming' ? LAST_WORD_MS : 0;
      if (patienceMs === 0) this.ground.terminate(thread, node);
      else node.stopLimit = this.ground.limit(patienceMs, () => this.ground.terminate(thread, node));
      return;
    }
    const said = isForced(reason) ? KILLED : reason;
    this.#sayFinish(node, thread, said);
    const limitMs = isForced(reason) ? LET_GO_MS : this.patienceMs(node);
    node.stopLimit = this.ground.limit(limitMs, () => this.#takeAway(node, thread, reason));
  }

  #sayFinish({ address: actor, incarnation }: ActorNode, thread: ThreadEntry, reason: ExitReason): void {
    this.ground.say(thread, { op: 'finish', actor, incarnation, reason });
  }

  /** How long its instance has to stop. One that has not come up has nothing to stop. */
  patienceMs(node: ActorNode): number {
    return node.instance === 'coming' ? LET_GO_MS : node.spec.stopTimeoutMs;
  }

  /** It does not let go: its thread is taken away, also if others live there. */
  #takeAway(node: ActorNode, thread: ThreadEntry, reason: ExitReason): void {
    if (thread.worker === undefined) this.farewell.finalize(node, reason);
    else this.ground.terminate(thread, node);
  }

  /** Its thread is gone, while it was stopping or ending. */
  threadLost(node: ActorNode, failed: ExitReason): void {
    if (node.ending === undefined) this.endBy(node, failed);
    // Else its children are ending still, and its turn comes behind them.
    else if (!node.hasLivingChildren) this.farewell.finalize(node, node.ending);
  }
}

/** Why its children end with it. */
function reasonBelow(node: ActorNode, reason: ExitReason): ExitReason {
  if (reason.kind === 'failed') return { kind: 'escalated', from: node.path };
  return reason;
}
