/** Actors that hear things, for the specs of those that tell. */
import { Actor } from '../../../core/index.js';

/** Remembers what it hears. Takes several messages at a time, so that `until` may wait for the next ones. */
export class Listener extends Actor {
  static module = import.meta.url;
  static concurrency = 100;
  readonly #heard: unknown[][] = [];
  #waiting: (() => void)[] = [];

  hear(...args: unknown[]): void {
    this.#heard.push(args);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  other(...args: unknown[]): void {
    this.hear('other', ...args);
  }

  heard(): unknown[][] {
    return this.#heard;
  }

  /** What was heard, as soon as it is so many. */
  async until(count: number): Promise<unknown[][]> {
    while (this.#heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.#heard;
  }
}

/** Hears nothing further while its gate is shut: it waits inside of its handler. */
export class Gated extends Actor<{ gate: Int32Array }> {
  static module = import.meta.url;
  #heard = 0;

  async hear(): Promise<void> {
    this.#heard++;
    const wait = Atomics.waitAsync(this.props.gate, 0, 0);
    if (wait.async) await wait.value;
  }

  heard(): number {
    return this.#heard;
  }
}

export const shutGate = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

export function openGate(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}
