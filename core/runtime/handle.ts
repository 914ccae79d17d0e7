/** From a record to the user's method. */
import { Box, type Granule, NONE } from '../memory/layout.js';
import { addressKey, Kind, KindFlag, type TerminatedNote } from '../messaging/envelope.js';
import { attachmentOf } from '../messaging/record-head.js';
import type { ExitReason } from '../messaging/reports.js';
import { tracer } from '../messaging/tracer.js';
import type { Reader } from '../queue/reader.js';
import { Rec } from '../queue/record.js';
import type { ActorCell, Instance } from './actor-cell.js';
import { findMethod } from './dispatch.js';
import { begin, type Handling, questionKey } from './handling.js';
import type { LoopHost } from './loop-host.js';
import type { Call } from './method-table.js';
import { drop, fail, finish, refuse, settle } from './settle.js';

/** Begins a message: in the mailbox (`reader`), or in a lease. */
export function handleNext(
  host: LoopHost,
  cell: ActorCell,
  record: number,
  reader: Reader | undefined,
  lease: Granule,
): void {
  const { speaking } = host;
  host.clock.outdate();
  speaking.cell = cell;
  speaking.handling = undefined;
  try {
    const observed = host.flow.isObserved && !host.flow.passesOver();
    const handling = begin(host.post, speaking, cell, record, reader, lease, observed);
    handle(host, cell, handling, cell.arena.i32[record + Rec.KIND] & KindFlag.MASK);
  } finally {
    speaking.cell = undefined;
    speaking.handling = undefined;
  }
}

/** A message that was begun without one: `context.sender`, an async handler, or an error asks for it. */
export const noted = (host: LoopHost, cell: ActorCell, record: number, reader: Reader): Handling =>
  host.speaking.handling ?? begin(host.post, host.speaking, cell, record, reader, NONE, false);

function handle(host: LoopHost, cell: ActorCell, handling: Handling, kind: number): void {
  const { i32, u8 } = cell.arena;
  const { post } = host;
  const { record } = handling;
  try {
    if (
      (kind === Kind.ASK || kind === Kind.STREAM) &&
      isGivenUp(host, cell, handling, i32[record + Rec.DEADLINE])
    ) {
      drop(host, cell, handling);
      return;
    }
    const attached = attachmentOf(i32, record);
    const attachments = attached === 0 ? undefined : host.attachments.take(attached);
    const method = post.open(record, i32, u8, attachments);
    handling.method = method;
    i32[cell.base + Box.CURRENT_METHOD] = i32[record + Rec.METHOD];
    const instance = cell.instance as Instance;
    if (kind === Kind.TERMINATED) {
      const note = post.decoder.value() as TerminatedNote;
      const watched = cell.watching?.delete(addressKey(note.actor.box, note.actor.generation)) === true;
      const notice = watched ? noticeOf(cell) : undefined;
      settle(host, cell, handling, notice?.call(instance, host.refTo(note), note.reason as ExitReason));
      return;
    }
    const { carrier } = post;
    const args = post.decoder.values();
    if (tracer !== undefined) handling.trace = tracer.process(cell.identity, method, carrier);
    const call = findMethod(cell, method);
    if (call === undefined) {
      refuse(host, cell, handling, record, method);
    } else if (kind === Kind.STREAM) {
      startStream(host, cell, handling, call, args);
      finish(host, cell, handling);
    } else if (cell.concurrency > 1 || handling.trace !== undefined) {
      settle(host, cell, handling, callWithin(host, cell, handling, call, args));
    } else {
      settle(host, cell, handling, call.apply(instance, args));
    }
  } catch (error) {
    fail(host, cell, handling, error);
  }
}

// These by themselves: what holds variables of `handle` would cost something to collect with every message.

function startStream(host: LoopHost, cell: ActorCell, handling: Handling, call: Call, args: unknown[]): void {
  const [overflow, buffer] = args.splice(-2) as [string, number];
  // A generator's lines run later, and still belong to this message.
  host.speaking.within(handling, () =>
    traced(handling, () =>
      host.streams.start(cell, handling, call.apply(cell.instance, args), { overflow, buffer }),
    ),
  );
}

function callWithin(
  host: LoopHost,
  cell: ActorCell,
  handling: Handling,
  call: Call,
  args: unknown[],
): unknown {
  const run = () => traced(handling, () => call.apply(cell.instance, args));
  // After an await of several handlers only this tells whose line it is.
  return cell.concurrency > 1 ? host.speaking.within(handling, run) : run();
}

/** What hears of an end: the actor's hook, or what stands around it. */
function noticeOf({ instance, around }: ActorCell): Call | undefined {
  const hook = (instance as Instance).onTerminated as Call | undefined;
  return hook === undefined || around === undefined ? hook : around.instead('onTerminated', hook);
}

/** As part of the message's trace, if there is one. */
const traced = <T>({ trace }: Handling, call: () => T): T => (trace === undefined ? call() : trace.run(call));

function isGivenUp(host: LoopHost, cell: ActorCell, handling: Handling, deadline: number): boolean {
  // Rounded up: once its asker has given it up, it is overdue here too.
  if (deadline !== 0 && ((deadline - Math.ceil(host.post.now())) | 0) < 0) return true;
  const { replyTo, correlation } = handling;
  if (cell.cancelled === undefined || replyTo === undefined) return false;
  return cell.cancelled.delete(questionKey(replyTo, correlation));
}
