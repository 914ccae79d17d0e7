/** How often a thread looks for work before it sleeps: learned from how long it slept. */
export class Looks {
  constructor(
    /** How often it looks now. */
    public count: number,
    readonly fewest: number,
    /** Who has slept no longer than this, in milliseconds, had better have looked on. */
    readonly shortMs: number,
  ) {}

  /** It had to sleep after all, for so long. */
  slept(ms: number, most: number): void {
    this.count = ms < this.shortMs ? Math.min(most, this.count * 4) : Math.max(this.fewest, this.count >> 1);
  }
}
