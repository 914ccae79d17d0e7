/** Numbers by chance that can be had again, and what chaos does by them. */
import { Random as Numbers } from '../../core/testing/random.js';

export class Random extends Numbers {
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
