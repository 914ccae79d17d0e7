/**
 * What the senders and handlers of a round write down, in shared memory of its own, so that it outlives them: what was
 * sent by whom, what was begun and ended, what has settled. What a killed thread was at is known from here alone.
 */

/** Actors and pools' workers have one each; 0 is the program. Each may have a child, so many further on. */
export const SLOTS = 64;
export const CHILD = 32;
/** Of one round. An actor has a life more each time it is started. */
export const MAX_LIVES = 1 << 14;
export const MAX_MESSAGES = 1 << 20;

/** How it was sent, or what else is waited for. */
export const How = {
  TELL: 1,
  SEND: 2,
  ASK: 3,
  /** With a time limit, or a signal: it may be dropped. */
  BRIEF_ASK: 4,
  STREAM: 5,
  /** Left before its end. */
  BRIEF_STREAM: 6,
  /** No message, but a promise that has to settle: a spawn, a stop. */
  PROMISE: 7,
} as const;

/** What became of the call. */
export const Sent = {
  BEGUN: 1,
  /** The call has returned: from here on nobody's death may lose the message. */
  RETURNED: 2,
  /** The promise of a `send`, an `ask`, or a stream's end has settled: well, or not. */
  RESOLVED: 4,
  REJECTED: 8,
  /** It overtakes: its place in the order does not count. */
  URGENT: 16,
} as const;

/** What an actor is doing. */
export const Phase = { IDLE: 0, HANDLING: 1, SENDING: 2, ASKING: 3, SPAWNING: 4 } as const;

/** Words that all share. */
export const Word = {
  /** 1: nothing new is begun. */
  STOP: 0,
  MESSAGES: 1,
  LIVES: 2,
  /** What must not be, counted by who sees it. */
  DISORDERED: 3,
  GAPS: 4,
  NAMES_TAKEN: 5,
  LATE_WORDS: 6,
  SURPRISES: 7,
  SEED: 8,
  /** Handlers that threw on purpose. */
  THROWN: 9,
  WORDS: 16,
} as const;

const Slot = { PHASE: 0, THREAD: 1, LIFE: 2, BIRTHS: 3, WORDS: 4 } as const;

export class Ledger {
  readonly words: Int32Array;
  readonly #slots: Int32Array;
  readonly #lifeThreads: Int32Array;
  readonly #lifeSlots: Uint8Array;
  /** Of each life of a sender, the last message that each receiver has begun. */
  readonly #latest: Int32Array;
  /** Of each message. */
  readonly lives: Uint16Array;
  readonly to: Uint8Array;
  readonly how: Uint8Array;
  readonly sent: Uint8Array;
  readonly begun: Uint8Array;
  readonly ended: Uint8Array;
  readonly thrown: Uint8Array;
  /** Of a message that asks for an end to be watched: the number of the promise that the watched one came from. */
  readonly about: Int32Array;
  /** By that number: how often its end was told. */
  readonly mourned: Uint8Array;

  constructor(readonly buffer = new SharedArrayBuffer(Ledger.#layout().bytes)) {
    const at = Ledger.#layout();
    this.words = new Int32Array(buffer, at.words, Word.WORDS);
    this.#slots = new Int32Array(buffer, at.slots, SLOTS * Slot.WORDS);
    this.#lifeThreads = new Int32Array(buffer, at.lifeThreads, MAX_LIVES);
    this.#latest = new Int32Array(buffer, at.latest, MAX_LIVES * SLOTS);
    this.lives = new Uint16Array(buffer, at.lives, MAX_MESSAGES);
    const bytes = (offset: number, length: number) => new Uint8Array(buffer, offset, length);
    this.#lifeSlots = bytes(at.lifeSlots, MAX_LIVES);
    this.to = bytes(at.to, MAX_MESSAGES);
    this.how = bytes(at.how, MAX_MESSAGES);
    this.sent = bytes(at.sent, MAX_MESSAGES);
    this.begun = bytes(at.begun, MAX_MESSAGES);
    this.ended = bytes(at.ended, MAX_MESSAGES);
    this.thrown = bytes(at.thrown, MAX_MESSAGES);
    this.about = new Int32Array(buffer, at.about, MAX_MESSAGES);
    this.mourned = bytes(at.mourned, MAX_MESSAGES);
  }

  static #layout() {
    let bytes = 0;
    const take = (count: number): number => (bytes += count) - count;
    const offsets = {
      words: take(Word.WORDS * 4),
      slots: take(SLOTS * Slot.WORDS * 4),
      lifeThreads: take(MAX_LIVES * 4),
      latest: take(MAX_LIVES * SLOTS * 4),
      about: take(MAX_MESSAGES * 4),
      lives: take(MAX_MESSAGES * 2),
      lifeSlots: take(MAX_LIVES),
      to: take(MAX_MESSAGES),
      how: take(MAX_MESSAGES),
      sent: take(MAX_MESSAGES),
      begun: take(MAX_MESSAGES),
      ended: take(MAX_MESSAGES),
      thrown: take(MAX_MESSAGES),
      mourned: take(MAX_MESSAGES),
    };
    return { ...offsets, bytes };
  }

  get isStopped(): boolean {
    return Atomics.load(this.words, Word.STOP) === 1;
  }

  get messages(): number {
    return Math.min(Atomics.load(this.words, Word.MESSAGES), MAX_MESSAGES);
  }

  count(word: number): void {
    Atomics.add(this.words, word, 1);
  }

  /** A new life in a slot. @returns its number, from 1 on; the program's is 0 */
  born(slot: number, thread: number): number {
    const life = Atomics.add(this.words, Word.LIVES, 1) + 1;
    if (life >= MAX_LIVES) throw new Error('This round has had too many lives.');
    const at = slot * Slot.WORDS;
    this.#lifeThreads[life] = thread;
    this.#lifeSlots[life] = slot;
    Atomics.store(this.#slots, at + Slot.PHASE, Phase.IDLE);
    Atomics.store(this.#slots, at + Slot.THREAD, thread);
    Atomics.store(this.#slots, at + Slot.LIFE, life);
    Atomics.add(this.#slots, at + Slot.BIRTHS, 1);
    return life;
  }

  births(slot: number): number {
    return Atomics.load(this.#slots, slot * Slot.WORDS + Slot.BIRTHS);
  }
  threadOf(slot: number): number {
    return Atomics.load(this.#slots, slot * Slot.WORDS + Slot.THREAD);
  }
  threadOfLife(life: number): number {
    return this.#lifeThreads[life];
  }
  slotOfLife(life: number): number {
    return this.#lifeSlots[life];
  }
  /** Whether another life has begun in the place of this one; on the same thread, when it had thrown. */
  isReplaced(life: number): boolean {
    return Atomics.load(this.#slots, this.#lifeSlots[life] * Slot.WORDS + Slot.LIFE) !== life;
  }

  phase(slot: number, phase?: number): number {
    const at = slot * Slot.WORDS + Slot.PHASE;
    if (phase !== undefined) Atomics.store(this.#slots, at, phase);
    return Atomics.load(this.#slots, at);
  }

  // --- messages: numbers grow in the order in which a life sends --------------------------------------------------

  /** @returns the number of a message that is about to be sent; undefined when there have been enough of them */
  open(how: number, life: number, to: number, flags = 0): number | undefined {
    const id = Atomics.add(this.words, Word.MESSAGES, 1);
    if (id >= MAX_MESSAGES) return undefined;
    this.lives[id] = life;
    this.to[id] = to;
    this.how[id] = how;
    Atomics.store(this.sent, id, Sent.BEGUN | flags);
    return id;
  }

  mark(id: number, flag: number): void {
    Atomics.or(this.sent, id, flag);
  }

  /** @returns how often it was begun before */
  begin(id: number): number {
    return Atomics.add(this.begun, id, 1);
  }
  end(id: number): void {
    Atomics.add(this.ended, id, 1);
  }
  throws(id: number): void {
    Atomics.add(this.thrown, id, 1);
    this.count(Word.THROWN);
  }

  /** A message is begun for the first time: those of one life come in order. */
  inOrder(id: number, slot: number): void {
    if ((Atomics.load(this.sent, id) & Sent.URGENT) !== 0) return;
    const at = this.lives[id] * SLOTS + slot;
    if (this.#latest[at] > id + 1) this.count(Word.DISORDERED);
    else this.#latest[at] = id + 1;
  }
}
