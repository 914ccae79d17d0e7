/** What users call on any of the shared queues: the waiting around the steps of queue-core.ts. */
import { QueueEmptyError, QueueFullError, WaitTimeoutError } from '../../errors.js';
import { Flag, Queue, Structure } from './layout.js';
import { QueueCore } from './queue-core.js';
import type { QueueKind } from './queue-items.js';
import { UNLIMITED } from './queue-options.js';
import { SENTINEL } from './sentinel.js';
import { BUSY, NOT_YET, type Outcome, type SharedSyncOptions, type SharedWaitOptions } from './waits.js';

/** What the three kinds of queue have in common. */
export abstract class AnySharedQueue<T, Kind extends QueueKind, PutOptions = unknown> extends QueueCore<
  T,
  Kind
> {
  /** Orders the waiting tasks of this thread: puts among puts, gets among gets, whatever object they came by. */
  readonly #putting = `put ${this.block}`;
  readonly #getting = `get ${this.block}`;
  readonly #noPut = (): void => this.stepOut(this.putters);
  readonly #noGet = (): void => this.stepOut(this.getters);

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
    const attempt = this.#putOf(item, options, 'put()');
    await this.space.waits.until(this.#putting, attempt, throwFull(this), options, this.#noPut);
  }

  /**
   * As {@link put}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  putSync(item: T, options: PutOptions & SharedSyncOptions = {} as PutOptions & SharedSyncOptions): void {
    const call = 'putSync()';
    this.space.waits.mayBlock(call);
    const attempt = this.#putOf(item, options, call);
    this.space.waits.untilSync(call, this.#putting, attempt, throwFull(this), options, this.#noPut);
  }

  /** One look whether it can be put: encoded once, so later changes of the item are not seen. */
  #putOf(item: T, options: PutOptions, call: string): () => Outcome<true> {
    if (item === SENTINEL) return () => this.close(Flag.SENTINEL, call);
    const parcel = this.pack(item, this.priorityOf(options));
    return () => this.add(parcel, call, 'wait');
  }

  /**
   * Adds an item if there is room at once.
   * @returns false when the queue is full, or its lock was not to be had within a millisecond
   * @throws QueueShutDownError when the queue was shut down or has got its sentinel
   */
  tryPut(item: T, options: PutOptions = {} as PutOptions): boolean {
    if (item === SENTINEL) return this.close(Flag.SENTINEL, 'tryPut()') === true;
    return this.add(this.pack(item, this.priorityOf(options)), 'tryPut()', 'try') === true;
  }

  /**
   * Takes the next item, and waits while there is none. Behind all items: the sentinel, if it was put.
   * @throws QueueEmptyError at the time limit
   * @throws QueueShutDownError when the queue was shut down and is empty
   */
  get(options?: SharedWaitOptions): Promise<T> {
    const { waits } = this.space;
    return waits.until<T>(this.#getting, () => this.take('get()', 'wait'), throwEmpty, options, this.#noGet);
  }

  /**
   * As {@link get}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  getSync(options?: SharedSyncOptions): T {
    const call = 'getSync()';
    const attempt = () => this.take(call, 'wait');
    return this.space.waits.untilSync<T>(call, this.#getting, attempt, throwEmpty, options, this.#noGet);
  }

  /**
   * Takes the next item if there is one at once; `undefined` when there is none.
   * @throws QueueShutDownError when the queue was shut down and is empty
   */
  tryGet(): T | undefined {
    const outcome = this.take('tryGet()', 'try');
    return outcome === NOT_YET || outcome === BUSY ? undefined : outcome;
  }

  /**
   * Says that an item which was taken has been dealt with: the oldest that this thread took.
   * @throws TaskDoneCalledTooOftenError when all items taken are done already
   */
  taskDone(): void {
    // A thread that must not wait for the lock says it a little later.
    this.soon(() => this.finishOne());
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
    const call = 'joinSync()';
    this.space.waits.untilSync(call, Symbol(call), () => this.allDone(), throwUnfinished(this), options);
  }

  /**
   * Refuses further items: whoever puts gets a {@link QueueShutDownError}, and so does whoever gets once the
   * queue is empty. With `immediate` the items in it are thrown away, and count as done.
   */
  shutdown({ immediate = false }: { readonly immediate?: boolean } = {}): void {
    const flags = immediate ? Flag.SHUT_DOWN | Flag.IMMEDIATE : Flag.SHUT_DOWN;
    this.soon(() => {
      if (this.close(flags, 'shutdown()') === BUSY) return BUSY;
      for (let more: boolean | symbol = immediate; more === true; ) {
        more = this.discardOne();
        if (more === BUSY) return BUSY;
      }
      return true;
    });
  }

  /** Items in the queue, the sentinel not counted. By the time you look, it may have changed. */
  get size(): number {
    return this.look(Queue.COUNT);
  }

  /** Whether there is no item; see {@link size}. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there are `maxItems` items or more, or `maxBytes` are used up; see {@link size}. */
  get isFull(): boolean {
    return this.size >= this.word(Queue.MAX_ITEMS) || this.look(Queue.SIZE) >= this.word(Queue.MAX_SIZE);
  }

  /** Items put and not done. */
  get unfinished(): number {
    return this.look(Queue.UNFINISHED);
  }

  /** Whether {@link shutdown} was called, by whatever thread. */
  get isShutDown(): boolean {
    return (this.look(Structure.FLAGS) & Flag.SHUT_DOWN) !== 0;
  }

  /** Items that it may hold, `Infinity` without a limit. */
  get maxItems(): number {
    const limit = this.look(Queue.MAX_ITEMS);
    return limit === UNLIMITED ? Number.POSITIVE_INFINITY : limit;
  }

  /** Item after item, until the queue is shut down and empty, or its sentinel is reached. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Exclude<T, typeof SENTINEL>, void, undefined> {
    for (;;) {
      const attempt = () => this.take(undefined, 'wait');
      const item = await this.space.waits.until<T | typeof SENTINEL>(this.#getting, attempt, throwEmpty);
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
