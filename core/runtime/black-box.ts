/**
 * The black box: the last messages that an actor began, in a ring in shared memory, so that they are read from outside
 * while it is stuck, and after its thread has died. The writing end; the reading one is last-messages.ts.
 *
 * ```
 *  block | NUMBER SLOTS FROM FROM_AT WINDOW | entry | entry | ...      one slot more than are shown: it may be half written
 *  entry | SEQUENCE METHOD SENDER SENDER_GENERATION BEGUN_LOW BEGUN_HIGH+WHAT TOOK
 * ```
 *
 * Tells that are done in one go, the hot path, are not written down one by one: they lie in the mailbox, and what stands
 * there from FROM on up to the one begun last counts as the ring's end. They are copied when the clock is read, and
 * before the block that they lie in may be used again. Measured, with 220 ns for a message, on a noisy machine: some
 * nanoseconds each; a clock and eight stores with each message were 40.
 *
 * Nothing of a message's content is copied. It stays in the mailbox for a while, and is looked for there.
 */
import type { Arena } from '../memory/arena.js';
import { Box, Chain, type Granule, LaneConsumer, NONE, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { Kind, KindFlag } from '../messaging/envelope.js';
import { microsOf } from '../messaging/record-head.js';
import { consumerWords, recordAt } from '../queue/block-chain.js';
import { Rec, VOID } from '../queue/record.js';
import type { Clock } from './clock.js';

/** Words of the block before its entries. */
export const BoxBlock = {
  /** How many entries were ever written. */
  NUMBER: 0,
  SLOTS: 1,
  /** Number of the first record in the mailbox that has no entry, and where it lies: 0 or {@link MOVING} if unknown. */
  FROM: 2,
  FROM_AT: 3,
  /** Since when such records have been begun: microseconds since the epoch, two words. */
  WINDOW_LOW: 4,
  WINDOW_HIGH: 5,
  ENTRIES: 6,
} as const;

export const Entry = {
  /** Number of the record in its lane, or of what was taken from a pool. */
  SEQUENCE: 0,
  METHOD: 1,
  SENDER: 2,
  SENDER_GENERATION: 3,
  /** Microseconds since the epoch, low word. */
  BEGUN_LOW: 4,
  /** In the upper half the high word, below it {@link What}. */
  WHAT: 5,
  /** Microseconds, or {@link UNTIMED}. */
  TOOK: 6,
  WORDS: 7,
} as const;

/** Places of the bits in {@link Entry.WHAT}. */
export const What = { PLACE: 0, KIND: 2, OUTCOME: 5, ATTEMPTS: 8, TIME: 16 } as const;
/** Where the record lay. */
export const Place = { MAILBOX: 0, URGENT: 1, LEASE: 2, NOWHERE: 3 } as const;
export const ShownKind = { TELL: 0, ASK: 1, STREAM: 2, TERMINATED: 3, SCHEDULE: 4 } as const;
export const Outcome = { HANDLING: 0, HANDLED: 1, FAILED: 2, REFUSED: 3, IN_FLIGHT: 4 } as const;

const KINDS: Record<number, number> = {
  [Kind.TELL]: ShownKind.TELL,
  [Kind.ASK]: ShownKind.ASK,
  [Kind.STREAM]: ShownKind.STREAM,
  [Kind.TERMINATED]: ShownKind.TERMINATED,
};
const MAX_ATTEMPTS = 15;
/** In {@link Entry.TOOK}: it has not ended. */
export const UNTIMED = -1;
const MAX_TOOK = 0xfffffffe;
/**
 * In {@link BoxBlock.FROM_AT} while entries are written of what stands from FROM on. Whoever reads then, takes nothing
 * from the mailbox, or would show twice what has its entry already.
 */
export const MOVING = -1;
/** Far from where numbers would wrap. */
const MAX_NUMBER = 1 << 30;

export class BlackBox {
  readonly i32: Int32Array;
  /** Looked at with each tell: where the mailbox's next record lies is not known here. */
  isUnplaced: boolean;
  #number = 0;
  /** Of the last entry whose time is known, if it has ended. */
  #timed = 0;
  #slots = 0;
  #base = 0;
  /** The entry written last, and the last one of the block. */
  #at = 0;
  #end = 0;
  readonly #box: number;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly box: Granule,
    /** How many messages are to be remembered. */
    public size: number,
    readonly clock: Clock,
  ) {
    const { i32 } = arena;
    this.i32 = i32;
    this.#box = wordOf(box);
    this.isUnplaced = size > 0;
    const block = i32[this.#box + Box.BLACK_BOX] as Granule;
    if (block !== NONE) this.#resume(block);
  }

  #resume(block: Granule): void {
    this.#base = wordOf(block);
    this.#slots = this.i32[this.#base + BoxBlock.SLOTS];
    this.#number = this.i32[this.#base + BoxBlock.NUMBER];
    this.#timed = this.#number;
    this.#at = this.#slot(this.#number);
    this.#end = this.#base + BoxBlock.ENTRIES + (this.#slots - 1) * Entry.WORDS;
  }

  /** At the first message: most actors of a hundred thousand are idle. @returns whether there is a block */
  #open(): boolean {
    if (this.#base !== 0) return true;
    if (this.size === 0) return false;
    const { arena, thread, i32 } = this;
    const slots = this.size + 1;
    const words = BoxBlock.ENTRIES + slots * Entry.WORDS;
    const block = arena.take(thread, words * 4);
    // Without memory the messages are what matters.
    if (block === NONE) return false;
    const base = wordOf(block);
    i32.fill(0, base, base + words);
    i32[base + BoxBlock.SLOTS] = slots;
    // Linked, then out of hand: whoever buries the thread looks whether it is the box's.
    Atomics.store(i32, this.#box + Box.BLACK_BOX, block);
    thread.letGo();
    this.#resume(block);
    return true;
  }

  // --- tells that are done in one go ------------------------------------------------------------------------

  /** The mailbox's next record, with which a life begins, or which is tried again. */
  place(record: number): void {
    this.isUnplaced = false;
    if (!this.#open()) return;
    const { i32 } = this;
    this.enter();
    this.#moveTo(i32[this.#box + Box.DONE], record);
  }

  /** What stands in the mailbox before that has its entry, or is to have none. */
  #moveTo(sequence: number, record: number): void {
    const { i32 } = this;
    const base = this.#base;
    // Never the number of one with the place of another, however far a reader, or a death, lets this come.
    if (i32[base + BoxBlock.FROM_AT] !== 0) i32[base + BoxBlock.FROM_AT] = MOVING;
    i32[base + BoxBlock.FROM] = sequence;
    i32[base + BoxBlock.FROM_AT] = record;
  }

  /** What is begun from now on has been begun since now. */
  enter(): void {
    if (this.#base === 0) return;
    const { i32, clock } = this;
    i32[this.#base + BoxBlock.WINDOW_LOW] = clock.low;
    i32[this.#base + BoxBlock.WINDOW_HIGH] = clock.high;
  }

  /** The clock was read: what was done since it was last took so long at the most. */
  leave(): void {
    if (this.#base === 0) return;
    this.#copyDone();
    this.#time();
    this.enter();
  }

  #copyDone(): void {
    const { i32, clock } = this;
    const base = this.#base;
    let record = i32[base + BoxBlock.FROM_AT];
    const done = i32[this.#box + Box.DONE];
    let left = (done - i32[base + BoxBlock.FROM]) | 0;
    if (record === 0 || left <= 0) return;
    const took = clock.low - i32[base + BoxBlock.WINDOW_LOW];
    i32[base + BoxBlock.FROM_AT] = MOVING;
    // Of more than it remembers, the last ones.
    for (; left >= this.#slots; left--) record += i32[record + Rec.LENGTH];
    for (; left > 0; left--) {
      if (isPlainTell(i32, record)) this.#copyTell(record, (done - left) | 0, Outcome.HANDLED, took);
      record += i32[record + Rec.LENGTH];
    }
    this.#moveTo(done, record);
  }

  #copyTell(record: number, sequence: number, outcome: number, took: number): void {
    const { i32 } = this;
    const base = this.#base;
    const at = this.#next();
    this.#copy(at, record, sequence);
    i32[at + Entry.BEGUN_LOW] = i32[base + BoxBlock.WINDOW_LOW];
    const attempts = attemptsOf(i32, record);
    i32[at + Entry.WHAT] =
      i32[base + BoxBlock.WINDOW_HIGH] | (attempts << What.ATTEMPTS) | (outcome << What.OUTCOME);
    i32[at + Entry.TOOK] = took;
    i32[base + BoxBlock.NUMBER] = this.#number;
  }

  /** The mailbox goes on to another block, and the one before may be used again. */
  onBlock(next: Granule): void {
    if (this.#base === 0 || this.i32[this.#base + BoxBlock.FROM_AT] === 0) return;
    this.clock.read();
    this.leave();
    this.i32[this.#base + BoxBlock.FROM_AT] = wordOf(next) + Chain.DATA;
  }

  // --- all others -------------------------------------------------------------------------------------------

  /**
   * @param isUnderWay it was begun as one that is done in one go
   * @returns its number, for {@link end}
   */
  begin(record: number, place: number, sequence: number, isUnderWay: boolean): number {
    if (!this.#open()) return 0;
    const { i32, clock } = this;
    const base = this.#base;
    let low = i32[base + BoxBlock.WINDOW_LOW];
    let high = i32[base + BoxBlock.WINDOW_HIGH];
    // Nor was it begun before it was sent: of a pool, the order of beginnings is that of these times.
    if (isUnderWay || this.#hasUndated() || microsOf(i32, record) > clock.micros) clock.read();
    this.leave();
    if (!isUnderWay) ({ low, high } = clock);
    const kind = KINDS[i32[record + Rec.KIND] & KindFlag.MASK] ?? ShownKind.TELL;
    const attempts = Math.min(i32[record + Rec.ATTEMPTS], MAX_ATTEMPTS);
    const at = this.#next();
    this.#copy(at, record, sequence);
    this.#stamp(at, place | (kind << What.KIND) | (attempts << What.ATTEMPTS), low, high);
    if (place === Place.MAILBOX) {
      this.isUnplaced = false;
      this.#moveTo((sequence + 1) | 0, record + i32[record + Rec.LENGTH]);
    }
    return this.#number;
  }

  /** Whether there are tells done that no reading of the clock has come after. */
  #hasUndated(): boolean {
    const { i32 } = this;
    const base = this.#base;
    return i32[base + BoxBlock.FROM_AT] !== 0 && i32[this.#box + Box.DONE] !== i32[base + BoxBlock.FROM];
  }

  /** A call of a schedule. */
  beginJob(): number {
    if (!this.#open()) return 0;
    const { clock } = this;
    if (this.#hasUndated()) clock.read();
    this.leave();
    const at = this.#next();
    this.i32.fill(0, at, at + Entry.WORDS);
    const what = Place.NOWHERE | (ShownKind.SCHEDULE << What.KIND) | (1 << What.ATTEMPTS);
    this.#stamp(at, what, clock.low, clock.high);
    return this.#number;
  }

  #next(): number {
    // The slot stays the one whose turn it is.
    if (this.#number >= MAX_NUMBER) {
      this.#number = this.#slots + (this.#number % this.#slots);
      this.#timed = 0;
    }
    this.#number++;
    // Not by dividing: that would take as long as all the rest.
    this.#at = this.#at === this.#end ? this.#base + BoxBlock.ENTRIES : this.#at + Entry.WORDS;
    return this.#at;
  }

  #slot(number: number): number {
    return this.#base + BoxBlock.ENTRIES + (number % this.#slots) * Entry.WORDS;
  }

  #copy(at: number, record: number, sequence: number): void {
    const { i32 } = this;
    i32[at + Entry.SEQUENCE] = sequence;
    i32[at + Entry.METHOD] = i32[record + Rec.METHOD];
    i32[at + Entry.SENDER] = i32[record + Rec.SENDER];
    i32[at + Entry.SENDER_GENERATION] = i32[record + Rec.SENDER_GENERATION];
  }

  #stamp(at: number, what: number, low: number, high: number): void {
    const { i32 } = this;
    i32[at + Entry.BEGUN_LOW] = low;
    i32[at + Entry.WHAT] = high | what;
    i32[at + Entry.TOOK] = UNTIMED;
    i32[this.#base + BoxBlock.NUMBER] = this.#number;
  }

  /** How it came out; the first word counts. Of one that others have been written over, nothing is said any more. */
  end(number: number, outcome: number): void {
    if (number === 0 || this.#number - number >= this.#slots) return;
    const { i32 } = this;
    const at = this.#slot(number);
    if (outcomeOf(i32, at) !== Outcome.HANDLING) return;
    i32[at + Entry.WHAT] |= outcome << What.OUTCOME;
    // Else it is timed with the next reading of the clock.
    if (number <= this.#timed || this.clock.micros > begunOf(i32, at)) this.#setTook(at);
  }

  #setTook(at: number): void {
    const { i32 } = this;
    i32[at + Entry.TOOK] = Math.max(0, Math.min(this.clock.micros - begunOf(i32, at), MAX_TOOK));
  }

  /** Of those that have ended since the clock was read before. */
  #time(): void {
    const { i32 } = this;
    let number = Math.max(this.#timed, this.#number - this.#slots);
    while (number < this.#number) {
      const at = this.#slot(++number);
      if (i32[at + Entry.TOOK] === UNTIMED && outcomeOf(i32, at) !== Outcome.HANDLING) this.#setTook(at);
    }
    this.#timed = this.#number;
  }

  /** The actor has ended: its memory is given to others. */
  detach(): void {
    this.#base = 0;
    this.#slots = 0;
    this.isUnplaced = false;
    this.size = 0;
  }

  // --- the end of a life ------------------------------------------------------------------------------------

  /**
   * Its thread is dead: what was done and not written down is written, and what was being handled is in flight. By
   * whoever buries the thread, before the begun message is counted or given up.
   */
  close(): void {
    const base = this.#base;
    if (base === 0) return;
    const { i32 } = this;
    const done = i32[this.#box + Box.DONE];
    if (i32[base + BoxBlock.FROM_AT] === MOVING) this.#findPlace(done);
    this.#copyDone();
    const isPlaced = i32[base + BoxBlock.FROM_AT] !== 0 && i32[base + BoxBlock.FROM] === done;
    if (isPlaced && i32[this.#box + Box.BEGUN] === ((done + 1) | 0)) {
      this.#copyTell(i32[base + BoxBlock.FROM_AT], done, Outcome.HANDLING, UNTIMED);
    }
    // The next life finds its place again.
    i32[base + BoxBlock.FROM_AT] = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const at = this.#slot(slot);
      if (i32[at + Entry.WHAT] === 0 || i32[at + Entry.TOOK] !== UNTIMED) continue;
      this.#setTook(at);
      if (outcomeOf(i32, at) === Outcome.HANDLING) i32[at + Entry.WHAT] |= Outcome.IN_FLIGHT << What.OUTCOME;
    }
  }

  /** It died while it wrote entries: up to where it had come is found again, so that none is written twice. */
  #findPlace(done: number): void {
    const { i32 } = this;
    let sequence = i32[this.#base + BoxBlock.FROM];
    const head = i32[consumerWords(this.box, 0) + LaneConsumer.HEAD_BLOCK] as Granule;
    let record = recordAt(i32, head, sequence);
    for (; record !== 0 && ((done - sequence) | 0) > 0; sequence = (sequence + 1) | 0) {
      if (isPlainTell(i32, record) && !this.#isWritten(record, sequence)) break;
      record += i32[record + Rec.LENGTH];
    }
    this.#moveTo(sequence, record);
  }

  #isWritten(record: number, sequence: number): boolean {
    const { i32 } = this;
    const attempts = attemptsOf(i32, record);
    // Without the one that it may have died over.
    for (let number = this.#number; number > Math.max(0, this.#number - this.#slots + 1); number--) {
      const at = this.#slot(number);
      const what = i32[at + Entry.WHAT] & ((1 << What.OUTCOME) - 1);
      const tried = (i32[at + Entry.WHAT] >> What.ATTEMPTS) & MAX_ATTEMPTS;
      if (what === 0 && tried === attempts && i32[at + Entry.SEQUENCE] === sequence) return true;
    }
    return false;
  }
}

/** A sentinel, and what was withdrawn, are no messages. */
export const isPlainTell = (i32: Int32Array, record: number): boolean =>
  (i32[record + Rec.KIND] & (KindFlag.MASK | VOID)) === Kind.TELL;

/** How often a tell that is done in one go was begun, this time included, which its record does not count. */
export const attemptsOf = (i32: Int32Array, record: number): number =>
  Math.min(i32[record + Rec.ATTEMPTS] + 1, MAX_ATTEMPTS);

/** When an entry was begun: microseconds since the epoch. */
export const begunOf = (words: ArrayLike<number>, at: number): number =>
  (words[at + Entry.WHAT] >>> What.TIME) * 0x100000000 + (words[at + Entry.BEGUN_LOW] >>> 0);

export const outcomeOf = (words: ArrayLike<number>, at: number): number =>
  (words[at + Entry.WHAT] >> What.OUTCOME) & 7;

/** Gives the block back. */
export function releaseBlackBox(arena: Arena, thread: ThreadRecord, box: Granule): void {
  const block = arena.i32[wordOf(box) + Box.BLACK_BOX] as Granule;
  if (block !== NONE) arena.free(thread, block);
}
