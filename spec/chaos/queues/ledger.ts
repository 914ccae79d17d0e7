/**
 * What the threads of a round write down in shared memory, so that the program can tell what a killed one was doing:
 * an item that died in its hand is accounted for, anything else is lost.
 */

export const QUEUES = ['SharedQueue', 'SharedPriorityQueue', 'SharedStack'] as const;
/** The one whose items come back when their consumer dies. */
export const RETRYING = 1;
/** Items of one queue and round. */
export const MAX_ITEMS = 1 << 20;
export const SLOTS = 8;

/** What a thread is doing: the number of the queue, or of what it locks, is added. */
export const Phase = {
  OTHER: 0,
  GETTING: 10,
  HOLDING: 20,
  FINISHING: 30,
  PUTTING: 40,
  LOCKING: 50,
  INSIDE: 60,
} as const;

/** Bits of what happened to an item. */
export const Mark = { BEGUN: 1, PUT: 2, REFUSED: 4 } as const;

/** Words of each thread. */
const Slot = { ALIVE: 0, PHASE: 1, HOLDING: 2, OPERATIONS: 3, INSIDE: 4, READING: 5, WORDS: 8 } as const;

/** Words that all share. */
export const Word = {
  STOP: 0,
  /** Each found by a thread that sees what must not be. */
  DISORDERED: 1,
  TORN: 2,
  CROWDED: 3,
  /** The next item of each queue. */
  NEXT: 4,
  /** Under the mutex: who is in, and two words that are equal outside. */
  OWNER: 8,
  LEFT: 9,
  RIGHT: 10,
  /** Under the read-write lock. */
  WRITER: 11,
  /** Under the condition's mutex. */
  TOKENS: 12,
  WORDS: 16,
} as const;

export class Ledger {
  readonly words: Int32Array;
  readonly #slots: Int32Array;
  /** By queue: what happened to each item, how often it was taken, and by whom it was put. */
  readonly marks: Uint8Array[] = [];
  readonly taken: Uint8Array[] = [];
  readonly makers: Uint16Array[] = [];

  constructor(readonly buffer = new SharedArrayBuffer(Ledger.bytes)) {
    let at = 0;
    const take = (bytes: number): number => (at += bytes) - bytes;
    this.words = new Int32Array(buffer, take(Word.WORDS * 4), Word.WORDS);
    this.#slots = new Int32Array(buffer, take(SLOTS * Slot.WORDS * 4), SLOTS * Slot.WORDS);
    for (const _ of QUEUES) {
      this.makers.push(new Uint16Array(buffer, take(MAX_ITEMS * 2), MAX_ITEMS));
      this.marks.push(new Uint8Array(buffer, take(MAX_ITEMS), MAX_ITEMS));
      this.taken.push(new Uint8Array(buffer, take(MAX_ITEMS), MAX_ITEMS));
    }
  }

  static get bytes(): number {
    return Word.WORDS * 4 + SLOTS * Slot.WORDS * 4 + QUEUES.length * MAX_ITEMS * 4;
  }

  get isStopped(): boolean {
    return Atomics.load(this.words, Word.STOP) === 1;
  }

  count(word: number): void {
    Atomics.add(this.words, word, 1);
  }

  /** A new thread in a slot. */
  enter(slot: number): void {
    this.#slots.fill(0, slot * Slot.WORDS, (slot + 1) * Slot.WORDS);
    Atomics.store(this.#slots, slot * Slot.WORDS + Slot.ALIVE, 1);
  }

  /** Said before it is killed: from here on nobody takes what it wrote about itself for true. */
  doom(slot: number): void {
    Atomics.store(this.#slots, slot * Slot.WORDS + Slot.ALIVE, 0);
  }

  phase(slot: number, phase?: number): number {
    const at = slot * Slot.WORDS + Slot.PHASE;
    if (phase !== undefined) Atomics.store(this.#slots, at, phase);
    return Atomics.load(this.#slots, at);
  }

  /** The item in a thread's hand, or -1. */
  holding(slot: number, item?: number): number {
    const at = slot * Slot.WORDS + Slot.HOLDING;
    if (item !== undefined) Atomics.store(this.#slots, at, item + 1);
    return Atomics.load(this.#slots, at) - 1;
  }

  operated(slot: number): void {
    Atomics.add(this.#slots, slot * Slot.WORDS + Slot.OPERATIONS, 1);
  }

  operations(slot: number): number {
    return Atomics.load(this.#slots, slot * Slot.WORDS + Slot.OPERATIONS);
  }

  inside(slot: number, is: boolean): void {
    Atomics.store(this.#slots, slot * Slot.WORDS + Slot.INSIDE, Number(is));
  }

  reading(slot: number, is: boolean): void {
    Atomics.store(this.#slots, slot * Slot.WORDS + Slot.READING, Number(is));
  }

  /** How many of the living are inside; a doomed one is not counted, whether it still runs or not. */
  countInside(): number {
    return this.#living(Slot.INSIDE);
  }
  countReading(): number {
    return this.#living(Slot.READING);
  }

  #living(word: number): number {
    let count = 0;
    for (let at = 0; at < SLOTS * Slot.WORDS; at += Slot.WORDS) {
      if (Atomics.load(this.#slots, at + word) !== 0 && Atomics.load(this.#slots, at + Slot.ALIVE) !== 0)
        count++;
    }
    return count;
  }
}
