/** The three kinds of shared queue: how programs get at one, and what of it is to be seen in shared memory. */
import { type Granule, NONE, wordOf } from '../../../core/memory/layout.js';
import type { AnySharedQueue } from '../../../core/queue/user/any-shared-queue.js';
import { Chained, Item, Queue } from '../../../core/queue/user/layout.js';
import type { SharedQueueOptions } from '../../../core/queue/user/queue-options.js';
import type { QueueKind } from '../../../core/queue/user/queue-steps.js';
import type { PriorityOptions } from '../../../core/queue/user/shared-queue.js';
import type { Space } from '../../../core/queue/user/space.js';
import type { Core } from '../load.js';
import type { Entry, Order } from './sequential.js';
import { chainBlocks, chainItems, openItems, returnedItems } from './shared.js';

/** A queue of any kind. Those that know no priorities do not look at them. */
export type Numbers = AnySharedQueue<unknown, QueueKind, PriorityOptions>;

/** The last digit of an item. */
export const priorityOf = (item: number): number => item % 10;

export interface KindOf {
  create(core: Core, options: SharedQueueOptions): Numbers;
  attach(core: Core, space: Space, at: Granule): Numbers;
  readonly order: Order;
  /** Items that lie in it, the next one first. */
  left(i32: Int32Array, queue: Granule): number[];
  /** Items put and not done, as it counts them. */
  unfinished(i32: Int32Array, queue: Granule): number;
  /** Blocks of its items, and of what else it has. */
  blocks(i32: Int32Array, queue: Granule): Granule[];
  /** @returns what is wrong with its counts and links */
  wrong(i32: Int32Array, queue: Granule): string | undefined;
  /** Words that are read and stored without order, by design. */
  readonly racy: readonly number[];
}

/** More than any program puts: a row that is longer goes round in circles. */
const MOST = 100;

/** A small integer is encoded as one word, its double. */
const numberIn = (i32: Int32Array, item: Granule): number => i32[wordOf(item) + Item.PAYLOAD] / 2;

export const row: KindOf = {
  create: (core, options) => core.SharedQueue.create(options),
  attach: (core, space, at) => new core.SharedQueue(space, at),
  order: {
    add: (items, entry) => [...items, entry],
    putBack: (items, taken) => [...taken, ...items],
  },
  left: (i32, queue) => [
    ...returnedItems(i32, queue).map((item) => numberIn(i32, item)),
    ...chainItems(i32, queue).map((record) => i32[record + 1] / 2),
  ],
  unfinished: (i32, queue) => row.left(i32, queue).length + openItems(i32, queue),
  blocks: (i32, queue) => [...chainBlocks(i32, queue), ...returnedItems(i32, queue)],
  wrong(i32, queue) {
    const inChain = i32[wordOf(queue) + Chained.PUT] - i32[wordOf(queue) + Chained.TAKEN];
    const returned = i32[wordOf(queue) + Chained.RETURNED];
    const isRight =
      returned === returnedItems(i32, queue).length && inChain === chainItems(i32, queue).length;
    return isRight ? undefined : 'The count of items is wrong.';
  },
  // A producer may see an older count of what was taken: then it sees less room, and looks again in its turn.
  racy: [Chained.PUT, Chained.PUT_SIZE, Chained.TAKEN, Chained.TAKEN_SIZE],
};

/** What stack and heap have in common: their items are linked one by one. */
const linked = {
  unfinished: (i32: Int32Array, queue: Granule): number => i32[wordOf(queue) + Queue.UNFINISHED],
  wrong(i32: Int32Array, queue: Granule, items: readonly Granule[]): string | undefined {
    const base = wordOf(queue);
    if (i32[base + Queue.COUNT] !== items.length) return 'The count of items is wrong.';
    const size = items.reduce((sum, item) => sum + i32[wordOf(item) + Item.SIZE], 0);
    if (i32[base + Queue.SIZE] !== size) return 'The sum of sizes is wrong.';
    if (i32[base + Queue.UNFINISHED] !== items.length + openItems(i32, queue))
      return 'The count of what is not done is wrong.';
    return items.some((item) => i32[wordOf(item) + Item.LINKED] !== 1)
      ? 'An item does not say that it is linked.'
      : undefined;
  },
  racy: [],
};

function stackItems(i32: Int32Array, queue: Granule): Granule[] {
  const items: Granule[] = [];
  for (
    let item = i32[wordOf(queue) + Queue.FIRST] as Granule;
    item !== NONE && items.length < MOST;
    item = i32[wordOf(item) + Item.NEXT] as Granule
  ) {
    items.push(item);
  }
  return items;
}

export const stack: KindOf = {
  ...linked,
  create: (core, options) => core.SharedStack.create(options),
  attach: (core, space, at) => new core.SharedStack(space, at),
  order: {
    add: (items, entry) => [entry, ...items],
    putBack: (items, taken) => [...taken, ...items],
  },
  left: (i32, queue) => stackItems(i32, queue).map((item) => numberIn(i32, item)),
  blocks: stackItems,
  wrong(i32, queue) {
    const items = stackItems(i32, queue);
    if (i32[wordOf(queue) + Queue.LAST] !== (items[items.length - 1] ?? NONE))
      return 'The last item is not the last one.';
    return linked.wrong(i32, queue, items);
  },
};

/** Items of a heap, those that come first before the others. */
function heapItems(i32: Int32Array, queue: Granule): Granule[] {
  const items: Granule[] = [];
  const walk = (item: Granule): void => {
    if (item === NONE || items.length >= MOST) return;
    items.push(item);
    walk(i32[wordOf(item) + Item.NEXT] as Granule);
    walk(i32[wordOf(item) + Item.RIGHT] as Granule);
  };
  walk(i32[wordOf(queue) + Queue.FIRST] as Granule);
  return items.sort((a, b) => placeIn(i32, a) - placeIn(i32, b));
}

/** By priority, and in the order of putting among equals. */
const placeIn = (i32: Int32Array, item: Granule): number =>
  priorityOf(numberIn(i32, item)) * 1000 + i32[wordOf(item) + Item.NUMBER];

const inPlace = (items: readonly Entry[]): Entry[] =>
  [...items].sort((a, b) => priorityOf(a.item) - priorityOf(b.item) || a.number - b.number);

export const heap: KindOf = {
  ...linked,
  create: (core, options) => core.SharedPriorityQueue.create(options),
  attach: (core, space, at) => new core.SharedPriorityQueue(space, at),
  order: {
    add: (items, entry) => inPlace([...items, entry]),
    putBack: (items, taken) => inPlace([...items, ...taken]),
    oneByOne: true,
  },
  left: (i32, queue) => heapItems(i32, queue).map((item) => numberIn(i32, item)),
  blocks: heapItems,
  wrong(i32, queue) {
    const items = heapItems(i32, queue);
    const distance = (item: number) => (item === NONE ? 0 : i32[wordOf(item as Granule) + Item.DISTANCE]);
    for (const item of items) {
      const [left, right] = [i32[wordOf(item) + Item.NEXT], i32[wordOf(item) + Item.RIGHT]];
      for (const child of [left, right]) {
        if (child !== NONE && placeIn(i32, child as Granule) < placeIn(i32, item))
          return 'An item lies above one that comes before it.';
      }
      if (distance(left) < distance(right) || distance(item) !== distance(right) + 1)
        return 'The heap leans to the wrong side.';
    }
    return linked.wrong(i32, queue, items);
  },
};
