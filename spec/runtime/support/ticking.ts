/** Counts the ticks of its schedule in shared memory, which outlives it. */
import { Actor } from '../../../core/index.js';

export class Ticking extends Actor {
  static module = import.meta.url;
  begin(ticks: SharedArrayBuffer): void {
    const words = new Int32Array(ticks);
    this.context.schedule.every(1, () => {
      Atomics.add(words, 0, 1);
    });
  }
  fail(): void {
    throw new Error('between two ticks');
  }
  /** Answers after so long. */
  async rest(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
