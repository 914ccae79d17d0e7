/**
 * The messages of an actor that are being handled, oldest first. Mostly one at a time: a Set alone, which comes and goes
 * with each, took a tenth of what it takes to answer a question.
 */
import type { Handling } from './handling.js';

export class Handlers implements Iterable<Handling> {
  #first: Handling | undefined;
  /** Begun while there was another. */
  #others: Set<Handling> | undefined;

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#others === undefined ? 0 : this.#others.size);
  }

  /** The one that is being handled, if it is one. */
  get only(): Handling | undefined {
    if (this.size !== 1) return undefined;
    if (this.#first !== undefined) return this.#first;
    for (const handling of this) return handling;
    return undefined;
  }

  add(handling: Handling): void {
    if (this.size === 0) this.#first = handling;
    else {
      this.#others ??= new Set();
      this.#others.add(handling);
    }
  }

  has(handling: Handling): boolean {
    return this.#first === handling || this.#others?.has(handling) === true;
  }

  /** @returns whether it was there */
  delete(handling: Handling): boolean {
    if (this.#first !== handling) return this.#others?.delete(handling) === true;
    this.#first = undefined;
    return true;
  }

  *[Symbol.iterator](): Generator<Handling> {
    if (this.#first !== undefined) yield this.#first;
    if (this.#others !== undefined) yield* this.#others;
  }
}
