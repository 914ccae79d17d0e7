/** What follows from a failure: a restart, an end, and the failure of whoever is above. */
import { ActorStartError, ActorStoppedError, StartTimeoutError } from '../errors.js';
import { monotonicMs } from '../memory/monotonic.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorNode, Starting } from './actor-node.js';
import type { Ending } from './ending.js';
import type { Ground } from './ground.js';
import type { Decision } from './restart-policy.js';
import type { Restarts } from './restarts.js';
import type { Tree } from './tree.js';

export class Failures {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly ending: Ending,
    readonly restarts: Restarts,
  ) {}

  /** A handler threw. Of several at once the first one counts. */
  onFailed(actor: Address, incarnation: number, error: unknown): void {
    const node = this.tree.current(actor, incarnation);
    if (node?.state === 'running') this.failed(node, error, { thrown: true });
  }

  startFailed(node: ActorNode, error: unknown): void {
    this.ground.endLimit(node.startLimit);
    if (node.started !== undefined) {
      this.#firstStartFailed(node, node.started, error);
      return;
    }
    // A start that hangs holds its thread: only a new one helps.
    const { ownThread } = node;
    if (error instanceof StartTimeoutError && ownThread !== undefined) {
      ownThread.error ??= error;
      this.ground.terminate(ownThread, node);
      return;
    }
    this.ground.complain(node.path, 'could not be started again', error);
    this.failed(node, error);
  }

  #firstStartFailed(node: ActorNode, started: Starting, error: unknown): void {
    node.started = undefined;
    const failure = error instanceof StartTimeoutError ? error : new ActorStartError(node.path, error);
    // Nothing is left behind: the name is free when the spawner hears of it.
    node.whenEnded(() => started.reject(failure));
    this.ending.endBy(node, { kind: 'failed', error });
  }

  /**
   * @param thrown by a handler; otherwise the thread died, or a start failed, or what is below has failed
   * @param charged whether it counts against the budgets: not when another's error took the thread
   */
  failed(node: ActorNode, error: unknown, { thrown = false, charged = true } = {}): void {
    node.lastError = error;
    const decision = charged ? this.#decide(node, thrown) : ({ do: 'restart', delayMs: 0 } as const);
    if (decision.do === 'restart') {
      void this.restarts.restart(node, { kind: 'failed', error }, decision.delayMs);
      return;
    }
    if (decision.do === 'escalate') {
      node.whenEnded(() => this.#escalate(node, error));
      // It ends with this one: nobody is started for that.
      if (node.parent?.kind === 'group') this.restarts.giveUp(node.parent);
    }
    this.ending.endBy(node, { kind: 'failed', error });
  }

  /** By its own policy; and its group may have a budget for all of its children. */
  #decide(node: ActorNode, thrown: boolean): Decision {
    const now = monotonicMs();
    const own = node.policy.onFailure(now, thrown);
    const budget = node.parent?.budget;
    if (own.do === 'restart' && budget?.spend(now) === false) return { do: 'escalate' };
    return own;
  }

  /** It has ended for good: its failure is its parent's. */
  #escalate(node: ActorNode, error: unknown): void {
    const { parent } = node;
    const reason = { kind: 'escalated', from: node.path } as const;
    if (parent === undefined) {
      this.ground.options.onEscalated(node.path, error);
      return;
    }
    // One that ends, or is taken down, has done with its children.
    if (!parent.takesChildren) return;
    if (parent.kind !== 'actor') {
      parent.whenEnded(() => this.#escalate(parent, error));
      this.ending.endBy(parent, reason);
      return;
    }
    const failure = new ActorStoppedError(node.path, reason);
    if (parent.instance === 'coming') this.startFailed(parent, failure);
    else this.failed(parent, failure);
  }
}
