/** From a record to the user's method. */
import { Box, type Granule, Header, NONE, Observed } from '../memory/layout.js';
import { addressKey, Kind, KindFlag, type TerminatedNote } from '../messaging/envelope.js';
import { attachmentOf } from '../messaging/mailbox.js';
import type { ExitReason } from '../messaging/reports.js';
import type { Reader } from '../queue/block-chain.js';
import { Rec } from '../queue/record.js';
import type { ActorCell, Instance } from './actor-cell.js';
import { findMethod } from './dispatch.js';
import { begin, type Handling, questionKey } from './handling.js';
import type { LoopHost } from './loop-host.js';
import { fail, finish, isThenable, refuse, settle } from './settle.js';
import { isStreamable } from './stream-source.js';

/** Begins a message: in the mailbox (`reader`), or in a lease. */
export function handleNext(
  host: LoopHost,
  cell: ActorCell,
  record: number,
  reader: Reader | undefined,
  lease: Granule,
): void {
  const { i32 } = cell.arena;
  const kindWord = i32[record + Rec.KIND];
  const { speaking } = host;
  // Begun: a replacement reads this count before it takes the message up again.
  i32[record + Rec.ATTEMPTS]++;
  speaking.cell = cell;
  speaking.handling = undefined;
  try {
    const plain = (kindWord & ~KindFlag.NAMED) === Kind.TELL && (i32[Header.OBSERVED] & Observed.FLOW) === 0;
    if (plain && reader !== undefined && cell.concurrency === 1) handleTell(host, cell, record, reader);
    else {
      const handling = begin(host.post, speaking, cell, record, reader, lease);
      handle(host, cell, handling, kindWord & KindFlag.MASK);
    }
  } finally {
    speaking.cell = undefined;
    speaking.handling = undefined;
    speaking.record = 0;
  }
}

/**
 * The hot path, a tell that nobody observes: what is known of a message being handled is written down only when it
 * is asked for (`context.sender`, an async handler, an error). Measured, on a noisy machine: 2.9 to 5.0 million a second.
 */
function handleTell(host: LoopHost, cell: ActorCell, record: number, reader: Reader): void {
  const { speaking } = host;
  speaking.record = record;
  speaking.reader = reader;
  const { i32, u8 } = cell.arena;
  try {
    const id = i32[record + Rec.METHOD];
    i32[cell.base + Box.CURRENT_METHOD] = id;
    const method = host.post.open(record, i32, u8);
    const args = host.post.decoder.values();
    let call = id < 0 ? undefined : cell.calls[id];
    if (call === undefined) {
      call = findMethod(cell, method);
      if (call === undefined) {
        refuse(host, cell, noted(host, cell, record, reader), record, method);
        return;
      }
      if (id >= 0) cell.calls[id] = call;
    }
    const result = call.apply(cell.instance, args);
    if (typeof result === 'object' && result !== null && (isThenable(result) || isStreamable(result))) {
      settle(host, cell, noted(host, cell, record, reader), result);
      return;
    }
    if (speaking.handling !== undefined) {
      finish(host, cell, speaking.handling);
      return;
    }
    i32[cell.base + Box.PROCESSED]++;
    reader.done();
  } catch (error) {
    fail(host, cell, noted(host, cell, record, reader), error);
  }
}

const noted = (host: LoopHost, cell: ActorCell, record: number, reader: Reader): Handling =>
  host.speaking.handling ?? begin(host.post, host.speaking, cell, record, reader, NONE);

function handle(host: LoopHost, cell: ActorCell, handling: Handling, kind: number): void {
  const { i32, u8 } = cell.arena;
  const { post, speaking } = host;
  const { record } = handling;
  try {
    if (kind === Kind.ASK && isGivenUp(host, cell, handling, i32[record + Rec.DEADLINE])) {
      finish(host, cell, handling);
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
      const watched = cell.watching.delete(addressKey(note.actor.box, note.actor.generation));
      const result = watched
        ? instance.onTerminated?.(host.refTo(note), note.reason as ExitReason)
        : undefined;
      settle(host, cell, handling, result);
      return;
    }
    const args = post.decoder.values();
    const call = findMethod(cell, method);
    if (call === undefined) {
      refuse(host, cell, handling, record, method);
    } else if (kind === Kind.STREAM) {
      const [credit, overflow, buffer, ...own] = args as [number, string, number, ...unknown[]];
      // A generator's lines run later, and still belong to this message.
      speaking.handlings.run(handling, () =>
        host.streams.start(cell, handling, call.apply(instance, own), credit, { overflow, buffer }),
      );
      finish(host, cell, handling);
    } else if (cell.concurrency > 1) {
      // After an await of several handlers only this tells whose line it is.
      settle(
        host,
        cell,
        handling,
        speaking.handlings.run(handling, () => call.apply(instance, args)),
      );
    } else {
      settle(host, cell, handling, call.apply(instance, args));
    }
  } catch (error) {
    fail(host, cell, handling, error);
  }
}

function isGivenUp(host: LoopHost, cell: ActorCell, handling: Handling, deadline: number): boolean {
  if (deadline !== 0 && ((deadline - host.post.now()) | 0) < 0) return true;
  if (cell.cancelled.size === 0) return false;
  return cell.cancelled.delete(questionKey(handling.replyTo?.box ?? NONE, handling.correlation));
}
