/**
 * The producing end of a stream: pulls an AsyncIterable while there is credit, buffers what an Observable pushes.
 */
import { NotStreamableError, StreamOverflowError } from '../errors.js';
import { monotonicMs } from '../memory/monotonic.js';
import { arenaFull, postAnswer } from '../messaging/answer.js';
import { pullStep, pushStep, STREAM_WINDOW, STREAM_WORDS, type StreamLimits } from '../messaging/credit.js';
import { type Address, Kind } from '../messaging/envelope.js';
import { Fifo } from '../messaging/fifo.js';
import type { PostOffice } from '../messaging/mailbox.js';

/** For so long an AsyncIterable is pulled in one go, in ms, before the thread's mail, timers and I/O have their turn. */
const PULL_MS = 1;
/** Items after which the clock is looked at. */
const LOOK_EVERY = 8;

/** Between whom a stream runs. */
export interface StreamEnds {
  /** The subscriber's inbox, and by which number it knows the stream. */
  readonly subscriber: Address;
  readonly correlation: number;
  /** The actor whose stream it is; undefined for the program's. */
  readonly sender: Address | undefined;
  /** Where credit is to be sent. */
  readonly inbox: Address;
}

/** How errors name it. */
export interface StreamLabel {
  readonly path: string;
  /** Undefined for what was given as an argument. */
  readonly method: string | undefined;
}

/** What is told of a stream's end. */
export interface StreamEvents {
  /** `left`: it was ended from outside, before its producer had come to an end. */
  closed(left: boolean): void;
  /** The producer threw when it was ended: nobody waits for that any more. */
  endFailed(error: unknown): void;
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
export const isStreamable = (value: unknown): boolean => isAsyncIterable(value) || isObservable(value);

export class StreamSource {
  /** Items that may be sent still, of how many. */
  #credit = 0;
  #most = 0;
  /** Words that were sent and are not given back. */
  #underWay = 0;
  /** Items after which the subscriber is to give credit. */
  #step = 1;
  #closed = false;
  readonly #buffer = new Fifo<unknown>();
  #ended: { error?: unknown; failed: boolean } | undefined;
  #demand: (() => void) | undefined;
  #stop: (() => unknown) | undefined;

  constructor(
    readonly post: PostOffice,
    readonly ends: StreamEnds,
    readonly limits: StreamLimits,
    readonly label: StreamLabel,
    readonly events: StreamEvents,
  ) {}

  /** It was given as an argument: of that a part is not the whole, so it never just ends with its actor. */
  get isArgument(): boolean {
    return this.label.method === undefined;
  }

  /** Runs what the handler returned. */
  start(result: unknown): void {
    // Left before a promise of it had come: it does not begin.
    if (this.#closed) return;
    try {
      // What is both, as the stream of another actor, is pulled: nothing of it is lost then.
      if (isAsyncIterable(result)) void this.#pull(result[Symbol.asyncIterator]());
      else if (isObservable(result)) this.#subscribe(result);
      else throw new NotStreamableError(this.label.path, this.label.method ?? '');
    } catch (error) {
      if (this.#closed) this.events.endFailed(error);
      else this.fail(error);
    }
  }

  #subscribe(result: ObservableLike): void {
    const { buffer } = this.limits;
    this.#step = pushStep(buffer);
    // Half of the buffer lies at the subscriber, half here, where the oldest can be dropped. What has been
    // consumed, and not yet given back as credit, is not counted.
    this.#most = Math.min(STREAM_WINDOW, Math.ceil(buffer / 2)) + this.#step - 1;
    this.#credit = this.#most;
    const subscription = result.subscribe({
      next: (value) => this.#push(value),
      error: (error) => this.#finish({ failed: true, error }),
      complete: () => this.#finish({ failed: false }),
    });
    this.#stop = () => subscription.unsubscribe();
    if (this.#closed) this.#endProducer();
  }

  async #pull(iterator: AsyncIterator<unknown>): Promise<void> {
    this.#most = Math.min(STREAM_WINDOW, this.limits.buffer);
    this.#credit = this.#most;
    this.#step = pullStep(this.#most);
    this.#stop = () => iterator.return?.();
    try {
      let until = monotonicMs() + PULL_MS;
      for (let pulled = 1; !this.#closed; pulled++) {
        if (!this.#maySend) {
          await this.#whenWanted();
          until = monotonicMs() + PULL_MS;
          continue;
        }
        if (pulled % LOOK_EVERY === 0 && monotonicMs() > until) {
          // Else who has left would be heard of a window later, and the actor's mail would wait for as long.
          await new Promise((resolve) => setImmediate(resolve));
          until = monotonicMs() + PULL_MS;
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

  #whenWanted(): Promise<void> {
    this.post.flush();
    return new Promise((resolve) => {
      this.#demand = resolve;
    });
  }

  get #maySend(): boolean {
    return this.#credit > 0 && this.#underWay < STREAM_WORDS;
  }

  #push(value: unknown): void {
    if (this.#closed) return;
    if (this.#maySend && this.#buffer.length === 0) {
      this.#send(value);
      return;
    }
    const { overflow, buffer } = this.limits;
    const kept = this.#buffer.length;
    // All that is ahead of the subscriber: here, and under way.
    if (kept + this.#most - this.#credit < buffer + this.#step - 1) this.#buffer.push(value);
    else if (overflow === 'drop-oldest') {
      if (kept > 0) this.#buffer.shift();
      this.#buffer.push(value);
    } else if (overflow !== 'drop-newest') {
      this.fail(new StreamOverflowError(this.label.path, this.label.method, buffer));
    }
  }

  #send(value: unknown): void {
    this.#credit--;
    const { subscriber, correlation, sender, inbox } = this.ends;
    try {
      const words = this.post.item(subscriber, value, correlation, sender, inbox, this.#step);
      if (words > 0) this.#underWay += words;
      else if (words === 0) this.close();
      else this.fail(arenaFull(this.post));
    } catch (error) {
      this.fail(error);
    }
  }

  #finish(end: { error?: unknown; failed: boolean }): void {
    this.#ended ??= end;
    this.#drain();
  }

  #drain(): void {
    while (this.#maySend && this.#buffer.length > 0 && !this.#closed) this.#send(this.#buffer.shift());
    if (this.#ended === undefined || this.#buffer.length > 0 || this.#closed) return;
    const { failed, error } = this.#ended;
    if (failed) this.fail(error);
    else this.complete();
  }

  /** The subscriber has taken so many items, which were so many words. */
  addCredit(credit: number, words: number): void {
    this.#credit += credit;
    this.#underWay -= words;
    this.#drain();
    if (!this.#maySend) return;
    const demand = this.#demand;
    this.#demand = undefined;
    demand?.();
  }

  complete(): void {
    if (this.#closed) return;
    const { subscriber, correlation, sender } = this.ends;
    this.post.insist(subscriber, { kind: Kind.STREAM_END, value: undefined, correlation, sender });
    this.close();
  }

  fail(error: unknown): void {
    if (this.#closed) return;
    const { subscriber, correlation, sender } = this.ends;
    const kind = Kind.STREAM_ERROR;
    postAnswer(this.post, subscriber, { kind, value: error, correlation, sender }, kind);
    this.close();
  }

  /** Ends the producer; nobody is told. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#demand?.();
    this.#endProducer();
    this.events.closed(this.#ended === undefined);
  }

  /** User code: what it throws, at once or later, must not reach who closes this. */
  #endProducer(): void {
    try {
      Promise.resolve(this.#stop?.()).catch(this.events.endFailed);
    } catch (error) {
      this.events.endFailed(error);
    }
  }
}
