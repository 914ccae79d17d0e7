/**
 * Everything that crosses a thread, in one place: the kinds of records, and what their payloads hold.
 */
import type { Granule } from '../memory/layout.js';
import { KIND_MASK, SENTINEL_KIND, TERMINATED_KIND } from '../queue/record.js';

/** Where a message goes: a box, and the generation that makes a reused slot a stranger. */
export interface Address {
  readonly box: Granule;
  readonly generation: number;
}

export const Kind = {
  // To a mailbox: payload is the argument list.
  TELL: 1,
  ASK: 2,
  STREAM: 3,
  /** The end mark: everything accepted before it is handled. */
  SENTINEL: SENTINEL_KIND,
  /** Payload: a {@link TerminatedNote}. */
  TERMINATED: TERMINATED_KIND,
  // To a thread's inbox, by correlation: payload is one value.
  REPLY: 16,
  REPLY_ERROR: 17,
  STREAM_ITEM: 18,
  STREAM_END: 19,
  STREAM_ERROR: 20,
  // To a thread's inbox: payload is a Control.
  CONTROL: 32,
  /** To the creating thread's inbox: payload is a record that nobody will handle, see undelivered.ts. */
  UNDELIVERED: 33,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Beside the kind in a record's KIND word. */
export const KindFlag = {
  MASK: KIND_MASK,
  /** Something travels beside the record, whose last word is its number. */
  ATTACHED: 1 << 8,
  /** Objects were moved: such a message is never retried, and a dead letter shows it without content. */
  MOVED: 1 << 9,
  /** The method's name stands in the payload, since the shared table had no room. */
  NAMED: 1 << 10,
  /** Streams are among the arguments: whoever gave them is told when the message is done with. */
  STREAMS: 1 << 11,
  /** A trace's carrier stands before the arguments, behind the name if that is there. */
  TRACED: 1 << 12,
} as const;

const WAIT_SHIFT = 16;
/** In an ask's KIND, in the bits 16 to 22: the place of the slot in which its asker waits, or 0, see wait-slots.ts. */
export const withWaitPlace = (place: number): number => place << WAIT_SHIFT;
export const waitPlaceOf = (kindWord: number): number => (kindWord >> WAIT_SHIFT) & 127;

/** Whether a record calls a method: nobody has to hear of the others when they cannot be delivered. */
export const isMessage = (kindWord: number): boolean => (kindWord & KindFlag.MASK) <= Kind.STREAM;

/** A `Terminated` notice as it lies in a watcher's mailbox. */
export interface TerminatedNote {
  readonly actor: Address;
  readonly path: string;
  readonly type: string;
  readonly reason: unknown;
}

/** In place of the path of one that has ended, where it is not known any more. */
export const STOPPED_PATH = '/(stopped)';

export const sameAddress = (a: Address, b: Address): boolean =>
  a.box === b.box && a.generation === b.generation;

/** A key for maps: one actor, one key. Boxes are granules below 2^29, so the product stays exact. */
export const addressKey = (box: number, generation: number): number =>
  box * 0x400000 + (generation & 0x3fffff);
