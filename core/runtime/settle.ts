/** How a message ends: answered, done, refused, failed, or given up with the life that was handling it. */
import { ActorStoppedError, UnknownMethodError } from '../errors.js';
import { Box, Lease, LeaseState, NONE, wordOf } from '../memory/layout.js';
import { postAnswer, postReply } from '../messaging/answer.js';
import { Kind, KindFlag, waitPlaceOf } from '../messaging/envelope.js';
import type { Step } from '../messaging/outgoing.js';
import { attachmentOf } from '../messaging/record-head.js';
import type { DeadLetterReason, ExitReason } from '../messaging/reports.js';
import { doneWord } from '../queue/block-chain.js';
import { freeLease } from '../queue/lease.js';
import { Rec } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import { Outcome } from './black-box.js';
import { type Handling, over } from './handling.js';
import type { LoopHost } from './loop-host.js';
import { isStreamable } from './stream-source.js';
import { answered } from './wait-slots.js';

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';

/** A value is the answer at once; a promise keeps the message until it settles. */
export function settle(host: LoopHost, cell: ActorCell, handling: Handling, result: unknown): void {
  if (!isThenable(result)) {
    host.clock.passed();
    succeed(host, cell, handling, result);
  } else settleLater(host, cell, handling, result);
}

function settleLater(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  result: PromiseLike<unknown>,
): void {
  host.clock.outdate();
  const { life } = cell;
  // Of a foreign thenable neither the times that it settles nor what it resolves to can be relied on.
  Promise.resolve(result).then(
    (value) => {
      if (cell.life !== life) return;
      host.clock.read();
      succeed(host, cell, handling, value);
      host.ready(cell);
    },
    (error: unknown) => {
      if (cell.life !== life) return;
      fail(host, cell, handling, error);
      host.ready(cell);
    },
  );
}

function succeed(host: LoopHost, cell: ActorCell, handling: Handling, value: unknown): void {
  if (isStreamable(value)) {
    refuseStream(host, cell, handling);
    return;
  }
  if (handling.replyTo !== undefined) answer(host, cell, handling, Kind.REPLY, value);
  finish(host, cell, handling);
}

/** The message is done with: a replacement would start behind it. */
export function finish(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  outcome: number = Outcome.HANDLED,
): void {
  cell.arena.i32[cell.base + Box.PROCESSED]++;
  if (handling.startedAt !== 0) host.flow.handled(cell, handling, host.post.now());
  drop(host, cell, handling, outcome);
}

/** As {@link finish}, of a message that no handler has seen to its end: it is not counted as processed. */
export function drop(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  outcome: number = Outcome.REFUSED,
): void {
  over(cell, handling, outcome);
  release(host, cell, handling);
}

/** What says that a message is done with, where {@link release} says it. */
function doneBy({ arena, plan, urgent }: ActorCell, { record, reader, lease }: Handling): Step | undefined {
  if (record === 0) return undefined;
  if (reader === undefined) return { word: wordOf(lease) + Lease.STATE, value: LeaseState.FREE };
  const word = doneWord(plan.box, reader === urgent ? 1 : 0);
  return { word, value: (arena.i32[word] + 1) | 0 };
}

function release(host: LoopHost, cell: ActorCell, handling: Handling): void {
  const { i32 } = cell.arena;
  const { record } = handling;
  const attached = record === 0 ? 0 : attachmentOf(i32, record);
  if (record !== 0 && (i32[record + Rec.KIND] & KindFlag.STREAMS) !== 0) {
    host.given.release(host.given.within(record, i32, attached === 0 ? [] : host.attachments.take(attached)));
  }
  if (handling.reader !== undefined) handling.reader.done();
  else if (handling.lease !== NONE) freeLease(cell.arena, handling.lease);
  // Only now: one that is tried again reads them again.
  if (attached !== 0) host.attachments.forget(attached);
}

/** A stream that was told or asked for: nobody has subscribed to it. */
function refuseStream(host: LoopHost, cell: ActorCell, handling: Handling): void {
  const why = 'It gives a stream: subscribe to it by ref.stream.';
  refuse(host, cell, handling, handling.record, methodOf(host, cell, handling), why);
}

/** What a plain tell calls is read again when something is to be said of it. */
function methodOf(host: LoopHost, { arena }: ActorCell, { method, record }: Handling): string {
  return method || (record === 0 ? '' : host.post.open(record, arena.i32, arena.u8, []));
}

/** An answer before "done": if the thread dies between, the asker hears twice and ignores the second. */
function answer(host: LoopHost, cell: ActorCell, handling: Handling, kind: Kind, value: unknown): void {
  const { replyTo, correlation, record, sender: asker } = handling;
  if (replyTo === undefined) return;
  const { i32 } = cell.arena;
  if (asker !== undefined) answered(i32, asker, waitPlaceOf(i32[record + Rec.KIND]), correlation, replyTo);
  const sender = cell.identity;
  if (kind === Kind.REPLY) postReply(host.post, replyTo, value, correlation, sender);
  else postAnswer(host.post, replyTo, { kind, value, correlation, sender });
}

/** The actor has no such message. */
export function refuse(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  record: number,
  method: string,
  why?: string,
): void {
  const error = new UnknownMethodError(method, cell.identity.types[0] ?? 'Actor', why);
  handling.trace?.failed(error);
  if (handling.replyTo !== undefined) {
    if (handling.startedAt !== 0) host.flow.handled(cell, handling, host.post.now(), { error });
    answer(host, cell, handling, Kind.REPLY_ERROR, error);
  } else host.letters.giveUp(record, cell.identity, 'unknown-method', error, doneBy(cell, handling));
  drop(host, cell, handling);
}

/** An error while answering is an answer; an error in a tell is the supervisor's. */
export function fail(host: LoopHost, cell: ActorCell, handling: Handling, error: unknown): void {
  host.clock.read();
  handling.trace?.failed(error);
  // Shown also when its beginning was passed over.
  if (host.flow.isObserved && (handling.record !== 0 || handling.startedAt !== 0)) {
    handling.method = methodOf(host, cell, handling);
    host.flow.handled(cell, handling, host.post.now(), { error });
  }
  if (handling.replyTo !== undefined) {
    answer(host, cell, handling, Kind.REPLY_ERROR, error);
    handling.startedAt = 0;
    finish(host, cell, handling, Outcome.FAILED);
    return;
  }
  const { onError, inFlight } = cell.blueprint.supervision;
  settleFailed(host, cell, handling, 'failed', error, onError !== 'resume' && inFlight === 'retry');
  report(host, cell, error);
}

/** Counts and logs a failure, and suspends the actor until the supervisor has decided; with `resume` there is nothing to decide. */
export function report(host: LoopHost, cell: ActorCell, error: unknown): void {
  cell.count(Box.FAILED);
  if (cell.blueprint.supervision.onError !== 'resume') cell.suspended = true;
  host.failed(cell, error);
}

/** @returns whether it is given up, rather than tried again */
function settleFailed(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  reason: DeadLetterReason,
  error: unknown,
  retry: boolean,
): boolean {
  over(cell, handling, reason === 'failed' ? Outcome.FAILED : Outcome.IN_FLIGHT);
  if (retry && mayBeRetried(cell, handling)) {
    // In the mailbox it stays the next one; a lease is taken up again by the next life.
    if (handling.lease !== NONE) cell.leftLeases = [...cell.leftLeases, handling.lease];
    cell.blackBox.isUnplaced = cell.blackBox.size > 0;
    return false;
  }
  const why = retry ? 'poison' : reason;
  host.letters.giveUp(handling.record, cell.identity, why, error, doneBy(cell, handling));
  release(host, cell, handling);
  return true;
}

/** What was moved never is. */
function mayBeRetried(cell: ActorCell, { record }: Handling): boolean {
  const { i32 } = cell.arena;
  if ((i32[record + Rec.KIND] & KindFlag.MOVED) !== 0) return false;
  return i32[record + Rec.ATTEMPTS] < cell.blueprint.supervision.maxAttempts;
}

/**
 * The other handlers under way when an instance is given up: in flight, as at a thread's death.
 * @returns how many messages are given up for good
 */
export function abandonHandlers(host: LoopHost, cell: ActorCell, reason: ExitReason): number {
  cell.life++;
  host.clock.read();
  let givenUp = 0;
  const retry =
    cell.blueprint.supervision.inFlight === 'retry' &&
    (reason.kind === 'failed' || reason.kind === 'escalated');
  for (const handling of [...(cell.handling ?? [])]) {
    if (handling.record === 0) {
      over(cell, handling, Outcome.IN_FLIGHT);
      continue;
    }
    handling.abort?.abort(new ActorStoppedError(cell.identity.path, reason));
    if (handling.replyTo !== undefined && !(retry && mayBeRetried(cell, handling))) {
      answer(host, cell, handling, Kind.REPLY_ERROR, new ActorStoppedError(cell.identity.path, reason));
      const why = retry ? 'poison' : 'in-flight';
      host.letters.giveUp(handling.record, cell.identity, why, undefined, doneBy(cell, handling));
      over(cell, handling, Outcome.IN_FLIGHT);
      release(host, cell, handling);
      givenUp++;
    } else if (settleFailed(host, cell, handling, 'in-flight', undefined, retry)) givenUp++;
  }
  return givenUp;
}
