/**
 * Queues that any number of threads share, as in Python's `queue`: no actors needed.
 *
 * ```ts
 * const jobs = SharedQueue.create<Job>({ maxItems: 1000 });
 * new Worker(url, { workerData: jobs.handle });        // there: SharedQueue.attach<Job>(workerData)
 * await jobs.put(job);
 * await jobs.join();                                   // until taskDone() was called for every job
 * ```
 */
import { OptionOutOfRangeError } from '../../errors.js';
import type { Granule } from '../../memory/layout.js';
import { ChainQueue } from './chain-queue.js';
import { byPriority, lastInFirstOut } from './item-order.js';
import { Flag } from './layout.js';
import { LinkedQueue } from './linked-queue.js';
import { prepareChain, prepareQueue, type SharedQueueOptions } from './queue-options.js';
import type { Space } from './space.js';
import { newStructure, placeOf, type SharedHandle } from './structure-list.js';
import { buriedBy } from './tracking.js';

/**
 * First in, first out.
 *
 * @example
 * ```ts
 * const jobs = SharedQueue.create<Job>({ maxItems: 100 });
 * for await (const job of jobs) work(job);
 * ```
 */
export class SharedQueue<T> extends ChainQueue<T, 'SharedQueue'> {
  /** A new queue. @throws OptionOutOfRangeError */
  static create<T = unknown>(options: SharedQueueOptions = {}): SharedQueue<T> {
    return new SharedQueue<T>(...newStructure('SharedQueue', prepareChain(options)));
  }

  /** The queue of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach<T = unknown>(handle: SharedHandle<'SharedQueue'>): SharedQueue<T> {
    return new SharedQueue<T>(...placeOf(handle, 'SharedQueue'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'SharedQueue', generation);
  }
}

/** Last in, first out. */
export class SharedStack<T> extends LinkedQueue<T, 'SharedStack'> {
  /** A new stack. @throws OptionOutOfRangeError */
  static create<T = unknown>(options: SharedQueueOptions = {}): SharedStack<T> {
    return new SharedStack<T>(...newStructure('SharedStack', prepareQueue(options)));
  }

  /** The stack of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach<T = unknown>(handle: SharedHandle<'SharedStack'>): SharedStack<T> {
    return new SharedStack<T>(...placeOf(handle, 'SharedStack'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'SharedStack', lastInFirstOut, generation);
  }
}

/** How a priority queue is made. */
export interface SharedPriorityQueueOptions extends SharedQueueOptions {
  /** Which priority comes first. Default: `'smallest-first'`, as in `heapq`. */
  readonly order?: 'smallest-first' | 'highest-first';
}

/** How an item is put into a priority queue. */
export interface PriorityOptions {
  /** Any number but NaN. Default: 0. Items of one priority keep their order. */
  readonly priority?: number;
}

/**
 * By priority, and in order among equals.
 *
 * @example
 * ```ts
 * const jobs = SharedPriorityQueue.create<Job>({ order: 'highest-first' });
 * await jobs.put(job, { priority: 10 });
 * ```
 */
export class SharedPriorityQueue<T> extends LinkedQueue<T, 'SharedPriorityQueue', PriorityOptions> {
  /** A new queue. @throws OptionOutOfRangeError */
  static create<T = unknown>(options: SharedPriorityQueueOptions = {}): SharedPriorityQueue<T> {
    const { order = 'smallest-first' } = options;
    if (order !== 'smallest-first' && order !== 'highest-first') {
      throw new OptionOutOfRangeError('order', order, "'smallest-first' or 'highest-first'");
    }
    const flags = order === 'highest-first' ? Flag.HIGHEST_FIRST : 0;
    return new SharedPriorityQueue<T>(...newStructure('SharedPriorityQueue', prepareQueue(options, flags)));
  }

  /** The queue of a handle, in this thread. @throws ThreadNotTrackedError */
  static attach<T = unknown>(handle: SharedHandle<'SharedPriorityQueue'>): SharedPriorityQueue<T> {
    return new SharedPriorityQueue<T>(...placeOf(handle, 'SharedPriorityQueue'));
  }

  /** Use {@link create} or {@link attach}. */
  constructor(space: Space, block: Granule, generation?: number) {
    super(space, block, 'SharedPriorityQueue', byPriority, generation);
  }

  protected override priorityOf({ priority = 0 }: PriorityOptions): number {
    if (typeof priority !== 'number' || Number.isNaN(priority)) {
      throw new OptionOutOfRangeError('priority', priority, 'a number');
    }
    return priority;
  }
}

buriedBy('SharedQueue', (...place) => new SharedQueue(...place));
buriedBy('SharedStack', (...place) => new SharedStack(...place));
buriedBy('SharedPriorityQueue', (...place) => new SharedPriorityQueue(...place));
