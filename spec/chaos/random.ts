/** Numbers by chance that can be had again: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Nothing, a turn of the event loop, or some time with and without it: here death finds one. */
  async linger(): Promise<void> {
    const how = this.below(4);
    const end = performance.now() + 0.3;
    if (how === 1) await new Promise(setImmediate);
    if (how === 2) while (performance.now() < end);
    if (how === 3) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}
