/** Actors under one parent, in the order of their starts: any of them leaves in no time, also one of a million. */
import type { ActorNode } from './actor-node.js';

export class Siblings implements Iterable<ActorNode> {
  #first: ActorNode | undefined;
  #last: ActorNode | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(node: ActorNode): void {
    const last = this.#last;
    node.before = last;
    if (last === undefined) this.#first = node;
    else last.after = node;
    this.#last = node;
  }

  remove(node: ActorNode): void {
    const { before, after } = node;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }

  *[Symbol.iterator](): Generator<ActorNode> {
    for (let at = this.#first; at !== undefined; at = at.after) yield at;
  }

  /** The last started first. */
  *reversed(): Generator<ActorNode> {
    for (let at = this.#last; at !== undefined; at = at.before) yield at;
  }
}
