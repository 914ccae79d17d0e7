/** Actors that hear things, for the specs of those that tell. */
import { Actor } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

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
export class Gated extends Actor<{ gate: SharedArrayBuffer }> {
  static module = import.meta.url;
  #heard = 0;

  async hear(): Promise<void> {
    this.#heard++;
    await passGate(this.props.gate);
  }

  heard(): number {
    return this.#heard;
  }
}
