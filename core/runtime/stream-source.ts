/**
 * The producing end of a stream: pulls an AsyncIterable while there is credit, buffers what an Observable pushes.
 */
import { NotStreamableError, StreamOverflowError } from '../errors.js';
import { arenaFull, postAnswer } from '../messaging/answer.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import { creditStep } from '../messaging/stream-subscriber.js';

/** What an Observable, which cannot be slowed, may do beyond the credit. */
export interface StreamLimits {
  readonly overflow: string;
  /** Items that it may run ahead of its subscriber. */
  readonly buffer: number;
}

interface ObservableLike {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): {
    unsubscribe(): void;
  };
}

const isObservable = (value: unknown): value is ObservableLike =>
  typeof (value as ObservableLike | null)?.subscribe === 'function';

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === 'function';

/** Whether a handler's result can be streamed. */
export const isStreamable = (value: unknown): boolean => isObservable(value) || isAsyncIterable(value);

export class StreamSource {
  #credit: number;
  #closed = false;
  readonly #buffer: unknown[] = [];
  /** What the buffer on this side holds. */
  #room = 0;
  #ended: { error?: unknown; failed: boolean } | undefined;
  #demand: (() => void) | undefined;
  #stop: (() => unknown) | undefined;

  constructor(
    readonly post: PostOffice,
    readonly subscriber: Address,
    readonly correlation: number,
    readonly sender: Address,
    /** Where credit is to be sent. */
    readonly inbox: Address,
    credit: number,
    readonly limits: StreamLimits,
    readonly label: { path: string; method: string },
    /** `left`: it was ended from outside, before its producer had come to an end. */
    readonly onClosed: (left: boolean) => void,
    /** The producer threw when it was ended: nobody waits for that any more. */
    readonly onEndFailed: (error: unknown) => void,
  ) {
    this.#credit = credit;
  }

  /** Runs what the handler returned. */
  start(result: unknown): void {
    // Left before a promise of it had come: it does not begin.
    if (this.#closed) return;
    try {
      if (isObservable(result)) this.#subscribe(result);
      else if (isAsyncIterable(result)) void this.#pull(result[Symbol.asyncIterator]());
      else throw new NotStreamableError(this.label.path, this.label.method);
    } catch (error) {
      if (this.#closed) this.onEndFailed(error);
      else this.fail(error);
    }
  }

  #subscribe(result: ObservableLike): void {
    const { buffer, overflow } = this.limits;
    // Half of the buffer lies at the subscriber, half here, where the oldest can be dropped. What has been
    // consumed, and not yet given back as credit, is not counted.
    const ahead = Math.min(this.#credit, Math.ceil(buffer / 2));
    this.#credit = ahead + creditStep(buffer) - 1;
    this.#room = Math.max(buffer - ahead, overflow === 'drop-oldest' ? 1 : 0);
    const subscription = result.subscribe({
      next: (value) => this.#push(value),
      error: (error) => this.#finish({ failed: true, error }),
      complete: () => this.#finish({ failed: false }),
    });
    this.#stop = () => subscription.unsubscribe();
    if (this.#closed) this.#endProducer();
  }

  async #pull(iterator: AsyncIterator<unknown>): Promise<void> {
    this.#stop = () => iterator.return?.();
    try {
      while (!this.#closed) {
        if (this.#credit <= 0) {
          this.post.flush();
          await new Promise<void>((resolve) => {
            this.#demand = resolve;
          });
          continue;
        }
        const { done, value } = await iterator.next();
        if (done === true) {
          this.#stop = undefined;
          this.#finish({ failed: false });
          return;
        }
        if (!this.#closed) this.#send(value);
      }
    } catch (error) {
      this.#stop = undefined;
      this.#finish({ failed: true, error });
    }
  }

  #push(value: unknown): void {
    if (this.#closed) return;
    if (this.#credit > 0 && this.#buffer.length === 0) {
      this.#send(value);
      return;
    }
    if (this.#buffer.length < this.#room) {
      this.#buffer.push(value);
    } else if (this.limits.overflow === 'drop-oldest') {
      this.#buffer.shift();
      this.#buffer.push(value);
    } else if (this.limits.overflow !== 'drop-newest') {
      this.fail(new StreamOverflowError(this.label.path, this.label.method, this.limits.buffer));
    }
  }

  #send(value: unknown): void {
    this.#credit--;
    const { correlation, sender, inbox: replyTo } = this;
    try {
      const result = this.post.post(this.subscriber, {
        kind: Kind.STREAM_ITEM,
        value,
        correlation,
        sender,
        replyTo,
      });
      if (result === 'closed') this.close();
      else if (result === 'no-memory') this.fail(arenaFull(this.post));
    } catch (error) {
      this.fail(error);
    }
  }

  #finish(end: { error?: unknown; failed: boolean }): void {
    this.#ended ??= end;
    this.#drain();
  }

  #drain(): void {
    while (this.#credit > 0 && this.#buffer.length > 0 && !this.#closed) this.#send(this.#buffer.shift());
    if (this.#ended === undefined || this.#buffer.length > 0 || this.#closed) return;
    const { failed, error } = this.#ended;
    if (failed) this.fail(error);
    else this.complete();
  }

  /** The subscriber has room for so many more. */
  addCredit(credit: number): void {
    this.#credit += credit;
    this.#drain();
    const demand = this.#demand;
    this.#demand = undefined;
    demand?.();
  }

  complete(): void {
    if (this.#closed) return;
    const { correlation, sender } = this;
    this.post.post(this.subscriber, { kind: Kind.STREAM_END, value: undefined, correlation, sender });
    this.close();
  }

  fail(error: unknown): void {
    if (this.#closed) return;
    const { correlation, sender } = this;
    const kind = Kind.STREAM_ERROR;
    postAnswer(this.post, this.subscriber, { kind, value: error, correlation, sender }, kind);
    this.close();
  }

  /** Ends the producer; nobody is told. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#demand?.();
    this.#endProducer();
    this.onClosed(this.#ended === undefined);
  }

  /** User code: what it throws, at once or later, must not reach who closes this. */
  #endProducer(): void {
    try {
      Promise.resolve(this.#stop?.()).catch(this.onEndFailed);
    } catch (error) {
      this.onEndFailed(error);
    }
  }
}
