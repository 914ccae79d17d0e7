/** A worker has ended: what it left is settled, then it is decided for each of its actors. */
import { ThreadDiedError } from '../errors.js';
import { type Granule, Lane, NONE, Thread } from '../memory/layout.js';
import { markAll } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ExitReason } from '../messaging/reports.js';
import { doneWord, producerWords } from '../queue/block-chain.js';
import { wakeIdle } from '../queue/lease.js';
import { freeGiving } from '../runtime/props.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import { bury, unusedAttachment } from './burial.js';
import type { Ending } from './ending.js';
import type { Failures } from './failures.js';
import type { Ground } from './ground.js';
import type { LastWords } from './last-words.js';
import { isHandling, noteInFlight, passOnNotices, settleInFlight } from './leftovers.js';
import type { Placement } from './placement.js';
import type { Starter } from './starter.js';
import type { Tree } from './tree.js';

/** How a thread died, and what it was at. */
interface Death {
  readonly entry: ThreadEntry;
  readonly code: number;
  /** The actor in whose handler it was, or NONE. */
  readonly current: Granule;
}

export class Undertaker {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly placement: Placement,
    readonly starter: Starter,
    readonly failures: Failures,
    readonly ending: Ending,
    readonly lastWords: LastWords,
  ) {}

  onThreadExit(entry: ThreadEntry, code: number): void {
    const current = this.ground.arena.i32[recordOf(entry.slot) + Thread.CURRENT] as Granule;
    this.placement.drop(entry);
    this.#bury({ entry, code, current: entry.culprit ?? current });
  }

  #bury(death: Death): void {
    const { arena, thread, host, threads } = this.ground;
    const { entry } = death;
    const nodes = [...this.tree.nodes.values()].filter((node) => node.thread === entry);
    const boxes = nodes.map((node) => node.identity.box);
    if (!bury(arena, thread, entry.slot, boxes)) {
      setImmediate(() => this.#bury(death));
      return;
    }
    for (const node of nodes) noteInFlight(host, node);
    const unused = unusedAttachment(arena, entry.slot);
    if (unused !== 0) threads.store.forget(unused);
    // Everything it had sent goes first; notices of its actors' end stand behind.
    host.post.adopt(recordOf(entry.slot));
    this.#tellAll(entry);
    passOnNotices(host, entry.inbox);
    threads.store.threadEnded(entry.inbox);
    this.#freeRecord(entry);
    this.#decide(death, nodes);
  }

  /** The others look at all of their boxes: the dead one may have published and not marked. */
  #tellAll(entry: ThreadEntry): void {
    const { arena, threads } = this.ground;
    // Two hundred that end together would wake each other forty thousand times.
    if (arena.i32[recordOf(entry.slot) + Thread.AT_REST] === 1) return;
    for (const other of threads.entries.values()) if (!other.dead) markAll(arena.i32, other.slot);
    this.ground.sayAll({ op: 'thread-died', inbox: entry.inbox, path: `thread ${entry.slot}` });
    for (const node of this.tree.nodes.values()) {
      if (node.kind === 'pool') wakeIdle(arena.i32, node.identity.box, Number.POSITIVE_INFINITY);
    }
  }

  /** @param upTo so many records have come to this thread's inbox with its last: once they are read, all that it asked for is received */
  #freeRecord(entry: ThreadEntry, upTo?: number): void {
    const { arena, thread, host, boxes, threads } = this.ground;
    const { box } = host.inbox;
    if (upTo === undefined && host.post.orphanFor(host.inbox) === undefined) {
      upTo = arena.i32[producerWords(box, 0) + Lane.PUT];
    }
    // After a shutdown nobody listens any more.
    const isHeard =
      host.turn.hasEnded || (upTo !== undefined && ((arena.i32[doneWord(box, 0)] - upTo) | 0) >= 0);
    if (isHeard && boxes.release(entry.inbox)) {
      freeGiving(arena, thread, recordOf(entry.slot), entry.slot, (number) => threads.store.forget(number));
      // Answers that came since.
      threads.store.threadEnded(entry.inbox);
      threads.forget(entry);
    } else setImmediate(() => this.#freeRecord(entry, upTo));
  }

  /** Those whom it is charged to go first: a group that all were in is restarted on their account. */
  #decide(death: Death, nodes: readonly ActorNode[]): void {
    const guilty = new Set(this.#guilty(death, nodes));
    const wereComing = new Set(nodes.filter((node) => node.instance === 'coming'));
    for (const node of nodes) {
      node.needsStart = true;
      node.thread = undefined;
      node.instance = 'none';
    }
    const innocent = nodes.filter((node) => !guilty.has(node));
    for (const node of [...guilty, ...innocent]) {
      this.#lostThread(death, node, guilty.has(node), wereComing.has(node));
    }
  }

  /** In whose handler it died; else, of several, those that were at something. */
  #guilty({ entry, current }: Death, nodes: readonly ActorNode[]): readonly ActorNode[] {
    if (!entry.shared) return nodes;
    if (current !== NONE) return nodes.filter((node) => node.identity.box === current);
    const busy = nodes.filter((node) => node.instance === 'coming' || isHandling(this.ground.host, node));
    return busy.length === 0 ? nodes : busy;
  }

  #lostThread(death: Death, node: ActorNode, charged: boolean, wasComing: boolean): void {
    const { ground, failures } = this;
    const error = death.entry.error ?? new ThreadDiedError(node.path, death.code);
    const failed: ExitReason = { kind: 'failed', error };
    const { path, address: actor } = node;
    const { inbox } = death.entry;
    const pool = node.pool?.node.address;
    ground.sayAll({ op: 'life-ended', actor, pool, inbox, path, reason: node.ending ?? failed });
    node.changed();
    if (node.isEnding || node.state === 'stopping') {
      this.ending.threadLost(node, failed);
      return;
    }
    settleInFlight(ground.host, node, failed);
    if (wasComing) {
      if (charged) failures.startFailed(node, error);
      else this.starter.start(node);
      return;
    }
    // One that is being restarted has lost nothing but its thread.
    if (node.state === 'running') this.#fail(death, node, error, charged);
  }

  #fail({ entry, code }: Death, node: ActorNode, error: unknown, charged: boolean): void {
    const { ground, failures, ending } = this;
    if (ending.hasMetSentinel(node)) {
      // Its word of that was too late.
      ending.endBy(node, { kind: 'failed', error });
      return;
    }
    if (charged && code === 0 && entry.error === undefined && node.supervision.restart !== 'permanent') {
      // `process.exit(0)` is no failure.
      ending.endBy(node, { kind: 'stopped' });
      return;
    }
    if (charged) {
      const lastMessages = this.lastWords.of(node, false);
      ground.complain(node.path, 'its thread has died', error, { lastMessages });
    }
    failures.failed(node, error, { charged });
  }
}
