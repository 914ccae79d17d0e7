/**
 * The shared memory of a model: what the instrumented code calls in place of touching an arena's words.
 *
 * Each change is kept, so that the memory can be put back to any earlier moment; and the whole content has a
 * fingerprint, kept up with each change, so that two ways to the same state are known as such.
 */

/** What is done to a word. */
export const Kind = {
  LOAD: 0,
  STORE: 1,
  ATOMIC_LOAD: 2,
  ATOMIC_STORE: 3,
  COMPARE_EXCHANGE: 4,
  EXCHANGE: 5,
  ADD: 6,
  SUB: 7,
  OR: 8,
  AND: 9,
  /** An addition whose result nobody looks at: of two, either may come first. */
  COUNT: 10,
  WAIT: 11,
  NOTIFY: 12,
  LOAD_DOUBLE: 13,
  STORE_DOUBLE: 14,
  /** Something that a thread's event loop brings. */
  EVENT: 15,
} as const;
export const KIND_NAMES = Object.keys(Kind);

export const isAtomic = (kind: number): boolean => kind >= Kind.ATOMIC_LOAD && kind <= Kind.NOTIFY;
export const writes = (kind: number): boolean =>
  kind === Kind.STORE || kind === Kind.STORE_DOUBLE || (kind >= Kind.ATOMIC_STORE && kind <= Kind.COUNT);

/** Who decides when an access happens. */
export interface Agent {
  /** Whether a simulated thread runs: else an access is the harness's own, and happens at once. */
  readonly active: boolean;
  access(kind: number, word: number, a: number, b: number): number;
  wait(word: number, value: number, timeoutMs: number): 'ok' | 'not-equal' | 'timed-out';
  waitAsync(word: number, value: number): { async: boolean; value: unknown };
}

export interface Views {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
}

type Words = Record<number, number>;
type Bulk = Record<string, (...args: never[]) => unknown>;

/** Mixes a word's place and value into 32 bits; two of these with different seeds make one fingerprint. */
export function mix(seed: number, a: number, b: number): number {
  let h = Math.imul(a ^ seed, 0x85ebca6b) ^ Math.imul(b + 0x9e3779b9, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}
export function mixText(seed: number, text: string): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i), i);
  return h;
}
export const SEED_1 = 0x1b873593;
export const SEED_2 = 0x5bd1e995;

export class Memory {
  agent: Agent | undefined;
  i32: Int32Array = new Int32Array(0);
  f64: Float64Array = new Float64Array(0);
  #u8: Uint8Array = new Uint8Array(0);
  /** The fingerprint's halves: how the content differs from that at {@link adopt}. */
  hash1 = 0;
  hash2 = 0;
  /** Words that were changed, each with its old value. */
  #undo = new Int32Array(1 << 16);
  #changes = 0;

  /** From here on the arena's words are what is watched. */
  adopt({ i32, f64, u8 }: Views): void {
    this.i32 = i32;
    this.f64 = f64;
    this.#u8 = u8;
    this.hash1 = this.hash2 = this.#changes = 0;
  }

  get mark(): number {
    return this.#changes;
  }

  write(word: number, value: number): void {
    const old = this.i32[word];
    if (old === value) return;
    if (this.#changes * 2 === this.#undo.length) {
      const larger = new Int32Array(this.#undo.length * 2);
      larger.set(this.#undo);
      this.#undo = larger;
    }
    this.#undo[this.#changes * 2] = word;
    this.#undo[this.#changes * 2 + 1] = old;
    this.#changes++;
    this.#set(word, old, value);
  }

  #set(word: number, old: number, value: number): void {
    this.i32[word] = value;
    // By the value as stored: a double's half, or a number beyond 32 bits, is cut by the store.
    const now = this.i32[word];
    this.hash1 ^= mix(SEED_1, word, old) ^ mix(SEED_1, word, now);
    this.hash2 ^= mix(SEED_2, word, old) ^ mix(SEED_2, word, now);
  }

  /** Puts the memory back to what it was at the mark. */
  rollback(mark: number): void {
    while (this.#changes > mark) {
      this.#changes--;
      const word = this.#undo[this.#changes * 2];
      this.#set(word, this.i32[word], this.#undo[this.#changes * 2 + 1]);
    }
  }

  /** Does it. @returns what the operation gives */
  perform(kind: number, word: number, a: number, b: number): number {
    const { i32 } = this;
    const old = i32[word];
    switch (kind) {
      case Kind.STORE:
      case Kind.ATOMIC_STORE:
      case Kind.EXCHANGE:
        this.write(word, a | 0);
        return kind === Kind.EXCHANGE ? old : a;
      case Kind.COMPARE_EXCHANGE:
        if (old === a) this.write(word, b | 0);
        return old;
      case Kind.ADD:
        this.write(word, (old + a) | 0);
        return old;
      case Kind.COUNT:
        this.write(word, (old + a) | 0);
        return 0;
      case Kind.SUB:
        this.write(word, (old - a) | 0);
        return old;
      case Kind.OR:
        this.write(word, old | a);
        return old;
      case Kind.AND:
        this.write(word, old & a);
        return old;
      case Kind.LOAD_DOUBLE:
        return this.f64[word >> 1];
      case Kind.STORE_DOUBLE: {
        const halves = new Int32Array(new Float64Array([a]).buffer);
        this.write(word, halves[0]);
        this.write(word + 1, halves[1]);
        return a;
      }
      default:
        return old;
    }
  }

  #access(kind: number, word: number, a: number, b: number): number {
    const { agent } = this;
    return agent?.active ? agent.access(kind, word, a, b) : this.perform(kind, word, a, b);
  }

  // What the instrumented code calls.

  get(words: Words, key: number): unknown {
    if ((words as unknown) === this.i32) return this.#access(Kind.LOAD, key, 0, 0);
    if ((words as unknown) === this.f64) return this.#access(Kind.LOAD_DOUBLE, key * 2, 0, 0);
    this.#known(words);
    return words[key];
  }

  put(words: Words, key: number, value: number): number {
    if ((words as unknown) === this.i32) this.#access(Kind.STORE, key, value, 0);
    else if ((words as unknown) === this.f64) this.#access(Kind.STORE_DOUBLE, key * 2, value, 0);
    else {
      this.#known(words);
      words[key] = value;
    }
    return value;
  }

  update(words: Words, key: number, change: (value: never) => unknown, wantsOld: boolean): unknown {
    const old = this.get(words, key);
    const value = change(old as never);
    this.put(words, key, value as number);
    return wantsOld ? old : value;
  }

  bulk(target: unknown, method: string, ...args: unknown[]): unknown {
    if (target !== this.i32) {
      this.#known(target);
      if (method === 'set' && args[0] === this.i32) throw new Error('All of the arena is copied.');
      return (target as Bulk)[method](...(args as never[]));
    }
    const { length } = this.i32;
    const load = (word: number): number => this.#access(Kind.LOAD, word, 0, 0);
    const store = (word: number, value: number): number => this.#access(Kind.STORE, word, value, 0);
    if (method === 'fill') {
      const [value, from = 0, to = length] = args as number[];
      for (let word = from; word < to; word++) store(word, value);
      return target;
    }
    if (method === 'copyWithin') {
      const [to, from, end = length] = args as number[];
      for (let i = 0; i < end - from; i++) store(to + i, load(from + i));
      return target;
    }
    if (method === 'set') {
      const [values, at = 0] = args as [ArrayLike<number>, number];
      for (let i = 0; i < values.length; i++) store(at + i, values[i]);
      return undefined;
    }
    // A part of it: as a copy, which is what all the callers make of it.
    const [from = 0, to = length] = args as number[];
    const copy = new Int32Array(Math.max(0, to - from));
    for (let i = 0; i < copy.length; i++) copy[i] = load(from + i);
    return copy;
  }

  #known(words: unknown): void {
    if (words === this.#u8 && this.agent?.active) throw new Error('Bytes of the arena are not modelled.');
  }

  /** Stands in the place of `Atomics`. */
  readonly atomics = {
    load: (words: Int32Array, at: number) => this.#atomic(words, Kind.ATOMIC_LOAD, at, 0, 0),
    store: (words: Int32Array, at: number, value: number) =>
      this.#atomic(words, Kind.ATOMIC_STORE, at, value, 0),
    compareExchange: (words: Int32Array, at: number, from: number, to: number) =>
      this.#atomic(words, Kind.COMPARE_EXCHANGE, at, from, to),
    exchange: (words: Int32Array, at: number, value: number) =>
      this.#atomic(words, Kind.EXCHANGE, at, value, 0),
    add: (words: Int32Array, at: number, value: number) => this.#atomic(words, Kind.ADD, at, value, 0),
    sub: (words: Int32Array, at: number, value: number) => this.#atomic(words, Kind.SUB, at, value, 0),
    /** In a place where nobody looks at the result. */
    count: (words: Int32Array, at: number, value: number) =>
      void this.#atomic(words, Kind.COUNT, at, value, 0),
    or: (words: Int32Array, at: number, value: number) => this.#atomic(words, Kind.OR, at, value, 0),
    and: (words: Int32Array, at: number, value: number) => this.#atomic(words, Kind.AND, at, value, 0),
    notify: (words: Int32Array, at: number, count = Number.POSITIVE_INFINITY) =>
      this.agent?.active && words === this.i32 ? this.agent.access(Kind.NOTIFY, at, count, 0) : 0,
    wait: (words: Int32Array, at: number, value: number, timeoutMs = Number.POSITIVE_INFINITY) =>
      this.#agentOf(words).wait(at, value, timeoutMs),
    waitAsync: (words: Int32Array, at: number, value: number) => this.#agentOf(words).waitAsync(at, value),
  };

  #agentOf(words: Int32Array): Agent {
    const { agent } = this;
    if (!agent?.active || words !== this.i32) throw new Error('Only a simulated thread can wait.');
    return agent;
  }

  #atomic(words: Int32Array, kind: number, at: number, a: number, b: number): number {
    if (words === this.i32) return this.#access(kind, at, a, b);
    // Another memory than the one watched, when a module is loaded: nobody shares it.
    const other = new Memory();
    other.i32 = words;
    return other.perform(kind, at, a, b);
  }
}
