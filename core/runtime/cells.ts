/** The actors of a thread, by their place in its ready set and by their address. */
import { type Address, addressKey } from '../messaging/envelope.js';
import type { ActorCell } from './actor-cell.js';

export class Cells implements Iterable<ActorCell> {
  readonly #byPlace: (ActorCell | undefined)[] = [];
  readonly #byAddress = new Map<number, ActorCell>();

  get size(): number {
    return this.#byAddress.size;
  }

  add(cell: ActorCell): void {
    this.#byPlace[cell.plan.index] = cell;
    this.#byAddress.set(addressKey(cell.plan.box, cell.plan.generation), cell);
  }

  remove(cell: ActorCell): void {
    // One that did not let go of its thread when it ended may have another in its place by now.
    if (this.#byPlace[cell.plan.index] === cell) this.#byPlace[cell.plan.index] = undefined;
    this.#byAddress.delete(addressKey(cell.plan.box, cell.plan.generation));
  }

  at(place: number): ActorCell | undefined {
    return this.#byPlace[place];
  }

  of(actor: Address): ActorCell | undefined {
    return this.#byAddress.get(addressKey(actor.box, actor.generation));
  }

  [Symbol.iterator](): IterableIterator<ActorCell> {
    return this.#byAddress.values();
  }
}
