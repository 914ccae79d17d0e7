/**
 * How often a thread looks for work before it sleeps: learned from how long it slept, and from what the looks were good
 * for.
 *
 * Two threads that answer each other may be on one core, as others keep the rest of the machine busy: then each looks in
 * vain for as long as it may, since the other is let on only when it sleeps. Seen from one of them, all looks are in vain,
 * and what comes comes right after it has gone to sleep. It looks no more then, until it has slept shortly so many times;
 * with each time that this happens again, twice as many.
 */

/** Looks that take a millisecond, roughly: see {@link backOff}. */
const LOOKS_PER_MS = 4000;
/** Short sleeps that it takes at most before looking is tried again: some milliseconds. */
const MOST_PATIENCE = 64;
/** So many finds, and half of the patience is enough. */
const FORGIVEN = 256;

export class Looks {
  #patience = 1;
  #shortSleeps = 0;
  #found = 0;

  constructor(
    /** How often it looks now. */
    public count: number,
    readonly fewest: number,
    /** Who has slept no longer than this, in milliseconds, had better have looked on. */
    readonly shortMs: number,
  ) {}

  /** What it looked for came meanwhile. */
  found(): void {
    if (this.#patience === 1 || ++this.#found < FORGIVEN) return;
    this.#found = 0;
    this.#patience >>= 1;
  }

  /**
   * It had to sleep after all, for so long.
   * @param most looks, at most
   * @param looked how often it had looked in vain before it slept; 0 if that is to count for nothing
   */
  slept(ms: number, most: number, looked = 0): void {
    if (ms >= this.shortMs) {
      this.count = Math.max(this.fewest, this.count >> 1);
    } else if (looked >= most && ms * LOOKS_PER_MS < looked) {
      this.count = this.fewest;
      this.#shortSleeps = 0;
      this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2);
    } else if (this.count > this.fewest || ++this.#shortSleeps >= this.#patience) {
      this.#shortSleeps = 0;
      this.count = Math.min(most, this.count * 4);
    }
  }
}
