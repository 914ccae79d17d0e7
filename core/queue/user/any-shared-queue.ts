/** What users call on any of the shared queues: the waiting around the steps of queue-core.ts. */
import { QueueEmptyError, QueueFullError, WaitTimeoutError } from '../../errors.js';
import { Flag, Queue } from './layout.js';
import { QueueCore, type QueueKind } from './queue-core.js';
import { SENTINEL } from './sentinel.js';
import { BUSY, NOT_YET, type SharedSyncOptions, type SharedWaitOptions } from './waits.js';

/** What the three kinds of queue have in common. */
export abstract class AnySharedQueue<T, Kind extends QueueKind, PutOptions = unknown> extends QueueCore<
  T,
  Kind
> {
  /** Orders the waiting tasks of this thread: puts among puts, gets among gets. */
  readonly #putters = Symbol('put');
  readonly #getters = Symbol('get');

  /**
   * Adds an item, and waits while the queue is full. {@link SENTINEL} closes the queue behind all items.
   * @throws QueueFullError at the time limit
   * @throws QueueShutDownError when the queue was shut down or has got its sentinel
   * @throws ItemTooLargeError when it could never fit
   * @throws MessageNotSerializableError when it cannot be copied
   */
  async put(
    item: T,
    options: PutOptions & SharedWaitOptions = {} as PutOptions & SharedWaitOptions,
  ): Promise<void> {
    if (item === SENTINEL) {
      await this.space.waits.until(
        this.#putters,
        () => this.close(Flag.SENTINEL, 'put()'),
        throwFull(this),
        options,
      );
      return;
    }
    const parcel = this.pack(item, this.priorityOf(options));
    await this.space.waits.until(this.#putters, () => this.add(parcel, 'put()'), throwFull(this), options);
  }

  /**
   * As {@link put}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  putSync(item: T, options: PutOptions & SharedSyncOptions = {} as PutOptions & SharedSyncOptions): void {
    const { waits } = this.space;
    if (item === SENTINEL) {
      waits.untilSync('putSync()', () => this.close(Flag.SENTINEL, 'putSync()'), throwFull(this), options);
      return;
    }
    const parcel = this.pack(item, this.priorityOf(options));
    waits.untilSync('putSync()', () => this.add(parcel, 'putSync()'), throwFull(this), options);
  }

  /**
   * Adds an item if there is room at once.
   * @returns false when the queue is full, or its lock was not to be had within a millisecond
   * @throws QueueShutDownError when the queue was shut down or has got its sentinel
   */
  tryPut(item: T, options: PutOptions = {} as PutOptions): boolean {
    if (item === SENTINEL) return this.close(Flag.SENTINEL, 'tryPut()') === true;
    return this.add(this.pack(item, this.priorityOf(options)), 'tryPut()', true) === true;
  }

  /**
   * Takes the next item, and waits while there is none. Behind all items: the sentinel, if it was put.
   * @throws QueueEmptyError at the time limit
   * @throws QueueShutDownError when the queue was shut down and is empty
   */
  get(options?: SharedWaitOptions): Promise<T> {
    return this.space.waits.until<T>(this.#getters, () => this.take('get()'), throwEmpty, options);
  }

  /**
   * As {@link get}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  getSync(options?: SharedSyncOptions): T {
    return this.space.waits.untilSync<T>('getSync()', () => this.take('getSync()'), throwEmpty, options);
  }

  /**
   * Takes the next item if there is one at once; `undefined` when there is none.
   * @throws QueueShutDownError when the queue was shut down and is empty
   */
  tryGet(): T | undefined {
    const outcome = this.take('tryGet()', true);
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /**
   * Says that an item which was taken has been dealt with: the oldest that this thread took.
   * @throws TaskDoneCalledTooOftenError when all items taken are done already
   */
  taskDone(): void {
    // A thread that must not wait for the lock says it a little later.
    if (this.finishOne() === BUSY) this.#later(() => this.finishOne());
  }

  /**
   * Resolves when `taskDone` was called for every item that was ever put.
   * @throws WaitTimeoutError at the time limit
   */
  async join(options?: SharedWaitOptions): Promise<void> {
    await this.space.waits.until(Symbol('join'), () => this.allDone(), throwUnfinished(this), options);
  }

  /**
   * As {@link join}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  joinSync(options?: SharedSyncOptions): void {
    this.space.waits.untilSync('joinSync()', () => this.allDone(), throwUnfinished(this), options);
  }

  /**
   * Refuses further items: whoever puts gets a {@link QueueShutDownError}, and so does whoever gets once the
   * queue is empty. With `immediate` the items in it are thrown away, and count as done.
   */
  shutdown({ immediate = false }: { readonly immediate?: boolean } = {}): void {
    const step = (): true | typeof BUSY => {
      if (this.close(Flag.SHUT_DOWN, 'shutdown()') === BUSY) return BUSY;
      for (let more: boolean | symbol = immediate; more === true; ) {
        more = this.discardOne();
        if (more === BUSY) return BUSY;
      }
      return true;
    };
    if (step() === BUSY) this.#later(step);
  }

  #later(step: () => true | typeof NOT_YET | typeof BUSY): void {
    void this.space.waits
      .until(Symbol('later'), step, () => true)
      .catch((error) => {
        queueMicrotask(() => {
          throw error;
        });
      });
  }

  /** Items in the queue, the sentinel not counted. By the time you look, it may have changed. */
  get size(): number {
    return Atomics.load(this.i32, this.base + Queue.COUNT);
  }

  /** Whether there is no item; see {@link size}. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there are `maxItems` items or more; see {@link size}. */
  get isFull(): boolean {
    return this.size >= this.word(Queue.MAX_ITEMS);
  }

  /** Items put and not done. */
  get unfinished(): number {
    return Atomics.load(this.i32, this.base + Queue.UNFINISHED);
  }

  /** Whether {@link shutdown} was called, by whatever thread. */
  get isShutDown(): boolean {
    return this.has(Flag.SHUT_DOWN);
  }

  /** Items that it may hold, `Infinity` without a limit. */
  get maxItems(): number {
    const limit = this.word(Queue.MAX_ITEMS);
    return limit === 0x7fffffff ? Number.POSITIVE_INFINITY : limit;
  }

  /** Item after item, until the queue is shut down and empty, or its sentinel is reached. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Exclude<T, typeof SENTINEL>, void, undefined> {
    for (;;) {
      const item = await this.space.waits.until<T | typeof SENTINEL>(
        this.#getters,
        () => this.take(undefined),
        throwEmpty,
      );
      if (item === SENTINEL) return;
      yield item as Exclude<T, typeof SENTINEL>;
    }
  }

  protected priorityOf(_options: PutOptions): number {
    return 0;
  }
}

const throwFull =
  ({ size }: { size: number }) =>
  (timeoutMs: number): never => {
    throw new QueueFullError(size, timeoutMs);
  };
const throwEmpty = (timeoutMs: number): never => {
  throw new QueueEmptyError(timeoutMs);
};
const throwUnfinished =
  (queue: { unfinished: number }) =>
  (timeoutMs: number): never => {
    throw new WaitTimeoutError(`the end of ${queue.unfinished} unfinished items`, timeoutMs);
  };
