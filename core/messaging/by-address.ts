/**
 * Things by the address of an actor. A Map with one number for box and generation makes an object of each number, since
 * that is no small integer, and takes four times as long to put something in.
 *
 * A table of open places: what has its place taken goes to the next free one.
 */
import type { Address } from './envelope.js';

const FIRST_CAPACITY = 64;

const hashOf = (box: number, generation: number): number => {
  const hash = Math.imul(box, 0x9e3779b1) ^ Math.imul(generation, 0x85ebca6b);
  return hash ^ (hash >>> 15);
};

export class ByAddress<T> {
  /** 0 where there is none: no box is that. */
  #boxes = new Int32Array(FIRST_CAPACITY);
  #generations = new Int32Array(FIRST_CAPACITY);
  #values = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ box, generation }: Address): T | undefined {
    return this.#values[this.#find(box, generation)];
  }

  set({ box, generation }: Address, value: T): void {
    let at = this.#find(box, generation);
    if (this.#boxes[at] === 0) {
      if (++this.#size * 2 > this.#boxes.length) {
        this.#resize(this.#boxes.length * 2);
        at = this.#find(box, generation);
      }
      this.#boxes[at] = box;
      this.#generations[at] = generation;
    }
    this.#values[at] = value;
  }

  delete({ box, generation }: Address): void {
    const at = this.#find(box, generation);
    if (this.#boxes[at] === 0) return;
    this.#close(at);
    this.#size--;
    const { length } = this.#boxes;
    if (length > FIRST_CAPACITY && this.#size * 8 < length) this.#resize(length / 2);
  }

  /** Its place, or the one that it would have. */
  #find(box: number, generation: number): number {
    const boxes = this.#boxes;
    const mask = boxes.length - 1;
    let at = hashOf(box, generation) & mask;
    while (boxes[at] !== 0 && (boxes[at] !== box || this.#generations[at] !== generation))
      at = (at + 1) & mask;
    return at;
  }

  /** Takes out what has that place; those behind it that could not have it, or a place of before, move up. */
  #close(hole: number): void {
    const boxes = this.#boxes;
    const generations = this.#generations;
    const mask = boxes.length - 1;
    for (let at = (hole + 1) & mask; boxes[at] !== 0; at = (at + 1) & mask) {
      const first = hashOf(boxes[at], generations[at]);
      if (((at - first) & mask) < ((at - hole) & mask)) continue;
      boxes[hole] = boxes[at];
      generations[hole] = generations[at];
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    boxes[hole] = 0;
    generations[hole] = 0;
    this.#values[hole] = undefined;
  }

  #resize(capacity: number): void {
    const boxes = this.#boxes;
    const generations = this.#generations;
    const values = this.#values;
    this.#boxes = new Int32Array(capacity);
    this.#generations = new Int32Array(capacity);
    this.#values = new Array<T | undefined>(capacity).fill(undefined);
    for (let at = 0; at < boxes.length; at++) {
      if (boxes[at] === 0) continue;
      const to = this.#find(boxes[at], generations[at]);
      this.#boxes[to] = boxes[at];
      this.#generations[to] = generations[at];
      this.#values[to] = values[at];
    }
  }
}
