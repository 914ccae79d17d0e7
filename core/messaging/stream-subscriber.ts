/**
 * The subscriber's end of a stream: an Observable that is also an AsyncIterable.
 *
 * Each subscription asks anew; what has been consumed is given back as credit in steps, so that a slow subscriber holds
 * the producer back over the thread boundary.
 */
import type { Observable, Subscriber } from 'rxjs';
import { whenAborted } from '../memory/aborts.js';
import { cancel } from './cancel.js';
import { limitsIn, STREAM_WINDOW, WORDS_STEP } from './credit.js';
import { type Address, Kind } from './envelope.js';
import { Fifo } from './fifo.js';
import type { WithOptions } from './options.js';
import type { Question } from './pending.js';
import type { Identity, RefWorld } from './ref-world.js';
import { guarded, rxjsFor } from './rxjs.js';
import { refuseAs } from './stopped.js';
import { sent } from './tracer.js';

/** Who takes a stream's items, in whose hands they are consumed. */
export interface StreamSink {
  /** @param words that it took on its way */
  next(value: unknown, words: number): void;
  error(error: unknown): void;
  complete(): void;
  /** Whoever subscribed is no more: nothing comes, and nothing is said. */
  abandon(): void;
}

/** How a stream is asked for: to be posted with that number, for the answers. May throw. */
export interface StreamCall {
  /** Whose end ends the stream. */
  readonly target: Address;
  readonly signal?: AbortSignal | undefined;
  /** Where it comes from, when that is known. */
  readonly source?: Address | undefined;
  ask(correlation: number): void;
  /** It is left before anything is known of where it comes from. */
  cancel(correlation: number): void;
}

/** What answers find by their number: a subscription, as this thread's inbox sees it. */
export interface StreamQuestion extends Question {
  readonly stream: Subscription;
}

/** The subscription that a question is, when it is one. */
export const subscriptionOf = (question: Question | undefined): Subscription | undefined =>
  (question as Partial<StreamQuestion> | undefined)?.stream;

/** What `ref.stream.method(...)` gives. */
export function subscribable(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): Observable<unknown> & AsyncIterable<unknown> {
  return observable(world, callOf(world, target, method, args, options));
}

function callOf(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): StreamCall {
  const { signal, buffer = STREAM_WINDOW } = options;
  return {
    target,
    signal,
    ask(correlation) {
      const result = sent('stream', target, method, (carrier) =>
        world.post.post(target, {
          kind: Kind.STREAM,
          method,
          // Behind the user's own, which errors number from 0.
          args: [...args, options.overflow ?? 'error', buffer],
          sender: world.speaker(),
          correlation,
          replyTo: world.inbox,
          urgent: options.urgent ?? false,
          transfer: options.transfer,
          carrier,
          giving: limitsIn(options),
        }),
      );
      world.posted(target, method, result);
      refuseAs(result, world, target);
    },
    cancel: (correlation) => cancel(world, target, correlation),
  };
}

/**
 * An Observable, and an AsyncIterable, of which each subscription makes the call anew. Who only loops over it need not
 * load RxJS: it becomes an Observable when it is first looked at as one.
 */
export function observable(world: RefWorld, call: StreamCall): Observable<unknown> & AsyncIterable<unknown> {
  const become = () => {
    const real = observe(world, call);
    Object.assign(made, real);
    return Object.setPrototypeOf(made, Object.getPrototypeOf(real)) as object;
  };
  const traps: ProxyHandler<object> = {
    get: (_target, name) => (isAskedOfAll(name) ? undefined : Reflect.get(become(), name, made)),
    has: (_target, name) => !isAskedOfAll(name) && Reflect.has(become(), name),
    // `instanceof` looks here.
    getPrototypeOf: () => Object.getPrototypeOf(become()),
  };
  const made = Object.create(new Proxy({}, traps));
  return Object.assign(made, { [Symbol.asyncIterator]: () => iterate(world, call) });
}

/** What promises and inspectors ask of any object: no Observable has that. */
const isAskedOfAll = (name: string | symbol): boolean =>
  name === 'then' || (typeof name === 'symbol' && name !== (Symbol as { observable?: symbol }).observable);

function observe(world: RefWorld, call: StreamCall): Observable<unknown> {
  const { Observable } = rxjsFor(world);
  return new Observable<unknown>((subscriber: Subscriber<unknown>) => {
    const running: Subscription = new Subscription(world, call, {
      next(value, words) {
        subscriber.next(value);
        running.consumed(words);
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
      abandon: () => subscriber.unsubscribe(),
    });
    running.open();
    return () => running.leave();
  });
}

/** A stream that is being listened to. */
export class Subscription {
  /** The thread that produces: where credit and cancellation go. Unknown until it has been heard of. */
  source: Address | undefined;
  /** Items after which credit is to be given. */
  step = 1;
  #consumed = 0;
  #words = 0;
  #over = false;
  #correlation = 0;
  #stay: () => void = () => undefined;
  #forget: () => void = () => undefined;
  readonly #next: (value: unknown, words: number) => void;
  readonly #error: (error: unknown) => void;
  readonly #complete: () => void;
  readonly #abandon: () => void;

  constructor(
    readonly world: RefWorld,
    readonly call: StreamCall,
    sink: StreamSink,
  ) {
    // What it does is its subscriber's doing, also on a thread of several actors.
    const users = <A extends unknown[]>(run: (...args: A) => void) => world.bound(guarded(world, run));
    this.#next = users((value, words) => sink.next(value, words));
    this.#error = users((error) => sink.error(error));
    this.#complete = users(() => sink.complete());
    this.#abandon = users(() => sink.abandon());
    this.source = call.source;
  }

  open(): void {
    const { world, call } = this;
    const { signal, target } = call;
    const question: StreamQuestion = {
      target,
      stream: this,
      resolve: () => this.#end(this.#complete),
      reject: (error: unknown) => this.#end(() => this.#error(error)),
    };
    this.#correlation = world.pending.open(question, Number.POSITIVE_INFINITY);
    this.#forget = world.subscribed(() => {
      this.leave();
      this.#abandon();
    });
    try {
      signal?.throwIfAborted();
      this.#stay = whenAborted(signal, () => {
        this.leave();
        this.#error(signal?.reason);
      });
      call.ask(this.#correlation);
      world.post.flush();
    } catch (error) {
      question.reject(error);
    }
  }

  /** An item has come. */
  receive(value: unknown, words: number): void {
    if (!this.#over) this.#next(value, words);
  }

  /** An item of so many words has been taken. */
  consumed(words: number): void {
    this.#consumed++;
    this.#words += words;
    if ((this.#consumed < this.step && this.#words < WORDS_STEP) || this.#over) return;
    this.#say({ op: 'credit', credit: this.#consumed, words: this.#words });
    this.#consumed = 0;
    this.#words = 0;
  }

  /** No more of it is wanted. */
  leave(): void {
    this.#end(() => {
      if (this.source !== undefined) this.#say({ op: 'unsubscribe' });
      else this.call.cancel(this.#correlation);
    });
  }

  #end(how: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.world.pending.close(this.#correlation);
    this.#stay();
    this.#forget();
    how();
  }

  #say(what: object): void {
    const { post, inbox } = this.world;
    if (this.source === undefined) return;
    const replyTo = { box: inbox.box, generation: inbox.generation };
    post.insist(this.source, {
      kind: Kind.CONTROL,
      value: { ...what, correlation: this.#correlation, replyTo },
    });
  }
}

const DONE: IteratorResult<unknown> = { done: true, value: undefined };

/** Pulled by demand: an item counts as consumed when the loop takes it. */
export function iterate(world: RefWorld, call: StreamCall): AsyncIterableIterator<unknown> {
  const items = new Fifo<unknown>();
  /** Of each item, the words that it took on its way. */
  const sizes = new Fifo<number>();
  const waiting = new Fifo<{ resolve(r: IteratorResult<unknown>): void; reject(e: unknown): void }>();
  let end: { error?: unknown; failed: boolean } | undefined;
  let running: Subscription | undefined;
  const take = (): IteratorResult<unknown> => {
    running?.consumed(sizes.shift());
    return { done: false, value: items.shift() };
  };
  const settle = () => {
    while (waiting.length > 0 && (items.length > 0 || end !== undefined)) {
      const { resolve, reject } = waiting.shift();
      if (items.length > 0) resolve(take());
      else if (end?.failed === true) {
        const { error } = end;
        end = { failed: false };
        reject(error);
      } else resolve(DONE);
    }
  };
  const finish = (how: { error?: unknown; failed: boolean }) => {
    end = how;
    settle();
  };
  const start = () => {
    running = new Subscription(world, call, {
      next(value, words) {
        items.push(value);
        sizes.push(words);
        settle();
      },
      error: (error) => finish({ failed: true, error }),
      complete: () => finish({ failed: false }),
      // As with the thread of an actor that has one to itself: its loop goes no further.
      abandon: () => {
        items.clear();
        waiting.clear();
      },
    });
    running.open();
  };
  return {
    next() {
      if (end === undefined && running === undefined) start();
      if (items.length > 0 && waiting.length === 0) return Promise.resolve(take());
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        settle();
      });
    },
    async return(value?: unknown) {
      running?.leave();
      items.clear();
      sizes.clear();
      finish({ failed: false });
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
