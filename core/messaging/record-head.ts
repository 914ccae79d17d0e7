/** The words that a record begins with: its sender writes them, whoever takes it reads them. */
import { type Granule, NONE } from '../memory/layout.js';
import { Rec } from '../queue/record.js';
import { type Address, Kind, KindFlag } from './envelope.js';

/** A tell is answered by nobody: its header ends before the correlation. */
export const TELL_HEADER = Rec.CORRELATION;
export const headerWords = (kind: number): number => (kind === Kind.TELL ? TELL_HEADER : Rec.PAYLOAD);

/** Those that all records have. ATTEMPTS begins at 0. */
export function writeHead(
  words: Int32Array,
  record: number,
  length: number,
  kind: number,
  method: number,
  sender: Address | undefined,
  timeLow: number,
  timeHigh: number,
): void {
  words[record + Rec.LENGTH] = length;
  words[record + Rec.KIND] = kind;
  words[record + Rec.ATTEMPTS] = 0;
  words[record + Rec.TIME_LOW] = timeLow;
  words[record + Rec.TIME_HIGH] = timeHigh;
  words[record + Rec.SENDER] = sender === undefined ? 0 : sender.box;
  words[record + Rec.SENDER_GENERATION] = sender === undefined ? 0 : sender.generation;
  words[record + Rec.METHOD] = method;
}

/** Those of what is answered, or is an answer. */
export function writeAnswerHead(
  words: Int32Array,
  record: number,
  correlation: number,
  replyTo: Address | undefined,
  deadline: number,
): void {
  words[record + Rec.CORRELATION] = correlation;
  words[record + Rec.REPLY_TO] = replyTo === undefined ? 0 : replyTo.box;
  words[record + Rec.REPLY_GENERATION] = replyTo === undefined ? 0 : replyTo.generation;
  words[record + Rec.DEADLINE] = deadline;
}

/** Number of what travels beside a record, or 0. */
export function attachmentOf(words: Int32Array, record: number): number {
  if ((words[record + Rec.KIND] & KindFlag.ATTACHED) === 0) return 0;
  return words[record + words[record + Rec.LENGTH] - 1];
}

/** Mostly the same as before: an object for each is a tenth of what a question leaves to be collected. */
let lastSender: Address = { box: NONE, generation: 0 };
let lastReplyTo: Address = { box: NONE, generation: 0 };

export function senderOf(words: Int32Array, record: number): Address | undefined {
  const box = words[record + Rec.SENDER] as Granule;
  const generation = words[record + Rec.SENDER_GENERATION];
  if (box === NONE) return undefined;
  if (lastSender.box !== box || lastSender.generation !== generation) lastSender = { box, generation };
  return lastSender;
}

export function replyToOf(words: Int32Array, record: number): Address {
  const box = words[record + Rec.REPLY_TO] as Granule;
  const generation = words[record + Rec.REPLY_GENERATION];
  if (lastReplyTo.box !== box || lastReplyTo.generation !== generation) lastReplyTo = { box, generation };
  return lastReplyTo;
}

/** When it was sent: milliseconds since the epoch. */
export const timeOf = (words: Int32Array, record: number): number => microsOf(words, record) / 1000;

export const microsOf = (words: Int32Array, record: number): number =>
  words[record + Rec.TIME_HIGH] * 0x100000000 + (words[record + Rec.TIME_LOW] >>> 0);
