/** The actors of a thread, by their place in its ready set, which each one's box tells. */
import { Box, wordOf } from '../memory/layout.js';
import { indexOf } from '../memory/ready-set.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorCell } from './actor-cell.js';

export class Cells implements Iterable<ActorCell> {
  readonly #byPlace: (ActorCell | undefined)[] = [];
  /** Those that did not let go of this thread when they ended, and have another one in their place. */
  readonly #displaced = new Set<ActorCell>();
  #size = 0;

  constructor(readonly i32: Int32Array) {}

  get size(): number {
    return this.#size;
  }

  add(cell: ActorCell): void {
    const { index } = cell.plan;
    const before = this.#byPlace[index];
    if (before !== undefined) this.#displaced.add(before);
    this.#byPlace[index] = cell;
    this.#size++;
  }

  remove(cell: ActorCell): void {
    const { index } = cell.plan;
    if (this.#byPlace[index] === cell) this.#byPlace[index] = undefined;
    else this.#displaced.delete(cell);
    this.#size--;
  }

  at(place: number): ActorCell | undefined {
    return this.#byPlace[place];
  }

  of({ box, generation }: Address): ActorCell | undefined {
    const cell = this.#byPlace[indexOf(this.i32[wordOf(box) + Box.HOME])];
    return cell !== undefined && isOf(cell, box, generation) ? cell : this.#amongDisplaced(box, generation);
  }

  #amongDisplaced(box: number, generation: number): ActorCell | undefined {
    for (const cell of this.#displaced) if (isOf(cell, box, generation)) return cell;
    return undefined;
  }

  *[Symbol.iterator](): Generator<ActorCell> {
    for (const cell of this.#byPlace) if (cell !== undefined) yield cell;
    yield* this.#displaced;
  }
}

const isOf = ({ plan }: ActorCell, box: number, generation: number): boolean =>
  plan.box === box && plan.generation === generation;
