/**
 * Take, until the sentinel. Knows no threads: a cell, and what it asks of its host.
 *
 * One message at a time: it lies in the mailbox until its handler has settled, so that whoever replaces this
 * thread finds it there, with the count of how often it was begun. With several handlers at once, and in pools,
 * each message is copied to a lease first.
 */
import { Box, type Granule, NONE, Thread, wordOf } from '../memory/layout.js';
import { Kind, KindFlag, waitPlaceOf } from '../messaging/envelope.js';
import { attachmentOf, senderOf } from '../messaging/record-head.js';
import {
  freeLease,
  hasShared,
  holdInLease,
  leasedRecord,
  noteHome,
  openLease,
  setIdle,
  takeToLease,
} from '../queue/lease.js';
import type { Reader } from '../queue/reader.js';
import { Rec, VOID } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import { handleNext } from './handle.js';
import { runJob } from './jobs.js';
import type { LoopHost } from './loop-host.js';
import { handleTells, isPlainTell } from './plain-tells.js';
import { takenOver } from './wait-slots.js';

/** Handles up to `budget` messages. @returns how many are left of the budget: more than 0 means nothing to do */
export function runCell(host: LoopHost, cell: ActorCell, budget: number): number {
  const { i32 } = cell.arena;
  if (cell.idle && !looksAtPool(cell)) cell.endIdleness();
  while (budget > 0) {
    if (!cell.takesMail) return budget;
    if (cell.jobs.length > 0) {
      runJob(host, cell, cell.jobs.shift() as () => unknown);
      budget--;
      continue;
    }
    // What was begun or taken before goes first: a sentinel in the mailbox must find nothing left.
    let lease: Granule | 'busy' | undefined =
      cell.leftLeases.length > 0 ? cell.leftLeases.shift() : undefined;
    if (lease === undefined) {
      let reader = cell.urgent;
      let record = reader.next();
      if (record === 0) {
        reader = cell.mailbox;
        record = reader.next();
      }
      if (record !== 0) {
        if (reader === cell.mailbox && isPlainTell(i32, host.flow, cell, record)) {
          budget = handleTells(host, cell, record, budget);
          continue;
        }
        if (!takeOwn(host, cell, reader, record)) return budget;
        budget--;
        continue;
      }
      lease = takeShared(cell);
    }
    if (lease === undefined) return budget;
    if (lease === 'busy') {
      host.ready(cell);
      return 0;
    }
    const leased = leasedRecord(lease);
    if ((i32[leased + Rec.KIND] & VOID) !== 0) {
      freeLease(cell.arena, lease);
      continue;
    }
    if (!hasArrived(host, cell, leased)) {
      cell.leftLeases.unshift(lease);
      return budget;
    }
    budget--;
    // Several may be begun before one is done: each counts as progress.
    if (cell.concurrency > 1) i32[cell.thread.base + Thread.PROGRESS]++;
    i32[cell.base + Box.CURRENT_METHOD] = i32[leased + Rec.METHOD];
    noteTaken(cell, leased);
    handleNext(host, cell, leased, undefined, lease);
  }
  return 0;
}

/** Whether nothing of its own comes before the pool's mail. */
function looksAtPool(cell: ActorCell): boolean {
  if (cell.suspended || cell.ended || cell.jobs.length > 0) return false;
  return cell.urgent.next() === 0 && cell.mailbox.next() === 0;
}

/** From the pool's queue, when the actor works for one. */
function takeShared(cell: ActorCell): Granule | 'busy' | undefined {
  const { pool } = cell.plan;
  if (pool === undefined || cell.stopping) return undefined;
  const { arena, thread } = cell;
  const table = arena.i32[wordOf(pool.box.box) + Box.IDLE] as Granule;
  noteHome(arena.i32, table, pool.worker, cell.home);
  for (let round = 0; ; round++) {
    let lease = takeToLease(arena, thread, pool.box.box, 1, cell.plan.box, cell.onPoolRoom);
    if (lease === 'none') lease = takeToLease(arena, thread, pool.box.box, 0, cell.plan.box, cell.onPoolRoom);
    if (lease !== 'none') {
      cell.endIdleness();
      return lease;
    }
    if (round > 0) return undefined;
    cell.idle = true;
    setIdle(arena.i32, table, pool.worker, cell.home);
    // Look once more: what came before the mark has woken nobody.
    if (!hasShared(arena.i32, pool.box.box)) return undefined;
  }
}

/** Who has asked the pool waits for this worker from now on. */
function noteTaken(cell: ActorCell, record: number): void {
  const { pool } = cell.plan;
  const { i32 } = cell.arena;
  const asker = senderOf(i32, record);
  const kindWord = i32[record + Rec.KIND];
  if (pool === undefined || asker === undefined || (kindWord & KindFlag.MASK) !== Kind.ASK) return;
  takenOver(i32, asker, waitPlaceOf(kindWord), i32[record + Rec.CORRELATION], pool.box.box, cell.address);
}

/** Whether all of a message is here; if not, its arrival makes the cell ready. */
function hasArrived(host: LoopHost, cell: ActorCell, record: number): boolean {
  const attached = attachmentOf(cell.arena.i32, record);
  if (attached === 0 || host.attachments.take(attached) !== undefined) return true;
  cell.awaits = attached;
  return false;
}

/** @returns false when it cannot be taken now */
function takeOwn(host: LoopHost, cell: ActorCell, reader: Reader, record: number): boolean {
  const { i32 } = cell.arena;
  const kindWord = i32[record + Rec.KIND];
  if ((kindWord & VOID) !== 0) {
    reader.done();
    return true;
  }
  const kind = kindWord & KindFlag.MASK;
  if (kind === Kind.SENTINEL) {
    if (cell.handling !== undefined && cell.handling.size > 0) return false;
    cell.stopping = true;
    cell.suspended = true;
    reader.done();
    reader.publishHead();
    host.sentinel(cell);
    return false;
  }
  if (!hasArrived(host, cell, record)) return false;
  if (cell.concurrency > 1) {
    const lease = openLease(cell.arena, cell.thread, cell.plan.box, i32[record + Rec.LENGTH]);
    if (lease === NONE) {
      host.ready(cell);
      return false;
    }
    holdInLease(cell.arena, lease, cell.plan.box, reader === cell.urgent ? 1 : 0, record);
    reader.done();
    handleNext(host, cell, leasedRecord(lease), undefined, lease);
  } else {
    handleNext(host, cell, record, reader, NONE);
  }
  return true;
}
