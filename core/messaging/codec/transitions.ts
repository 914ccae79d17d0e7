import { MAX_KEYS, type ShapeTable } from '../shape-table.js';

/** A map keyed by user data makes a new shape each time: only what comes again is worth a number. */
const USES_BEFORE_INTERNING = 8;
/** With more nodes than this the tree is begun anew; what is in use finds its number again soon. */
const MAX_NODES = 8192;

/** One step of a walk over an object's keys: the keys so far, and their number if they have one. */
export class Transition {
  readonly parent: Transition | undefined;
  readonly key: string;
  readonly depth: number;
  /** Number of the shape whose last key this is, or -1. */
  shapeId = -1;
  uses = 0;
  /** The step taken last: objects of one kind come in rows. */
  lastKey: string | undefined = undefined;
  lastNext: Transition | undefined = undefined;
  /** All steps from here; most nodes have one or none. */
  next: Map<string, Transition> | undefined = undefined;

  constructor(parent: Transition | undefined, key: string) {
    this.parent = parent;
    this.key = key;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  keys(): string[] {
    const keys: string[] = [];
    for (let node: Transition = this; node.parent !== undefined; node = node.parent) keys.push(node.key);
    return keys.reverse();
  }
}

/** The writer's side of the shapes: finds an object's shape by walking its keys. */
export class TransitionTree {
  root = new Transition(undefined, '');
  #nodes = 1;
  readonly #shapes: ShapeTable;

  constructor(shapes: ShapeTable) {
    this.#shapes = shapes;
  }

  /** The node behind `node` for this key; undefined past the keys that a shape may have. */
  step(node: Transition, key: string): Transition | undefined {
    let next = node.next?.get(key);
    if (next === undefined) {
      if (node.depth === MAX_KEYS) return undefined;
      next = new Transition(node, key);
      node.next ??= new Map();
      node.next.set(key, next);
      // Walks under way keep the old nodes; only new walks begin at the new root.
      if (++this.#nodes > MAX_NODES) this.#begin();
    }
    node.lastKey = key;
    node.lastNext = next;
    return next;
  }

  /** Counts a use of the shape that ends here; its number as soon as it has one, else -1. */
  use(node: Transition): number {
    if (node.shapeId < 0 && ++node.uses % USES_BEFORE_INTERNING === 0) {
      node.shapeId = this.#shapes.shapeId(node.keys());
    }
    return node.shapeId;
  }

  #begin(): void {
    this.root = new Transition(undefined, '');
    this.#nodes = 1;
  }
}
