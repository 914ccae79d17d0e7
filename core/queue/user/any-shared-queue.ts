/** What users call on any of the shared queues: the waiting around the steps of queue-steps.ts. */
import { QueueEmptyError, QueueFullError, WaitTimeoutError } from '../../errors.js';
import { monotonicMs } from '../../memory/monotonic.js';
import { Flag, Queue, Structure } from './layout.js';
import { UNLIMITED } from './queue-options.js';
import { type Manner, type QueueKind, QueueSteps } from './queue-steps.js';
import { SENTINEL } from './sentinel.js';
import { Spinner } from './spinner.js';
import {
  BUSY,
  checkedTimeout,
  NOT_YET,
  type Outcome,
  type SharedSyncOptions,
  type SharedWaitOptions,
} from './waits.js';

/** What the three kinds of queue have in common. */
export abstract class AnySharedQueue<T, Kind extends QueueKind, PutOptions = unknown> extends QueueSteps<
  T,
  Kind
> {
  /** Orders the waiting tasks of this thread: puts among puts, gets among gets, whatever object they came by. */
  readonly #putting = `put ${this.block}`;
  readonly #getting = `get ${this.block}`;
  #unfinished = 0;
  readonly #putSpinner = new Spinner(this.i32);
  readonly #getSpinner = new Spinner(this.i32);
  readonly #noPut = (): void => this.stepOut(this.putters);
  readonly #noGet = (): void => this.stepOut(this.getters);

  /**
   * Adds an item, and waits while the queue is full. {@link SENTINEL} closes the queue behind all items.
   * @throws QueueFullError at the time limit
   * @throws QueueShutDownError when the queue was shut down or has got its sentinel
   * @throws ItemTooLargeError when it could never fit
   * @throws MessageNotSerializableError when it cannot be copied
   */
  async put(item: T, options: PutOptions & SharedWaitOptions = NO_OPTIONS as never): Promise<void> {
    if (this.#putAtOnce(item, options, 'put()')) return;
    const attempt = this.#putLater(item, 'put()');
    await this.space.waits.until(this.#putting, () => attempt('wait'), throwFull(this), options, this.#noPut);
  }

  /**
   * As {@link put}, but blocks the thread.
   * @throws SyncOnMainThreadError on the main thread
   */
  putSync(item: T, options: PutOptions & SharedSyncOptions = NO_OPTIONS as never): void {
    const call = 'putSync()';
    const { waits } = this.space;
    waits.mayBlock(call);
    if (this.#putAtOnce(item, options, call)) return;
    const attempt = this.#putLater(item, call);
    const look = () => attempt('look');
    if (options.timeoutMs !== 0 && this.#putSpinner.until(() => this.seemsRoomy, look) === true) return;
    const inTurn = () => attempt('wait');
    const asleep = monotonicMs();
    waits.untilSync(call, this.#putting, inTurn, throwFull(this), options, this.#noPut);
    this.#putSpinner.slept(monotonicMs() - asleep);
  }

  /** Nearly all items are put by this. @returns false when there is more to it */
  #putAtOnce(item: T, options: PutOptions & SharedWaitOptions, call: string): boolean {
    if (options !== (NO_OPTIONS as unknown)) {
      checkedTimeout(options.timeoutMs);
      options.signal?.throwIfAborted();
    }
    if (item === SENTINEL) return false;
    const parcel = this.pack(item, this.priorityOf(options));
    // A task of this thread that waits already comes first.
    return !this.space.waits.has(this.#putting) && this.add(parcel, call, 'look') === true;
  }

  /** What looks whether it can be put. It is encoded already, so later changes are not seen. */
  #putLater(item: T, call: string): (manner: Manner) => Outcome<true> {
    if (item === SENTINEL) return () => this.close(Flag.SENTINEL, call);
    const parcel = this.packed();
    return (manner) => this.add(parcel, call, manner);
  }

  /**
   * Adds an item if there is room at once.
   * @returns false when the queue is full, or its lock was not to be had within a millisecond
   * @throws QueueShutDownError when the queue was shut down or has got its sentinel
   */
  tryPut(item: T, options: PutOptions = NO_OPTIONS as never): boolean {
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
    const { waits } = this.space;
    waits.mayBlock(call);
    if (options !== undefined) checkedTimeout(options.timeoutMs);
    let now = this.take(call, 'look');
    if (now === NOT_YET && options?.timeoutMs !== 0) {
      now = this.#getSpinner.until(
        () => this.seemsReady,
        () => this.take(call, 'look'),
      );
    }
    if (now !== NOT_YET && now !== BUSY) return now;
    const inTurn = () => this.take(call, 'wait');
    const asleep = monotonicMs();
    const item = waits.untilSync<T>(call, this.#getting, inTurn, throwEmpty, options, this.#noGet);
    this.#getSpinner.slept(monotonicMs() - asleep);
    return item;
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
    if (this.finishOne() === BUSY) this.soon(() => this.finishOne());
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
    this.check();
    return this.count;
  }

  /** Whether there is no item; see {@link size}. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there are `maxItems` items or more, or `maxBytes` are used up; see {@link size}. */
  get isFull(): boolean {
    return this.size >= this.word(Queue.MAX_ITEMS) || this.bytesUsed >= this.word(Queue.MAX_SIZE) * 4;
  }

  /** Items put and not done. */
  get unfinished(): number {
    this.check();
    // A thread that must not wait for the lock says what it has seen last.
    this.#unfinished = this.countUnfinished() ?? this.#unfinished;
    return this.#unfinished;
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

const NO_OPTIONS = Object.freeze({});

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
