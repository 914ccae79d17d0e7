/** In which order items leave: a stack, or a leftist heap, both made of the items' own links. */
import { type Granule, NONE, wordOf } from '../../memory/layout.js';
import { Item, Queue } from './layout.js';

/** What an order needs of its queue. */
export interface ItemLinks {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Index of the queue's first word. */
  readonly base: number;
  readonly highestFirst: boolean;
  /** Changes a word so that it can be undone. */
  change(index: number, value: number): void;
}

export interface ItemOrder {
  add(links: ItemLinks, item: Granule): void;
  /** Takes the next item out; there is one. */
  remove(links: ItemLinks): Granule;
  /**
   * Gives back items that were taken, a row of them, oldest first: they come next, or before their equals.
   * @returns the first of those that are left: in one step a heap takes one, the others all
   */
  putBack(links: ItemLinks, first: Granule, last: Granule): Granule;
  /** Whether it puts back a single one in a step. */
  readonly oneByOne: boolean;
}

const first = ({ i32, base }: ItemLinks): Granule => i32[base + Queue.FIRST] as Granule;

function prepend(links: ItemLinks, item: Granule): void {
  const { i32, base } = links;
  links.change(wordOf(item) + Item.NEXT, first(links));
  links.change(base + Queue.FIRST, item);
  if (i32[base + Queue.LAST] === NONE) links.change(base + Queue.LAST, item);
}

function removeFirst(links: ItemLinks): Granule {
  const item = first(links);
  const next = links.i32[wordOf(item) + Item.NEXT];
  links.change(links.base + Queue.FIRST, next);
  if (next === NONE) links.change(links.base + Queue.LAST, NONE);
  return item;
}

function prependAll(links: ItemLinks, oldest: Granule, newest: Granule): Granule {
  const { i32, base } = links;
  links.change(wordOf(newest) + Item.NEXT, first(links));
  links.change(base + Queue.FIRST, oldest);
  if (i32[base + Queue.LAST] === NONE) links.change(base + Queue.LAST, newest);
  return NONE;
}

export const lastInFirstOut: ItemOrder = {
  add: prepend,
  remove: removeFirst,
  putBack: prependAll,
  oneByOne: false,
};

/** A leftist heap: the way down its right side is short, so joining two takes few changes. */
export const byPriority: ItemOrder = {
  add: insert,
  remove(links) {
    const { i32 } = links;
    const item = first(links);
    const [left, right] = [i32[wordOf(item) + Item.NEXT], i32[wordOf(item) + Item.RIGHT]];
    links.change(links.base + Queue.FIRST, join(links, left as Granule, right as Granule));
    return item;
  },
  putBack(links, item) {
    const next = links.i32[wordOf(item) + Item.NEXT] as Granule;
    insert(links, item);
    return next;
  },
  oneByOne: true,
};

function insert(links: ItemLinks, item: Granule): void {
  links.change(wordOf(item) + Item.NEXT, NONE);
  links.change(wordOf(item) + Item.RIGHT, NONE);
  links.change(wordOf(item) + Item.DISTANCE, 1);
  links.change(links.base + Queue.FIRST, join(links, first(links), item));
}

function join(links: ItemLinks, a: Granule, b: Granule): Granule {
  if (a === NONE) return b;
  if (b === NONE) return a;
  if (precedes(links, b, a)) [a, b] = [b, a];
  const { i32 } = links;
  const at = wordOf(a);
  const left = i32[at + Item.NEXT] as Granule;
  const right = join(links, i32[at + Item.RIGHT] as Granule, b);
  const swap = distance(links, left) < distance(links, right);
  const shorter = swap ? left : right;
  if (swap) links.change(at + Item.NEXT, right);
  if (i32[at + Item.RIGHT] !== shorter) links.change(at + Item.RIGHT, shorter);
  const steps = distance(links, shorter) + 1;
  if (i32[at + Item.DISTANCE] !== steps) links.change(at + Item.DISTANCE, steps);
  return a;
}

const distance = ({ i32 }: ItemLinks, item: Granule): number =>
  item === NONE ? 0 : i32[wordOf(item) + Item.DISTANCE];

function precedes({ i32, f64, highestFirst }: ItemLinks, a: Granule, b: Granule): boolean {
  const pa = f64[(wordOf(a) + Item.PRIORITY) / 2];
  const pb = f64[(wordOf(b) + Item.PRIORITY) / 2];
  if (pa !== pb) return highestFirst ? pa > pb : pa < pb;
  return ((i32[wordOf(a) + Item.NUMBER] - i32[wordOf(b) + Item.NUMBER]) | 0) < 0;
}
