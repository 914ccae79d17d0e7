/**
 * The hot path: tells that nobody observes, without anything beside them, one after the other.
 *
 * A {@link Handling} is made only when one is asked for (`context.sender`, an async handler, an error): without that, 5.0
 * million a second instead of 2.9, as measured on a noisy machine.
 */
import { Box } from '../memory/layout.js';
import { Kind } from '../messaging/envelope.js';
import { tracer } from '../messaging/tracer.js';
import type { Reader } from '../queue/reader.js';
import { Rec } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import { findMethod, isLasting } from './dispatch.js';
import type { FlowTap } from './flow-tap.js';
import { noted } from './handle.js';
import type { LoopHost } from './loop-host.js';
import type { Call } from './method-table.js';
import { fail, finish, isThenable, refuse, settle } from './settle.js';
import { isStreamable } from './stream-source.js';

/** Whether a record is such a tell. */
export const isPlainTell = (i32: Int32Array, flow: FlowTap, cell: ActorCell, record: number): boolean =>
  i32[record + Rec.KIND] === Kind.TELL &&
  cell.concurrency === 1 &&
  tracer === undefined &&
  (!flow.isObserved || flow.passesOver());

/**
 * Handles the record, which is one, and those behind it, as long as nothing else comes before them. Who speaks is said once
 * for all of them.
 * @returns how many are left of the budget
 */
export function handleTells(host: LoopHost, cell: ActorCell, record: number, budget: number): number {
  const { speaking } = host;
  const { i32 } = cell.arena;
  const { mailbox, urgent } = cell;
  speaking.cell = cell;
  speaking.reader = mailbox;
  try {
    do {
      speaking.record = record;
      speaking.handling = undefined;
      handleTell(host, cell, record, mailbox);
      if (--budget === 0 || !cell.isUndisturbed || urgent.next() !== 0) break;
      record = mailbox.next();
    } while (record !== 0 && isPlainTell(i32, host.flow, cell, record));
  } finally {
    speaking.cell = undefined;
    speaking.handling = undefined;
    speaking.record = 0;
  }
  return budget;
}

function handleTell(host: LoopHost, cell: ActorCell, record: number, reader: Reader): void {
  const { post, speaking } = host;
  const { i32, u8 } = cell.arena;
  // A replacement looks at this before it takes the message up again.
  reader.begin();
  if (cell.blackBox.isUnplaced) cell.blackBox.place(record);
  try {
    const id = i32[record + Rec.METHOD];
    i32[cell.base + Box.CURRENT_METHOD] = id;
    const call = cell.methods.byNumber[id] ?? methodOf(host, cell, id);
    if (call === undefined) {
      refuse(host, cell, noted(host, cell, record, reader), record, post.shapes.methodName(id));
      return;
    }
    const args = post.openTell(record, i32, u8);
    const result = args.isOne()
      ? call.call(cell.instance, args.only())
      : call.apply(cell.instance, args.values());
    if (typeof result === 'object' && result !== null && (isThenable(result) || isStreamable(result))) {
      settle(host, cell, noted(host, cell, record, reader), result);
      return;
    }
    if (speaking.handling !== undefined) {
      host.clock.passed();
      finish(host, cell, speaking.handling);
      return;
    }
    i32[cell.base + Box.PROCESSED]++;
    reader.done();
    if (host.clock.passed()) cell.blackBox.leave();
  } catch (error) {
    fail(host, cell, noted(host, cell, record, reader), error);
  }
}

function methodOf({ post }: LoopHost, cell: ActorCell, id: number): Call | undefined {
  const method = post.shapes.methodName(id);
  const call = findMethod(cell, method);
  if (call !== undefined && isLasting(cell, method)) cell.ownMethods.byNumber[id] = call;
  return call;
}
