/** Numbers that look like chance, and are the same for the same seed. */

export const MAX_SEED = 2 ** 32 - 1;

/** mulberry32: 32 bits of state, enough for choices in a test. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer of 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
