/** A limit of time that counts: when all of the machine stands still, nobody has had any. */
const LOOK_MS = 20;
/** Of a look that comes late, no more than this. */
const MOST_MS = 100;

export class Patience {
  #lookedAt = performance.now();

  constructor(private leftMs: number) {}

  /** Lets a moment pass. @returns whether there are any left */
  async lasts(): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = performance.now();
    this.leftMs -= Math.min(now - this.#lookedAt, MOST_MS);
    this.#lookedAt = now;
    return this.leftMs > 0;
  }
}
