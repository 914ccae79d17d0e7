/**
 * Posts what has to be heard of: where the arena has no room for it now, once it has. Until then it waits on this
 * thread's heap, behind what else waits for the same receiver; if the thread dies meanwhile, it is lost.
 */
import { type Address, addressKey } from './envelope.js';
import type { PostResult } from './outgoing.js';
import { TryAgain } from './try-again.js';

type Put = () => PostResult;

interface Line {
  readonly puts: Put[];
  /** A stop is among them: messages that come later are refused. */
  closes: boolean;
}

export class Insisting {
  /** By receiver: what is small, and may give memory back, does not wait for what is large and goes elsewhere. */
  readonly #lines = new Map<number, Line>();
  readonly #again = new TryAgain(() => this.retry());

  /** @param failed what could not be put when its turn came: nobody is there to catch it any more */
  constructor(readonly failed: (error: unknown) => void) {}

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /**
   * @param put is called until there is room
   * @param closes whether it is a stop
   */
  put({ box, generation }: Address, put: Put, closes = false): void {
    const key = addressKey(box, generation);
    const line = this.#lines.get(key);
    if (line !== undefined) {
      line.puts.push(put);
      line.closes ||= closes;
    } else if (put() === 'no-memory') {
      this.#lines.set(key, { puts: [put], closes });
      this.#again.soon();
    }
  }

  /** Whether a stop waits for that receiver. */
  isClosing(key: number): boolean {
    return this.#lines.get(key)?.closes === true;
  }

  retry(): void {
    for (const [key, { puts }] of this.#lines) {
      while (puts.length > 0 && this.#isDone(puts[0])) puts.shift();
      if (puts.length === 0) this.#lines.delete(key);
    }
    if (!this.isEmpty) this.#again.soon();
  }

  #isDone(put: Put): boolean {
    try {
      return put() !== 'no-memory';
    } catch (error) {
      this.failed(error);
      return true;
    }
  }
}
