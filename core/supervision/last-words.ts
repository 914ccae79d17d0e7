/** What the black boxes of actors say, as reports, logs and `system.lastMessages` give it. */
import type { Address } from '../messaging/envelope.js';
import type { ExitReason, LastMessage } from '../messaging/reports.js';
import { lastMessagesOf } from '../runtime/last-messages.js';
import type { ActorNode } from './actor-node.js';
import type { Ground } from './ground.js';
import type { Tree } from './tree.js';

export class LastWords {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
  ) {}

  /** Of an actor, from shared memory: also while it is stuck. Of a pool those of its workers. */
  of(node: ActorNode, withArgs: boolean): readonly LastMessage[] {
    const { arena, host } = this.ground;
    if (node.kind === 'pool') return this.#ofWorkers(node, withArgs);
    const reader = { arena, post: host.post, pathOf: (sender: Address) => this.tree.pathOf(sender) };
    return lastMessagesOf(reader, node.address, withArgs);
  }

  /** For its report. After an end that was asked for nobody looks for a cause. */
  atEnd(node: ActorNode, reason: ExitReason): readonly LastMessage[] {
    return this.of(node, reason.kind !== 'stopped' && reason.kind !== 'killed');
  }

  #ofWorkers(pool: ActorNode, withArgs: boolean): readonly LastMessage[] {
    const all = [...pool.children].flatMap(
      (worker) => worker.report?.lastMessages ?? this.of(worker, withArgs),
    );
    const { blackBox } = pool.spec.mailbox;
    return blackBox === 0 ? [] : all.sort((a, b) => a.time - b.time).slice(-blackBox);
  }
}
