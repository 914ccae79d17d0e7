/** Who watches whom: `onTerminated` once, behind everything that the dead one had sent. */
import { type Address, addressKey, type TerminatedNote } from '../messaging/envelope.js';
import type { ExitReason } from '../messaging/reports.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import type { Ground } from './ground.js';
import type { Tree } from './tree.js';

export class Watchers {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
  ) {}

  watch(watcher: Address, actor: Address): void {
    const node = this.tree.at(actor);
    if (node !== undefined) {
      node.watchers ??= new Map();
      node.watchers.set(addressKey(watcher.box, watcher.generation), watcher);
      return;
    }
    const report = this.tree.ended.get(actor);
    this.ground.host.notify(watcher, {
      actor,
      path: report?.path ?? '/(stopped)',
      type: 'Actor',
      reason: report?.reason ?? { kind: 'stopped' },
    });
  }

  unwatch(watcher: Address, actor: Address): void {
    this.tree.at(actor)?.watchers?.delete(addressKey(watcher.box, watcher.generation));
  }

  /** Tells all of them. */
  tell(node: ActorNode, reason: ExitReason): void {
    const note = { actor: node.address, path: node.path, type: node.identity.types[0], reason };
    for (const watcher of node.watchers?.values() ?? []) this.#notify(node.thread, watcher, note);
    node.watchers = undefined;
  }

  #notify(thread: ThreadEntry | undefined, watcher: Address, note: TerminatedNote): void {
    const { ground } = this;
    const { host } = ground;
    // Behind everything the dead one's thread had sent: by that thread itself, or behind the chains it left.
    if (thread !== undefined && !thread.dead && thread.worker !== undefined) {
      ground.say(thread, { op: 'notify', watcher, note });
      return;
    }
    host.notifyBehind(watcher, note);
  }
}
