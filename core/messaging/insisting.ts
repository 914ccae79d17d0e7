/**
 * Posts what has to be heard of: where the arena has no room for it now, once it has. Until then it waits on this
 * thread's heap, behind what else waits for the same receiver; if the thread dies meanwhile, it is lost.
 */
import { type Address, addressKey } from './envelope.js';
import type { PostResult } from './outgoing.js';

/** Until it is tried again, in ms: twice as long each time, for memory may be short for long. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;

type Put = () => PostResult;

export class Insisting {
  /** By receiver: what is small, and may give memory back, does not wait for what is large and goes elsewhere. */
  readonly #lines = new Map<number, Put[]>();
  #waitMs = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | undefined;

  /** @param failed what could not be put when its turn came: nobody is there to catch it any more */
  constructor(readonly failed: (error: unknown) => void) {}

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** @param put is called until there is room */
  put({ box, generation }: Address, put: Put): void {
    const key = addressKey(box, generation);
    const line = this.#lines.get(key);
    if (line !== undefined) line.push(put);
    else if (put() === 'no-memory') {
      this.#lines.set(key, [put]);
      this.#soon();
    }
  }

  retry(): void {
    for (const [key, line] of this.#lines) {
      while (line.length > 0 && this.#isDone(line[0])) line.shift();
      if (line.length === 0) this.#lines.delete(key);
    }
    if (this.isEmpty) this.#waitMs = FIRST_WAIT_MS;
    else this.#soon();
  }

  #isDone(put: Put): boolean {
    try {
      return put() !== 'no-memory';
    } catch (error) {
      this.failed(error);
      return true;
    }
  }

  #soon(): void {
    // What keeps the process alive is the system, not what it has to say.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
      this.retry();
    }, this.#waitMs).unref();
  }
}
