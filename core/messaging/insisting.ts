/**
 * Posts what has to be heard of: where the arena has no room for it now, once it has. Until then it waits on this
 * thread's heap, in order with what else does. It dies with its thread, as does whoever it is about.
 */
import type { PostResult } from './outgoing.js';

export class Insisting {
  readonly #waiting: (() => PostResult)[] = [];
  #isRetrying = false;

  /** @param again has {@link retry} called soon */
  constructor(readonly again: () => void) {}

  /** @param put is called until there is room */
  put(put: () => PostResult): void {
    if (this.#waiting.length === 0 && put() !== 'no-memory') return;
    this.#waiting.push(put);
    this.again();
  }

  retry(): void {
    // What is put may flush in its turn.
    if (this.#waiting.length === 0 || this.#isRetrying) return;
    this.#isRetrying = true;
    try {
      for (let put = this.#waiting.shift(); put !== undefined; put = this.#waiting.shift()) {
        if (put() !== 'no-memory') continue;
        this.#waiting.unshift(put);
        this.again();
        return;
      }
    } finally {
      this.#isRetrying = false;
    }
  }
}
