/** What actors write down outside of themselves, so that it outlives them: numbers, in the order of their writing. */
const CAPACITY = 8192;

export class Ledger {
  /** What an actor is given. */
  readonly shared = new SharedArrayBuffer((CAPACITY + 2) * 4);
  readonly #words = new Int32Array(this.shared);

  get entries(): number[] {
    return [...this.#words.subarray(1, 1 + Atomics.load(this.#words, 0))];
  }

  /** Resolves once so many numbers stand here. */
  async holds(count: number): Promise<number[]> {
    for (;;) {
      const seen = Atomics.load(this.#words, 0);
      if (seen >= count) return this.entries;
      await Atomics.waitAsync(this.#words, 0, seen).value;
    }
  }

  /** Resolves once this number stands here. */
  async has(entry: number): Promise<number[]> {
    for (let count = 1; ; count++) {
      const entries = await this.holds(count);
      if (entries.includes(entry)) return entries;
    }
  }
}

/** For actors: writes a number down. */
export function enter(shared: SharedArrayBuffer, entry: number): void {
  const words = new Int32Array(shared);
  // Siblings write at the same time: a place is claimed first, and places are counted in their order.
  const place = Atomics.add(words, words.length - 1, 1);
  Atomics.store(words, 1 + place, entry);
  while (Atomics.compareExchange(words, 0, place, place + 1) !== place);
  Atomics.notify(words, 0);
}
