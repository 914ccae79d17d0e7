/** Readings from shared memory: they answer while an actor is stuck in a loop. */
import { threadId } from 'node:worker_threads';
import {
  Box,
  BoxKind,
  Chain,
  type Granule,
  Header,
  Lane,
  LaneConsumer,
  NONE,
  Outbox,
  Thread,
  wordOf,
} from '../memory/layout.js';
import { monotonicMs } from '../memory/monotonic.js';
import { AWAKE } from '../memory/parking.js';
import { homeOf, markReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import { addressKey } from '../messaging/envelope.js';
import { timeOf } from '../messaging/record-head.js';
import type { ActorMetrics, EndedMetrics, SystemMetrics } from '../messaging/reports.js';
import { consumerWords, isBegun, producerWords, recordAt } from '../queue/block-chain.js';
import { holdsLease } from '../queue/lease.js';
import { Rec } from '../queue/record.js';
import type { Host } from '../runtime/host.js';
import { underWay } from '../runtime/last-messages.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import { type BusyThreads, progressOf } from './busy-threads.js';

export function readMetrics(
  host: Host,
  nodes: readonly ActorNode[],
  ended: readonly EndedMetrics[],
  busy: BusyThreads,
): SystemMetrics {
  const { arena } = host;
  const actors: ActorMetrics[] = [];
  const held = heldByBox(arena.i32);
  const busyMs = readThreads(host, nodes, busy);
  for (const node of nodes) {
    actors.push(readActor(host, node, held, node.thread === undefined ? 0 : (busyMs.get(node.thread) ?? 0)));
  }
  return {
    time: Date.now(),
    actors,
    ended,
    arena: { capacity: arena.capacity, bytesInUse: arena.bytesInUse },
    threads: Atomics.load(arena.i32, Header.ALIVE) + 1,
    deadLetters: Atomics.load(arena.i32, Header.DEAD_LETTERS),
    lateAnswers: Atomics.load(arena.i32, Header.LATE_ANSWERS),
  };
}

function readThreads(host: Host, nodes: readonly ActorNode[], busy: BusyThreads): Map<ThreadEntry, number> {
  const threads = progressOf(host.arena, nodes);
  const now = monotonicMs();
  for (const [entry, progress] of threads) {
    threads.set(entry, busy.busyMs(entry, progress, now));
  }
  return threads;
}

/** What a box has counted; each of the counters begins anew after 2^32. */
export const countsOf = (i32: Int32Array, box: Granule) => ({
  processed: i32[wordOf(box) + Box.PROCESSED] >>> 0,
  failed: i32[wordOf(box) + Box.FAILED] >>> 0,
  deadLetters: i32[wordOf(box) + Box.DEAD_LETTERS] >>> 0,
});

function readActor(
  host: Host,
  node: ActorNode,
  held: ReadonlyMap<number, number>,
  threadBusyMs: number,
): ActorMetrics {
  const { i32 } = host.arena;
  const { box, generation, path, types } = node.identity;
  const base = wordOf(box);
  const p = producerWords(box, 0);
  const c = consumerWords(box, 0);
  const isPool = i32[base + Box.KIND] === BoxKind.POOL;
  const taken = isPool ? i32[c + LaneConsumer.TAKEN] : i32[base + Box.DONE];
  const depth = Math.max(0, (i32[p + Lane.PUT] - taken) | 0);
  const record = depth === 0 ? 0 : oldest(host, box, taken, isPool);
  const now = host.post.now();
  let highWater = i32[base + Box.HIGH_WATER];
  const { deadLetters, ...counts } = countsOf(i32, box);
  let { processed, failed } = counts;
  if (isPool) {
    for (const child of node.children) {
      if (child.state === 'stopped') continue;
      const own = countsOf(i32, child.identity.box);
      highWater = Math.max(highWater, i32[wordOf(child.identity.box) + Box.HIGH_WATER]);
      processed += own.processed;
      failed += own.failed;
    }
  }
  return {
    id: addressKey(box, generation) as ActorMetrics['id'],
    path,
    type: types[0],
    kind: node.kind,
    placement: node.kind === 'group' ? undefined : node.spec.placement,
    thread: threadOf(node),
    state: node.state,
    depth,
    bytes: Math.max(0, (i32[p + Lane.PUT_WORDS] - i32[c + LaneConsumer.TAKEN_WORDS]) | 0) * 4,
    highWater,
    held: held.get(addressKey(box, generation)) ?? 0,
    processed,
    failed,
    restarts: node.restarts,
    deadLetters,
    oldestMs: record === 0 ? 0 : Math.max(0, now - timeOf(i32, record)),
    handling: handlingOf(host, node, record, now),
    threadBusyMs,
  };
}

function threadOf({ thread }: ActorNode): number | undefined {
  if (thread === undefined || thread.dead) return undefined;
  return thread.worker?.threadId ?? threadId;
}

/** What an actor is at, read from shared memory. */
export function methodOf(host: Host, node: ActorNode): string | undefined {
  const { box } = node.identity;
  const record = oldest(host, box, host.arena.i32[wordOf(box) + Box.DONE], false);
  return handlingOf(host, node, record, host.post.now())?.method;
}

/** From so many milliseconds on a sleeping thread is woken, to see whether it still can be. */
const LONG_MS = 100;

/** @param record the oldest in its mailbox, or 0 */
function handlingOf(host: Host, node: ActorNode, record: number, now: number): ActorMetrics['handling'] {
  const { box } = node.identity;
  const noted = underWay(host.arena, host.post, box) ?? sinceItsTurn(host, box, record);
  if (noted === 'idle') return undefined;
  const forMs = Math.max(0, now - noted.since);
  return { method: noted.method, forMs, occupiesThread: occupiesThread(host, node, forMs) };
}

/** Of an actor without a black box: since it came to its turn, at the latest. */
function sinceItsTurn(host: Host, box: Granule, record: number): ReturnType<typeof underWay> & {} {
  const { i32 } = host.arena;
  const base = wordOf(box);
  const method = i32[base + Box.CURRENT_METHOD];
  const isBusy = (record !== 0 && isBegun(i32, box, record)) || holdsLease(i32, box);
  if (!isBusy || method < 0) return 'idle';
  const micros = (i32[base + Box.CURRENT_SINCE] >>> 0) + i32[base + Box.CURRENT_SINCE_HIGH] * 0x100000000;
  return { method: host.post.shapes.methodName(method), since: micros / 1000 };
}

function occupiesThread({ arena }: Host, { identity, thread }: ActorNode, forMs: number): boolean {
  const { i32 } = arena;
  // Inline here, it cannot be at work while this is.
  if (thread?.worker === undefined) return false;
  const record = recordOf(thread.slot);
  const isAwake = Atomics.load(i32, record + Thread.PARK) === AWAKE;
  // A timer may have led it into a loop, and nobody has called it since: the next reading tells.
  if (!isAwake && forMs > LONG_MS) markReady(i32, homeOf(thread.slot, 0));
  const isAtIt = !thread.shared || i32[record + Thread.CURRENT] === identity.box;
  return isAwake && isAtIt;
}

/**
 * What all threads hold, by box: in one go, since each thread has an outbox for everybody that it ever told something.
 * Their chains may change under the reader's eyes: every step is bounded.
 */
function heldByBox(i32: Int32Array): ReadonlyMap<number, number> {
  const held = new Map<number, number>();
  let steps = 1_000_000;
  for (let slot = 0; slot < i32[Header.THREADS]; slot++) {
    let outbox = i32[recordOf(slot) + Thread.OUTBOXES] as Granule;
    for (; outbox !== NONE && steps-- > 0; outbox = i32[wordOf(outbox) + Outbox.NEXT] as Granule) {
      const at = wordOf(outbox);
      const key = addressKey(i32[at + Outbox.BOX] as Granule, i32[at + Outbox.GENERATION]);
      let count = 0;
      let block = i32[at + Outbox.FIRST] as Granule;
      for (; block !== NONE && steps-- > 0; block = i32[wordOf(block) + Chain.NEXT] as Granule) {
        const word = wordOf(block);
        const end = word + i32[word + Chain.COMMITTED];
        let record = word + i32[word + Chain.CONSUMED];
        for (; record < end && i32[record + Rec.LENGTH] > 0 && steps-- > 0; count++) {
          record += i32[record + Rec.LENGTH];
        }
      }
      if (count > 0) held.set(key, (held.get(key) ?? 0) + count);
    }
  }
  return held;
}

/** Index of the oldest record not done. Copied words only: the block may move on under the reader's eyes. */
function oldest(host: Host, box: Granule, taken: number, isPool: boolean): number {
  const { i32 } = host.arena;
  const head = consumerWords(box, 0) + LaneConsumer.HEAD_BLOCK;
  const block = Atomics.load(i32, head) as Granule;
  if (block === NONE) return 0;
  const word = wordOf(block);
  if (isPool) return word + i32[word + Chain.CONSUMED];
  const at = recordAt(i32, block, taken);
  return Atomics.load(i32, head) === block ? at : 0;
}
