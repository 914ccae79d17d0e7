/** Stops in order, and ends by force: children before parents, the last started first. */
import { Lane, LaneConsumer } from '../memory/layout.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { ExitReason, ExitReport } from '../messaging/reports.js';
import { consumerWords, producerWords } from '../queue/block-chain.js';
import type { ActorNode } from './actor-node.js';
import type { Farewell } from './farewell.js';
import type { Ground } from './ground.js';
import type { Tree } from './tree.js';

/** How long one that is to end at once has to let go of a thread that it does not own. */
const LET_GO_MS = 2000;

export class Ending {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly farewell: Farewell,
  ) {}

  // --- in order ---------------------------------------------------------------------------------------------

  /** Asked to stop: the asker has put the sentinel into the mailbox already; here the clock begins. */
  stop(node: ActorNode, timeoutMs = node.spec.stopTimeoutMs): Promise<ExitReport> {
    if (node.kind !== 'actor') return this.#stopComposite(node, timeoutMs);
    if (!node.isEnding) this.#arm(node, timeoutMs);
    return this.join(node);
  }

  /** Stops an actor from here: with a sentinel of one's own. */
  stopFromHere(node: ActorNode): Promise<ExitReport> {
    if (node.kind === 'actor' && !node.isEnding) this.#putSentinel(node);
    return this.stop(node);
  }

  async stopChildren(node: ActorNode): Promise<void> {
    for (const child of [...node.children].reverse()) await this.stopFromHere(child);
  }

  #putSentinel(node: ActorNode): void {
    const { post } = this.ground.host;
    post.post(node.address, { kind: Kind.SENTINEL, args: [] });
    post.flush();
  }

  #arm(node: ActorNode, timeoutMs: number): void {
    if (!Number.isFinite(timeoutMs) || node.stopTimer !== undefined) return;
    node.stopTimer = setTimeout(() => {
      if (node.thread !== undefined) this.ground.say(node.thread, { op: 'abort', actor: node.address });
      this.endBy(node, { kind: 'timed-out' });
    }, timeoutMs);
  }

  /** The sentinel came: children first, then the actor itself. */
  onSentinel(actor: Address, incarnation: number): void {
    const node = this.tree.current(actor, incarnation);
    if (node !== undefined && !node.isEnding) void this.#stopInOrder(node);
  }

  async #stopInOrder(node: ActorNode): Promise<void> {
    node.state = 'stopping';
    this.#arm(node, node.spec.stopTimeoutMs);
    await this.stopChildren(node);
    if (node.state !== 'stopping' || node.ending !== undefined || node.thread === undefined) return;
    node.ending = { kind: 'stopped' };
    this.ground.say(node.thread, { op: 'finish', actor: node.address, reason: node.ending });
  }

  onStopped(actor: Address, incarnation: number, abandoned: number): void {
    const node = this.tree.current(actor, incarnation);
    if (node !== undefined) this.farewell.finalize(node, node.ending ?? { kind: 'stopped' }, abandoned);
  }

  /** A pool drains its queue, then its workers stop; a group stops its children in reverse. */
  async #stopComposite(node: ActorNode, timeoutMs: number): Promise<ExitReport> {
    if (!node.isEnding && node.state !== 'stopping') {
      node.state = 'stopping';
      this.#arm(node, timeoutMs);
      if (node.kind === 'pool') {
        this.#putSentinel(node);
        await this.#drained(node);
      }
      await this.stopChildren(node);
      if (node.ending === undefined) this.farewell.finalize(node, { kind: 'stopped' });
    }
    return this.join(node);
  }

  /** The workers take what is left; the last record is the sentinel, which none of them takes. */
  #drained(pool: ActorNode): Promise<void> {
    const { i32 } = this.ground.arena;
    const put = producerWords(pool.identity.box, 0) + Lane.PUT;
    const taken = consumerWords(pool.identity.box, 0) + LaneConsumer.TAKEN;
    return new Promise((resolve) => {
      const look = () => {
        const left = (i32[put] - Atomics.load(i32, taken)) | 0;
        if (left <= 1 || pool.isEnding || pool.children.every((child) => child.state === 'stopped'))
          resolve();
        else setTimeout(look, 1);
      };
      look();
    });
  }

  join(node: ActorNode): Promise<ExitReport> {
    if (node.report !== undefined) return Promise.resolve(node.report);
    return new Promise((resolve) => node.whenEnded.push(resolve));
  }

  // --- without asking ---------------------------------------------------------------------------------------

  kill(node: ActorNode): Promise<ExitReport> {
    this.endBy(node, { kind: 'killed' });
    return this.join(node);
  }

  /** It ends for that reason, whatever it is at. */
  endBy(node: ActorNode, reason: ExitReason): void {
    if (node.state === 'stopped' || (node.ending !== undefined && node.ending.kind !== 'stopped')) return;
    node.ending = reason;
    node.clearTimers();
    node.stopTimer = undefined;
    const graceful = reason.kind === 'failed' || reason.kind === 'escalated';
    const children = graceful
      ? this.stopChildren(node)
      : Promise.all([...node.children].map((child) => this.kill(child)));
    void children.then(() => this.goOn(node));
  }

  /** Its children have ended: its own turn. */
  goOn(node: ActorNode): void {
    if (node.state === 'stopped') return;
    const { thread } = node;
    const reason = node.ending ?? { kind: 'stopped' };
    if (node.kind !== 'actor' || thread === undefined || thread.dead) {
      this.farewell.finalize(node, reason);
      return;
    }
    const forced = reason.kind === 'killed' || reason.kind === 'timed-out';
    if (forced && thread.worker !== undefined && !thread.shared && node.spec.placement === 'thread') {
      void thread.worker.terminate();
      return;
    }
    const said = forced ? ({ kind: 'killed' } as const) : reason;
    this.ground.say(thread, { op: 'finish', actor: node.address, reason: said });
    // One that does not let go of a thread it shares takes the thread along.
    node.stopTimer = setTimeout(() => {
      if (thread.worker !== undefined) void thread.worker.terminate();
      else this.farewell.finalize(node, reason);
    }, LET_GO_MS);
  }

  /** Its thread is gone: its children end, then it has ended. */
  async endWithoutThread(node: ActorNode, reason: ExitReason): Promise<void> {
    node.ending = reason;
    await this.stopChildren(node);
    this.farewell.finalize(node, reason);
  }
}
