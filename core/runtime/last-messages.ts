/** What a black box tells: entries copied out of shared memory while their actor may be writing, and put into words. */
import type { Arena } from '../memory/arena.js';
import {
  Box,
  Chain,
  type Granule,
  Header,
  Lane,
  LaneConsumer,
  Lease,
  NONE,
  wordOf,
} from '../memory/layout.js';
import { type Address, KindFlag } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { LastMessage } from '../messaging/reports.js';
import { consumerWords, endOf, producerWords, recordAt } from '../queue/block-chain.js';
import { Rec } from '../queue/record.js';
import {
  attemptsOf,
  BoxBlock,
  begunOf,
  Entry,
  isPlainTell,
  MOVING,
  Outcome,
  outcomeOf,
  Place,
  ShownKind,
  UNTIMED,
  What,
} from './black-box.js';

/** Arguments of larger messages are not shown. */
const MAX_SHOWN_WORDS = 256;

const KINDS = ['tell', 'ask', 'stream', 'terminated', 'schedule'] as const;
const OUTCOMES = ['handling', 'handled', 'failed', 'refused', 'in-flight'] as const;

/** Who reads: its arena, its clock and decoder, and what it knows of names. */
export interface BlackBoxReader {
  readonly arena: Arena;
  readonly post: PostOffice;
  pathOf(address: Address): string;
}

/** The last messages of an actor, oldest first; none when its box is another's by now. */
export function lastMessagesOf(
  reader: BlackBoxReader,
  { box, generation }: Address,
  withArgs: boolean,
): LastMessage[] {
  const { i32 } = reader.arena;
  const base = wordOf(box);
  const isStill = (block: Granule) =>
    Atomics.load(i32, base + Box.GENERATION) === generation &&
    Atomics.load(i32, base + Box.BLACK_BOX) === block;
  const block = Atomics.load(i32, base + Box.BLACK_BOX) as Granule;
  if (block === NONE || !isStill(block)) return [];
  const entries = copyOf(i32, box, wordOf(block));
  const shown = entries.map((words) => show(reader, box, words, withArgs));
  // Given to another meanwhile, what was copied may be anything.
  return isStill(block) ? shown.filter((each) => each !== undefined) : [];
}

/**
 * What an actor is at, and since when: milliseconds since the arena's epoch.
 * @returns undefined when it keeps no black box
 */
export function underWay(
  { i32 }: Arena,
  post: PostOffice,
  box: Granule,
): { readonly method: string; readonly since: number } | 'idle' | undefined {
  const actor = wordOf(box);
  const block = Atomics.load(i32, actor + Box.BLACK_BOX) as Granule;
  if (block === NONE) return undefined;
  const base = wordOf(block);
  const slots = i32[base + BoxBlock.SLOTS];
  if (slots <= 1 || slots > MAX_SLOTS) return undefined;
  const last = Atomics.load(i32, base + BoxBlock.NUMBER);
  for (let number = last; number > Math.max(0, last - slots + 1); number--) {
    const at = base + BoxBlock.ENTRIES + (number % slots) * Entry.WORDS;
    if (outcomeOf(i32, at) !== Outcome.HANDLING) continue;
    const kind = KINDS[(i32[at + Entry.WHAT] >> What.KIND) & 7] ?? 'tell';
    return { method: methodOf(post, kind, i32[at + Entry.METHOD]), since: begunOf(i32, at) / 1000 };
  }
  // One that has no entry yet: begun when the clock was read last, or a little later.
  const isBegun = i32[actor + Box.BEGUN] === ((i32[actor + Box.DONE] + 1) | 0);
  if (!isBegun) return 'idle';
  const high = i32[base + BoxBlock.WINDOW_HIGH] >>> What.TIME;
  const since = (high * 0x100000000 + (i32[base + BoxBlock.WINDOW_LOW] >>> 0)) / 1000;
  return { method: methodOf(post, 'tell', i32[actor + Box.CURRENT_METHOD]), since };
}

/** An entry's words. A plain array: a typed one, or a copy of the whole block, takes as long as the rest of a report. */
type EntryWords = readonly number[];

/** The entries, and what stands behind them in the mailbox: as long as their actor does not go on meanwhile. */
function copyOf(i32: Int32Array, box: Granule, base: number): EntryWords[] {
  const slots = i32[base + BoxBlock.SLOTS];
  if (slots <= 1 || slots > MAX_SLOTS) return [];
  for (let tries = 0; ; tries++) {
    const from = i32[base + BoxBlock.FROM];
    const last = Atomics.load(i32, base + BoxBlock.NUMBER);
    const at = i32[base + BoxBlock.FROM_AT];
    const first = Math.max(1, last - slots + 2);
    const written: EntryWords[] = [];
    for (let number = first; number <= last; number++) {
      written.push(entryAt(i32, base + BoxBlock.ENTRIES + (number % slots) * Entry.WORDS));
    }
    const undated = tellsSince(i32, box, base, at, from);
    const now = Atomics.load(i32, base + BoxBlock.NUMBER);
    const isWhole =
      now === last &&
      at !== MOVING &&
      i32[base + BoxBlock.FROM] === from &&
      i32[base + BoxBlock.FROM_AT] === at;
    if (!isWhole && tries < TRIES) continue;
    // Those that nobody has begun to write over.
    const entries = written.slice(Math.max(0, now - slots + 2 - first));
    if (!isWhole) return behindGap(entries).slice(1 - slots);
    entries.push(...undated);
    return entries.slice(1 - slots);
  }
}

/** Word by word: see {@link Entry}. */
const entryAt = (i32: Int32Array, at: number): EntryWords => [
  i32[at],
  i32[at + 1],
  i32[at + 2],
  i32[at + 3],
  i32[at + 4],
  i32[at + 5],
  i32[at + 6],
];

/** In the midst of copying more than it remembers, it has passed some over: what stands before these is not shown. */
function behindGap(entries: EntryWords[]): EntryWords[] {
  let next: number | undefined;
  for (let at = entries.length - 1; at >= 0; at--) {
    if ((entries[at][Entry.WHAT] & 3) !== Place.MAILBOX) continue;
    const sequence = entries[at][Entry.SEQUENCE];
    if (next !== undefined && ((next - sequence) | 0) !== 1) return entries.slice(at + 1);
    next = sequence;
  }
  return entries;
}

/** An actor at full speed goes on every few microseconds; then its entries will do. */
const TRIES = 4;

/** Tells that were done in one go, and the one that is being handled, which have no entries yet. */
function tellsSince(i32: Int32Array, box: Granule, base: number, at: number, from: number): EntryWords[] {
  const place = at <= 0 ? undefined : blockAround(i32, box, at);
  if (place === undefined) return [];
  const low = i32[base + BoxBlock.WINDOW_LOW];
  const high = i32[base + BoxBlock.WINDOW_HIGH];
  const done = i32[wordOf(box) + Box.DONE];
  const isBegun = i32[wordOf(box) + Box.BEGUN] === ((done + 1) | 0);
  const end = isBegun ? done + 1 : done;
  const entries: EntryWords[] = [];
  for (let sequence = from; ((end - sequence) | 0) > 0 && at < place.end; sequence = (sequence + 1) | 0) {
    const length = i32[at + Rec.LENGTH];
    if (length < Rec.CORRELATION || entries.length > MAX_SLOTS) break;
    if (isPlainTell(i32, at)) {
      const outcome = sequence === done ? Outcome.HANDLING : Outcome.HANDLED;
      const what = high | (attemptsOf(i32, at) << What.ATTEMPTS) | (outcome << What.OUTCOME);
      const method = i32[at + Rec.METHOD];
      // As entryAt has them.
      entries.push([
        sequence,
        method,
        i32[at + Rec.SENDER],
        i32[at + Rec.SENDER_GENERATION],
        low,
        what,
        UNTIMED,
      ]);
    }
    at += length;
  }
  return entries;
}

/** The block of the mailbox that a place lies in, and where its records end. */
function blockAround(i32: Int32Array, box: Granule, at: number): { readonly end: number } | undefined {
  for (const word of blockWords(box, 0)) {
    const block = Atomics.load(i32, word) as Granule;
    const from = wordOf(block);
    if (block === NONE || at < from + Chain.DATA) continue;
    const end = endOf(i32, from);
    if (at < end) return { end };
  }
  return undefined;
}

/** Where the block stands that the actor is at, and the one before, until a sender takes that as the next. */
const blockWords = (box: Granule, lane: number): readonly number[] => [
  consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK,
  producerWords(box, lane) + Lane.SPARE,
];

/** What `mailbox.blackBox` may be, and one more. */
const MAX_SLOTS = 1001;

function show(
  { arena, post, pathOf }: BlackBoxReader,
  box: Granule,
  entry: EntryWords,
  withArgs: boolean,
): LastMessage | undefined {
  const what = entry[Entry.WHAT];
  const kind = KINDS[(what >> What.KIND) & 7];
  const outcome = outcomeOf(entry, 0);
  if (kind === undefined || OUTCOMES[outcome] === undefined) return undefined;
  const begun = begunOf(entry, 0) / 1000;
  const took = entry[Entry.TOOK] === UNTIMED ? post.now() - begun : (entry[Entry.TOOK] >>> 0) / 1000;
  const sender = entry[Entry.SENDER] as Granule;
  const content = withArgs ? contentOf(arena, post, box, entry) : undefined;
  return {
    method: content?.method ?? methodOf(post, kind, entry[Entry.METHOD]),
    kind,
    from: sender === NONE ? undefined : pathOf({ box: sender, generation: entry[Entry.SENDER_GENERATION] }),
    time: arena.f64[Header.EPOCH / 2] + begun,
    tookMs: Math.max(0, took),
    outcome: OUTCOMES[outcome],
    attempts: (what >> What.ATTEMPTS) & 15,
    args: content?.args,
  };
}

function methodOf(post: PostOffice, kind: LastMessage['kind'], id: number): string {
  if (kind === 'schedule') return 'schedule';
  if (kind === 'terminated') return 'onTerminated';
  try {
    // One without a number has its name in its content.
    return id < 0 ? '' : post.shapes.methodName(id);
  } catch {
    return '';
  }
}

/** Its arguments, while its record lies where it was. */
function contentOf(
  arena: Arena,
  post: PostOffice,
  box: Granule,
  entry: EntryWords,
): { readonly method: string; readonly args: readonly unknown[] } | undefined {
  const kind = (entry[Entry.WHAT] >> What.KIND) & 7;
  if (kind > ShownKind.STREAM) return undefined;
  const record = recordOf(arena.i32, box, entry);
  // What was moved is not here, and what travels beside it neither.
  if (record === undefined || (record[Rec.KIND] & (KindFlag.MOVED | KindFlag.ATTACHED)) !== 0) {
    return undefined;
  }
  try {
    const method = post.open(0, record, new Uint8Array(record.buffer), []);
    const args = post.decoder.values();
    return { method, args: kind === ShownKind.STREAM ? args.slice(0, -2) : args };
  } catch {
    return undefined;
  }
}

/** A copy of the record that an entry is about. */
function recordOf(i32: Int32Array, box: Granule, entry: EntryWords): Int32Array | undefined {
  const place = entry[Entry.WHAT] & 3;
  if (place === Place.NOWHERE) return undefined;
  const found = place === Place.LEASE ? leasedRecord(i32, box, entry) : mailRecord(i32, box, place, entry);
  const isIt =
    found !== undefined &&
    found[Rec.METHOD] === entry[Entry.METHOD] &&
    found[Rec.SENDER] === entry[Entry.SENDER] &&
    found[Rec.SENDER_GENERATION] === entry[Entry.SENDER_GENERATION];
  return isIt ? found : undefined;
}

function copyRecord(i32: Int32Array, at: number): Int32Array | undefined {
  const length = i32[at + Rec.LENGTH];
  if (length < Rec.CORRELATION || length > MAX_SHOWN_WORDS) return undefined;
  return i32.slice(at, at + length);
}

function mailRecord(i32: Int32Array, box: Granule, lane: number, entry: EntryWords): Int32Array | undefined {
  const words = blockWords(box, lane);
  for (const word of words) {
    const block = Atomics.load(i32, word) as Granule;
    if (block === NONE) continue;
    const from = wordOf(block);
    const base = i32[from + Chain.BASE];
    const at = recordAt(i32, block, entry[Entry.SEQUENCE]);
    if (at === 0) continue;
    const copy = copyRecord(i32, at);
    // A block that is given to another, or used again, is not where it was, or begins with another number.
    const stayed = words.some((each) => Atomics.load(i32, each) === block) && i32[from + Chain.BASE] === base;
    return stayed ? copy : undefined;
  }
  return undefined;
}

/** In the actor's lease, until it takes the next one to it. */
function leasedRecord(i32: Int32Array, box: Granule, entry: EntryWords): Int32Array | undefined {
  const sequence = entry[Entry.SEQUENCE];
  let lease = i32[wordOf(box) + Box.LEASES] as Granule;
  for (let steps = 0; lease !== NONE && steps < 10_000; steps++) {
    const at = wordOf(lease);
    if (i32[at + Lease.SEQUENCE] === sequence) {
      const copy = copyRecord(i32, at + Lease.RECORD);
      return i32[at + Lease.SEQUENCE] === sequence ? copy : undefined;
    }
    lease = i32[at + Lease.NEXT] as Granule;
  }
  return undefined;
}
