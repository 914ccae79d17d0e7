/** What a life leaves behind: the message it was handling, and mail that nobody will handle. */
import { ActorStoppedError } from '../errors.js';
import { Box, NONE, wordOf } from '../memory/layout.js';
import { type Address, Kind, KindFlag } from '../messaging/envelope.js';
import { attachmentOf, replyToOf } from '../messaging/record-head.js';
import type { DeadLetterReason, ExitReason } from '../messaging/reports.js';
import { countBegun } from '../queue/block-chain.js';
import { freeLease, holdsLease, isCopy, leasedRecord, settleLeases } from '../queue/lease.js';
import { Reader } from '../queue/reader.js';
import { Rec, VOID } from '../queue/record.js';
import { BlackBox } from '../runtime/black-box.js';
import type { ToHost } from '../runtime/control.js';
import type { Host } from '../runtime/host.js';
import type { ActorNode } from './actor-node.js';

/** What it was handling when its thread died: so says its black box. */
export function noteInFlight(host: Host, node: ActorNode): void {
  host.clock.read();
  new BlackBox(host.arena, host.thread, node.identity.box, 0, host.clock).close();
}

/** The urgent one first, as they are read. */
const LANES = [1, 0] as const;

/** Whether it has begun a message that is not done. For actors whose thread is dead. */
export function isHandling(host: Host, node: ActorNode): boolean {
  const { box } = node.identity;
  if (holdsLease(host.arena.i32, box)) return true;
  return LANES.some((lane) => begunIn(new Reader(host.arena, host.thread, box, lane), lane) !== NONE);
}

/** Index of the record that its last life had begun and not done, or 0. */
function begunIn(reader: Reader, lane: number): number {
  const { i32 } = reader.arena;
  const record = reader.next();
  if (record !== NONE && lane === 0) countBegun(i32, reader.box, record);
  return record !== NONE && i32[record + Rec.ATTEMPTS] > 0 ? record : NONE;
}

/**
 * Decides about what was begun and not done when the thread died: skipped, or left for the replacement.
 * @returns how many were given up
 */
export function settleInFlight(host: Host, node: ActorNode, reason: ExitReason): number {
  const { arena } = host;
  const { i32 } = arena;
  const { box } = node.identity;
  const { inFlight, maxAttempts } = node.supervision;
  const retry = inFlight === 'retry' && node.ending === undefined;
  const isRetried = (record: number) =>
    retry && (i32[record + Rec.KIND] & KindFlag.MOVED) === 0 && i32[record + Rec.ATTEMPTS] < maxAttempts;
  const giveUp = (record: number) =>
    refuse(host, record, node.address, retry ? 'poison' : 'in-flight', reason, node.path);
  let givenUp = 0;
  for (const lease of settleLeases(arena, box)) {
    const record = leasedRecord(lease);
    if (!isCopy(arena, lease, box)) {
      if (isRetried(record)) continue;
      giveUp(record);
      givenUp++;
    }
    freeLease(arena, lease);
  }
  for (const lane of LANES) {
    const reader = new Reader(arena, host.thread, box, lane);
    const record = begunIn(reader, lane);
    if (record === NONE || isRetried(record)) continue;
    giveUp(record);
    givenUp++;
    reader.done();
    reader.publishHead();
  }
  return givenUp;
}

/**
 * Takes everything out of a box that has no consumer any more: dead letters, and rejections of asks.
 * @returns how many messages there were
 */
export function drainLeftover(host: Host, box: Address, reason: ExitReason): number {
  let count = 0;
  takeAll(host, box, (record) => {
    if (refuse(host, record, box, 'stopped', reason)) count++;
    else detach(host, record);
  });
  return count;
}

/** What travels beside a notice that nobody will read. */
function detach(host: Host, record: number): void {
  const attached = attachmentOf(host.arena.i32, record);
  if (attached !== 0) host.attachments.forget(attached);
}

/** What the creating thread had asked a dead thread to tell, it tells itself. */
export function passOnNotices(host: Host, inbox: Address): void {
  const { i32, u8 } = host.arena;
  takeAll(host, inbox, (record) => {
    if ((i32[record + Rec.KIND] & KindFlag.MASK) !== Kind.CONTROL) return;
    const attached = attachmentOf(i32, record);
    host.post.open(record, i32, u8, attached === 0 ? undefined : host.attachments.take(attached));
    const order = host.post.decoder.value() as ToHost;
    if (order.op === 'notify') host.notifyBehind(order.watcher, order.note);
  });
}

function takeAll(host: Host, box: Address, each: (record: number) => void): void {
  const { i32 } = host.arena;
  const isPool = i32[wordOf(box.box) + Box.IDLE] !== NONE;
  for (const lane of LANES) {
    if (isPool) countTakenAsDone(i32, box, lane);
    const reader = new Reader(host.arena, host.thread, box.box, lane);
    for (let record = reader.next(); record !== NONE; record = reader.next()) {
      if ((i32[record + Rec.KIND] & VOID) === 0) each(record);
      reader.done();
    }
  }
}

/** A pool counts what was taken, not what is done: a reader of its box begins there. */
function countTakenAsDone(i32: Int32Array, { box }: Address, lane: 0 | 1): void {
  const base = wordOf(box);
  if (lane === 0) i32[base + Box.DONE] = i32[base + Box.LANE0_CONSUMER + 1];
  else i32[base + Box.URGENT_DONE] = i32[base + Box.LANE1_CONSUMER + 1];
}

/** A dead letter, and for who waits for an answer a rejection. @returns whether it was a message */
function refuse(
  host: Host,
  record: number,
  to: Address,
  why: DeadLetterReason,
  reason: ExitReason,
  path?: string,
): boolean {
  const { i32 } = host.arena;
  const kind = i32[record + Rec.KIND] & KindFlag.MASK;
  if (kind !== Kind.TELL && kind !== Kind.ASK && kind !== Kind.STREAM) return false;
  const replyTo = replyToOf(i32, record);
  const correlation = i32[record + Rec.CORRELATION];
  const letter = host.giveUp(record, to, why);
  if (kind === Kind.TELL) return true;
  const value = new ActorStoppedError(path ?? letter?.to ?? '/(stopped)', reason);
  host.post.insistOn(replyTo, () => {
    try {
      return host.post.post(replyTo, { kind: Kind.REPLY_ERROR, value, correlation });
    } catch {
      const plain = new ActorStoppedError(value.path, { kind: 'failed', error: String(value.cause) });
      return host.post.post(replyTo, { kind: Kind.REPLY_ERROR, value: plain, correlation });
    }
  });
  return true;
}
