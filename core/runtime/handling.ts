/** A message as being handled: what is noted of it when it is begun, and who it is taken back from. */
import { Box, type Granule, Lease, NONE, wordOf } from '../memory/layout.js';
import { type Address, Kind, KindFlag, sameAddress } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import { replyToOf, senderOf, timeOf } from '../messaging/record-head.js';
import type { ProcessSpan } from '../messaging/tracer.js';
import { countBegun } from '../queue/block-chain.js';
import type { Reader } from '../queue/reader.js';
import { Rec } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import { Place } from './black-box.js';
import { Handlers } from './handlers.js';

/** A message that is being handled. */
export interface Handling {
  method: string;
  /** Where the answer goes, or undefined for a tell. */
  readonly replyTo: Address | undefined;
  readonly correlation: number;
  readonly sender: Address | undefined;
  /** The lease that holds it, or 0 when it lies in the mailbox still. */
  readonly lease: Granule;
  /** The reader whose record it is, when in the mailbox. */
  readonly reader: Reader | undefined;
  /** Index of its record. */
  readonly record: number;
  /** 0 when nobody observes it. */
  startedAt: number;
  readonly sentAt: number;
  /** Its number in the black box. */
  readonly noted: number;
  abort: AbortController | undefined;
  /** Part of a trace. */
  trace: ProcessSpan | undefined;
  /** Whose message it is: an awaited line may be another actor's, on a thread of several. */
  readonly owner: ActorCell;
}

/** Notes a message as being handled. @param observed whether its times are noted for who watches the flow */
export function begin(
  post: PostOffice,
  speaking: { handling: Handling | undefined; readonly record: number },
  cell: ActorCell,
  record: number,
  reader: Reader | undefined,
  lease: Granule,
  observed: boolean,
): Handling {
  const { i32 } = cell.arena;
  // A replacement reads this count before it takes the message up again. One begun as a plain tell is counted now.
  if (reader === cell.mailbox) {
    reader.begin();
    countBegun(i32, cell.plan.box, record);
  } else i32[record + Rec.ATTEMPTS]++;
  const kind = i32[record + Rec.KIND] & KindFlag.MASK;
  const answered = kind === Kind.ASK || kind === Kind.STREAM;
  const handling: Handling = {
    method: '',
    replyTo: answered ? replyToOf(i32, record) : undefined,
    correlation: answered ? i32[record + Rec.CORRELATION] : 0,
    sender: senderOf(i32, record),
    lease,
    reader,
    record,
    startedAt: observed ? post.now() : 0,
    sentAt: observed ? timeOf(i32, record) : 0,
    noted: note(cell, record, reader, lease, speaking.record === record),
    abort: undefined,
    trace: undefined,
    owner: cell,
  };
  underWay(cell, speaking, handling);
  return handling;
}

function underWay(cell: ActorCell, speaking: { handling: Handling | undefined }, handling: Handling): void {
  cell.handling ??= new Handlers();
  cell.handling.add(handling);
  speaking.handling = handling;
}

/** In the black box. @returns its number there */
function note(
  cell: ActorCell,
  record: number,
  reader: Reader | undefined,
  lease: Granule,
  isUnderWay: boolean,
): number {
  const { i32 } = cell.arena;
  const { blackBox } = cell;
  if (lease !== NONE) {
    return blackBox.begin(record, Place.LEASE, i32[wordOf(lease) + Lease.SEQUENCE], isUnderWay);
  }
  if (reader === cell.mailbox)
    return blackBox.begin(record, Place.MAILBOX, i32[cell.base + Box.DONE], isUnderWay);
  return blackBox.begin(record, Place.URGENT, i32[cell.base + Box.URGENT_DONE], isUnderWay);
}

/** A schedule's call: it runs as a message would, and lies in no mailbox. */
export function beginJob(
  post: PostOffice,
  speaking: { handling: Handling | undefined },
  cell: ActorCell,
  observed: boolean,
): Handling {
  // It comes when its time has come: it has not waited.
  const now = observed ? post.now() : 0;
  const handling: Handling = {
    method: 'schedule',
    replyTo: undefined,
    correlation: 0,
    sender: undefined,
    lease: NONE,
    reader: undefined,
    record: 0,
    startedAt: now,
    sentAt: now,
    noted: cell.blackBox.beginJob(),
    abort: undefined,
    trace: undefined,
    owner: cell,
  };
  underWay(cell, speaking, handling);
  return handling;
}

/** It is not being handled any more. @param outcome as the black box tells it */
export function over(cell: ActorCell, handling: Handling, outcome: number): void {
  // A call of a schedule may end after it was given up: long after, when the memory is another's.
  if (cell.handling?.delete(handling) === true) {
    cell.blackBox.end(handling.noted, outcome);
    handling.trace?.end();
  }
  cell.endWaits(handling);
}

/** Made when it is needed first: by who reads the signal, or by who aborts it before it was read. */
export function abortOf(handling: Handling): AbortController {
  handling.abort ??= new AbortController();
  return handling.abort;
}

/** An inbox is used again by other threads, and each of them counts its questions from 1. */
export const questionKey = ({ box, generation }: Address, correlation: number): string =>
  `${box}.${generation}:${correlation}`;

/** Questions given up that were not met yet, at most so many an actor: as many as a mailbox holds by default. */
const MAX_CANCELLED = 100_000;

/**
 * Nobody waits any more for the answer to this question.
 * @param overdue its record has a deadline that has passed
 */
export function takeBack(cell: ActorCell, correlation: number, replyTo: Address, overdue: boolean): void {
  let found = false;
  for (const handling of cell.handling ?? []) {
    if (handling.correlation !== correlation || handling.replyTo === undefined) continue;
    if (!sameAddress(handling.replyTo, replyTo)) continue;
    abortOf(handling).abort();
    found = true;
  }
  // A pool's question may lie anywhere: it is dropped by its deadline, or by the worker that takes it.
  if (found || overdue) return;
  cell.cancelled ??= new Set();
  const { cancelled } = cell;
  if (cancelled.size >= MAX_CANCELLED) {
    // The oldest was answered before its cancellation came, most likely.
    for (const oldest of cancelled) {
      cancelled.delete(oldest);
      break;
    }
  }
  cancelled.add(questionKey(replyTo, correlation));
}
