/** What follows from a failure: a restart, an end, and the failure of whoever is above. */
import { ActorStartError, ActorStoppedError, StartTimeoutError } from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorNode } from './actor-node.js';
import type { Ending } from './ending.js';
import type { Ground } from './ground.js';
import type { Starter } from './starter.js';
import type { Tree } from './tree.js';

export class Failures {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly ending: Ending,
    readonly starter: Starter,
  ) {}

  onFailed(actor: Address, incarnation: number, error: unknown): void {
    const node = this.tree.current(actor, incarnation);
    if (node !== undefined && !node.isEnding) this.failed(node, error, { thrown: true });
  }

  startFailed(node: ActorNode, error: unknown): void {
    clearTimeout(node.startTimer);
    if (node.started !== undefined) {
      const { reject } = node.started;
      node.started = undefined;
      const late = error instanceof StartTimeoutError;
      const failure = late ? error : new ActorStartError(node.path, error);
      // Nothing is left behind: the name is free when the spawner hears of it.
      node.whenEnded.push(() => reject(failure));
      this.ending.endBy(node, { kind: 'failed', error });
      return;
    }
    // A start that hangs holds its thread: only a new one helps.
    if (error instanceof StartTimeoutError && node.thread?.worker !== undefined && !node.thread.shared) {
      void node.thread.worker.terminate();
      return;
    }
    this.failed(node, error, { thrown: false });
  }

  /**
   * @param thrown by a handler; otherwise the thread died, or a start failed
   * @param charged whether it counts against the budget: not when another's error took the thread
   */
  failed(
    node: ActorNode,
    error: unknown,
    { thrown, charged = true }: { thrown: boolean; charged?: boolean },
  ): void {
    node.lastError = error;
    const decision = charged
      ? node.policy.onFailure(performance.now(), thrown)
      : ({ do: 'restart', delayMs: 0 } as const);
    if (decision.do === 'restart') {
      this.#restart(node, decision.delayMs);
      this.#restartSiblings(node);
      return;
    }
    this.ending.endBy(node, { kind: 'failed', error });
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
    this.ground.arena.i32[wordOf(node.identity.box) + Box.RESTARTS] = node.restarts;
    const goOn = () => {
      if (node.isEnding) this.ending.goOn(node);
      else this.starter.start(node);
    };
    void this.ending.stopChildren(node).then(() => {
      if (node.isEnding || delayMs <= 0) goOn();
      else node.backoffTimer = setTimeout(goOn, delayMs);
    });
  }

  #escalate(node: ActorNode, error: unknown): void {
    const { parent } = node;
    if (parent === undefined) {
      this.ground.options.onEscalated(node.path, error);
      return;
    }
    if (parent.isEnding) return;
    const reason = { kind: 'escalated', from: node.path } as const;
    if (parent.kind === 'actor') {
      this.failed(parent, new ActorStoppedError(node.path, reason), { thrown: false });
      return;
    }
    this.ending.endBy(parent, reason);
    this.#escalate(parent, error);
  }
}
