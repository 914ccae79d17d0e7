/** A worker has ended: what it left is settled, then it is decided for each of its actors. */
import { ThreadDiedError } from '../errors.js';
import { Box, type Granule, Thread, wordOf } from '../memory/layout.js';
import { markAll } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ExitReason } from '../messaging/reports.js';
import { wakeIdle } from '../queue/lease.js';
import type { ToHost } from '../runtime/control.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import { bury } from './burial.js';
import type { Ending } from './ending.js';
import type { Failures } from './failures.js';
import type { Ground } from './ground.js';
import { drainLeftover, settleInFlight } from './leftovers.js';
import type { Placement } from './placement.js';
import type { Tree } from './tree.js';

export class Undertaker {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly placement: Placement,
    readonly failures: Failures,
    readonly ending: Ending,
  ) {}

  onThreadExit(entry: ThreadEntry, code: number): void {
    const current = this.ground.arena.i32[recordOf(entry.slot) + Thread.CURRENT] as Granule;
    this.placement.drop(entry);
    this.#bury(entry, code, current);
  }

  #bury(entry: ThreadEntry, code: number, current: Granule): void {
    const { arena, thread, host } = this.ground;
    const nodes = [...this.tree.nodes.values()].filter(
      (node) => node.thread === entry && node.state !== 'stopped',
    );
    const boxes = nodes.map((node) => node.identity.box);
    if (!bury(arena, thread, entry.slot, boxes)) {
      setImmediate(() => this.#bury(entry, code, current));
      return;
    }
    // Everything it had sent goes first; notices of its actors' end stand behind.
    host.post.adopt(recordOf(entry.slot));
    this.#tellAll(entry);
    this.#passOn(entry);
    this.#freeInbox(entry);
    const busy = nodes.filter((node) => this.#isBusy(node));
    for (const node of nodes) {
      const error = entry.error ?? new ThreadDiedError(node.path, code);
      const charged =
        !entry.shared ||
        node.identity.box === current ||
        (current === 0 && (busy.length === 0 || busy.includes(node)));
      this.#lostThread(node, error, charged);
    }
    this.placement.warmUp();
  }

  /** The others look at all of their boxes: the dead one may have published and not marked. */
  #tellAll(entry: ThreadEntry): void {
    const { arena, threads } = this.ground;
    for (const other of threads.entries.values()) if (!other.dead) markAll(arena.i32, other.slot);
    this.ground.sayAll({ op: 'thread-died', inbox: entry.inbox, path: `thread ${entry.slot}` });
    for (const node of this.tree.nodes.values()) {
      if (node.kind === 'pool') wakeIdle(arena.i32, node.identity.box, Number.POSITIVE_INFINITY);
    }
  }

  #isBusy(node: ActorNode): boolean {
    const { i32 } = this.ground.arena;
    const base = wordOf(node.identity.box);
    return i32[base + Box.LEASES] !== 0 || i32[base + Box.LANE0 + 1] !== i32[base + Box.DONE];
  }

  /** What the creating thread had asked the dead one to tell, it tells itself. */
  #passOn(entry: ThreadEntry): void {
    const { host } = this.ground;
    drainLeftover(host, entry.inbox, undefined, (message) => {
      const control = message as ToHost;
      if (control.op === 'notify') host.notify(control.watcher, control.note);
    });
  }

  #freeInbox(entry: ThreadEntry): void {
    const { boxes, threads } = this.ground;
    if (boxes.release(entry.inbox)) threads.forget(entry);
    else setImmediate(() => this.#freeInbox(entry));
  }

  #lostThread(node: ActorNode, error: unknown, charged: boolean): void {
    const failed: ExitReason = { kind: 'failed', error };
    const { path, address } = node;
    node.needsThread = true;
    node.thread = undefined;
    this.ground.sayAll({ op: 'life-ended', actor: address, path, reason: node.ending ?? failed });
    if (node.ending !== undefined) {
      void this.ending.endWithoutThread(node, node.ending);
      return;
    }
    if (node.state === 'starting') {
      this.failures.startFailed(node, error);
      return;
    }
    const wasStopping = node.state === 'stopping';
    clearTimeout(node.startTimer);
    settleInFlight(this.ground.host, node, failed);
    if (wasStopping) void this.ending.endWithoutThread(node, failed);
    else this.failures.failed(node, error, { thrown: false, charged });
  }
}
