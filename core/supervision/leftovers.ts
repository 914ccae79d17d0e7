/** What a life leaves behind: the message it was handling, and mail that nobody will handle. */
import { ActorStoppedError } from '../errors.js';
import { Box, Lease, NONE, wordOf } from '../memory/layout.js';
import { type Address, Kind, KindFlag } from '../messaging/envelope.js';
import { replyToOf } from '../messaging/mailbox.js';
import type { DeadLetterReason, ExitReason } from '../messaging/reports.js';
import { countBegun, Reader } from '../queue/block-chain.js';
import { freeLease, leasedRecord, settleLeases } from '../queue/lease.js';
import { Rec, VOID } from '../queue/record.js';
import type { Host } from '../runtime/host.js';
import type { ActorNode } from './actor-node.js';

/**
 * Decides about what was begun and not done when the thread died: skipped, or left for the replacement.
 * @returns how many were given up
 */
export function settleInFlight(host: Host, node: ActorNode, reason: ExitReason): number {
  const { arena } = host;
  const { i32 } = arena;
  const retry = node.supervision.inFlight === 'retry' && node.ending === undefined;
  let givenUp = 0;
  const giveUp = (record: number, why: DeadLetterReason) => {
    givenUp++;
    refuse(host, record, node.address, why, reason, node.path);
  };
  const mayRetry = (record: number) =>
    retry &&
    (i32[record + Rec.KIND] & KindFlag.MOVED) === 0 &&
    i32[record + Rec.ATTEMPTS] < node.supervision.maxAttempts;
  for (const lease of settleLeases(arena, node.identity.box)) {
    const record = leasedRecord(lease);
    // A lease of the own mailbox whose record is not marked done yet is a copy: the original counts.
    const own = i32[wordOf(lease) + Lease.BOX] === node.identity.box;
    const isCopy = own && i32[wordOf(lease) + Lease.SEQUENCE] === i32[wordOf(node.identity.box) + Box.DONE];
    if (!isCopy && mayRetry(record)) continue;
    if (!isCopy) giveUp(record, retry ? 'poison' : 'in-flight');
    freeLease(arena, lease);
  }
  for (const lane of [1, 0]) {
    const reader = new Reader(arena, host.thread, node.identity.box, lane);
    const record = reader.next();
    if (record !== NONE && lane === 0) countBegun(i32, node.identity.box, record);
    if (record === NONE || i32[record + Rec.ATTEMPTS] === 0 || mayRetry(record)) continue;
    giveUp(record, retry ? 'poison' : 'in-flight');
    reader.done();
    reader.publishHead();
  }
  return givenUp;
}

/**
 * Takes everything out of a box that has no consumer any more: dead letters and rejections, or for an inbox what
 * `each` makes of its messages.
 * @returns how many messages there were
 */
export function drainLeftover(
  host: Host,
  box: Address,
  reason: ExitReason | undefined,
  each?: (message: unknown) => void,
): number {
  const { arena, post } = host;
  const { i32, u8 } = arena;
  let count = 0;
  const isPool = i32[wordOf(box.box) + Box.IDLE] !== 0;
  for (const lane of [1, 0]) {
    const reader = isPool ? sharedReader(host, box, lane) : new Reader(arena, host.thread, box.box, lane);
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      if ((i32[record + Rec.KIND] & VOID) === 0) {
        if (each !== undefined) {
          if ((i32[record + Rec.KIND] & KindFlag.MASK) === Kind.CONTROL) {
            post.open(record, i32, u8);
            each(post.decoder.value());
          }
        } else if (refuse(host, record, box, 'stopped', reason as ExitReason)) count++;
      }
      reader.done();
    }
  }
  return count;
}

/** A pool counts what was taken, not what is done: begin there. */
function sharedReader(host: Host, box: Address, lane: number): Reader {
  const { i32 } = host.arena;
  const base = wordOf(box.box);
  if (lane === 0) i32[base + Box.DONE] = i32[base + Box.LANE0_CONSUMER + 1];
  else i32[base + Box.URGENT_DONE] = i32[base + Box.LANE1_CONSUMER + 1];
  return new Reader(host.arena, host.thread, box.box, lane);
}

/** @returns whether it was a message */
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
  if (kind !== Kind.TELL) {
    const value = new ActorStoppedError(path ?? letter?.to ?? '/(stopped)', reason);
    try {
      host.post.post(replyTo, { kind: Kind.REPLY_ERROR, value, correlation });
    } catch {
      const plain = new ActorStoppedError(value.path, { kind: 'failed', error: String(value.cause) });
      host.post.post(replyTo, { kind: Kind.REPLY_ERROR, value: plain, correlation });
    }
  }
  return true;
}
