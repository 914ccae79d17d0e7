/** It is over: leftover mail, report, name, watchers, joins, thread. */
import { ActorStoppedError } from '../errors.js';
import { Box, type Granule, wordOf } from '../memory/layout.js';
import type { Address } from '../messaging/envelope.js';
import type { ExitReason, ExitReport, LastMessage } from '../messaging/reports.js';
import { REASONS } from '../messaging/stopped.js';
import { depthOf } from '../queue/block-chain.js';
import { holdsLease } from '../queue/lease.js';
import { closeBox } from '../runtime/boxes.js';
import { attachedTo } from '../runtime/props.js';
import type { ActorNode } from './actor-node.js';
import type { Ground } from './ground.js';
import type { LastWords } from './last-words.js';
import { drainLeftover, settleInFlight } from './leftovers.js';
import type { Placement } from './placement.js';
import type { Tree } from './tree.js';
import type { Watchers } from './watchers.js';

/** All that came was handled. */
const allHandled = (i32: Int32Array, box: Granule): boolean =>
  depthOf(i32, box) === 0 && !holdsLease(i32, box);

export class Farewell {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly placement: Placement,
    readonly watchers: Watchers,
    readonly lastWords: LastWords,
  ) {}

  /** @param abandoned messages that its thread had given up before */
  finalize(node: ActorNode, reason: ExitReason, abandoned = 0): void {
    const { arena, thread, host, options } = this.ground;
    if (node.state === 'stopped') return;
    if (!closeBox(arena, thread, node.address)) {
      setImmediate(() => this.finalize(node, reason, abandoned));
      return;
    }
    // Nobody makes room any more: who waits for some has to look, and finds it closed.
    host.turn.wakeHolders(node.identity.box);
    this.ground.endWaits(node);
    node.state = 'stopped';
    node.instance = 'none';
    node.ending = reason;
    arena.i32[wordOf(node.identity.box) + Box.REASON] = REASONS.indexOf(reason.kind);
    const isEmpty = node.kind === 'actor' && allHandled(arena.i32, node.identity.box);
    const inFlight = isEmpty || node.kind !== 'actor' ? 0 : settleInFlight(host, node, reason);
    // Before the mailbox is emptied, where they lie.
    const lastMessages = this.lastWords.atEnd(node, reason);
    const left = isEmpty ? 0 : drainLeftover(host, node.address, reason);
    const leftover = abandoned + inFlight + left;
    const report = this.#reportOf(node, reason, leftover, lastMessages);
    node.report = report;
    this.tree.remove(node, report);
    this.tree.counts.add(node, arena.i32);
    this.#release(node);
    this.watchers.tell(node, reason);
    options.onEvent({ kind: 'stopped', time: Date.now(), actor: node.path, reason });
    node.started?.reject(new ActorStoppedError(node.path, reason));
    node.started = undefined;
    node.changed();
    node.hasEnded(report);
  }

  /** A pool's report is that of its workers as well. */
  #reportOf(
    node: ActorNode,
    reason: ExitReason,
    leftover: number,
    lastMessages: readonly LastMessage[],
  ): ExitReport {
    const { i32 } = this.ground.arena;
    const workers = node.kind === 'pool' ? [...node.children] : [];
    const sum = (of: (worker: ActorNode) => number) => workers.reduce((total, each) => total + of(each), 0);
    return {
      path: node.path,
      reason,
      processed: i32[wordOf(node.identity.box) + Box.PROCESSED] + sum((each) => each.report?.processed ?? 0),
      leftover: leftover + sum((each) => each.report?.leftover ?? 0),
      restarts: node.restarts + sum((each) => each.restarts),
      lastMessages,
    };
  }

  #release(node: ActorNode): void {
    const { arena, threads, host } = this.ground;
    // An inline one that does not let go of this thread is still there.
    host.cells.of(node.address)?.leaveBox();
    threads.store.release(attachedTo(arena, arena.i32[wordOf(node.identity.box) + Box.PROPS]));
    this.#freeBox(node.address);
    this.placement.leave(node);
  }

  #freeBox(address: Address): void {
    if (!this.ground.boxes.release(address)) setImmediate(() => this.#freeBox(address));
  }
}
