/**
 * The subscriber's end of `ref.stream`: an Observable that is also an AsyncIterable.
 *
 * Each subscription asks anew, with credit for a window of items; what has been consumed is given back as credit
 * in steps, so that a slow subscriber holds the producer back over the thread boundary.
 */
import { createRequire } from 'node:module';
import type { Observable, Subscriber } from 'rxjs';
import { ActorStoppedError } from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import type { Identity, RefWorld } from './actor-ref.js';
import { overflowError } from './answer.js';
import { cancel } from './cancel.js';
import { type Address, Kind } from './envelope.js';
import type { WithOptions } from './options.js';

/** Items that may be under way. */
export const STREAM_WINDOW = 1024;

/** Items after whose consumption credit is given: often enough that a full buffer is seen for what it is. */
export const creditStep = (buffer: number): number => Math.max(1, Math.min(buffer, STREAM_WINDOW) >> 4);

/** RxJS costs 50 ms in every thread that imports it: loaded when the first Observable is asked for. */
let rxjs: typeof import('rxjs') | undefined;
export function loadRxjs(): typeof import('rxjs') {
  rxjs ??= createRequire(import.meta.url)('rxjs') as typeof import('rxjs');
  return rxjs;
}

/** A running subscription, as the host's replies reach it. */
export interface StreamSink {
  /** The host that produces: where credit and cancellation go. */
  source: Address | undefined;
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

const sinks = new WeakMap<object, StreamSink>();
/** The sink of a pending question, when it is a stream's. */
export const sinkOf = (question: object): StreamSink | undefined => sinks.get(question);

export function subscribable(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): Observable<unknown> & AsyncIterable<unknown> {
  const { Observable } = loadRxjs();
  const observable = new Observable<unknown>((subscriber: Subscriber<unknown>) => {
    const running = open(world, target, method, args, options, {
      source: undefined,
      next: (value) => {
        subscriber.next(value);
        running.consumed();
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => running.cancel();
  });
  return Object.assign(observable, {
    [Symbol.asyncIterator]: () => iterate(world, target, method, args, options),
  });
}

interface Running {
  consumed(): void;
  cancel(): void;
}

function open(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
  sink: StreamSink,
): Running {
  const { signal, buffer = STREAM_WINDOW } = options;
  const step = creditStep(buffer);
  let consumed = 0;
  let over = false;
  let stay: () => void = () => undefined;
  const finish = () => {
    over = true;
    world.pending.close(correlation);
    stay();
  };
  const control = (value: object) => {
    if (sink.source !== undefined) world.post.post(sink.source, { kind: Kind.CONTROL, value });
  };
  const key = () => ({ correlation, replyTo: { box: world.inbox.box, generation: world.inbox.generation } });
  const onAbort = () => {
    running.cancel();
    sink.error(signal?.reason);
  };
  const inner: StreamSink = {
    source: undefined,
    next: world.bound((value) => {
      if (!over) sink.next(value);
    }),
    error: world.bound((error) => {
      if (over) return;
      finish();
      sink.error(error);
    }),
    complete: world.bound(() => {
      if (over) return;
      finish();
      sink.complete();
    }),
  };
  const question = {
    target,
    resolve: () => inner.complete(),
    reject: (error: unknown) => inner.error(error),
  };
  sinks.set(question, inner);
  const correlation = world.pending.open(question, Number.POSITIVE_INFINITY);
  const running: Running = {
    consumed() {
      if (++consumed < step || over) return;
      sink.source = inner.source;
      control({ op: 'credit', ...key(), credit: consumed });
      consumed = 0;
    },
    cancel() {
      if (over) return;
      finish();
      sink.source = inner.source;
      if (sink.source !== undefined) control({ op: 'unsubscribe', ...key() });
      else cancel(world, target, correlation);
    },
  };
  try {
    signal?.throwIfAborted();
    stay = whenAborted(signal, onAbort);
    const result = world.post.post(target, {
      kind: Kind.STREAM,
      method,
      // Behind the user's own, which errors number from 0.
      args: [...args, STREAM_WINDOW, options.overflow ?? 'error', buffer],
      sender: world.speaker(),
      correlation,
      replyTo: world.inbox,
      urgent: options.urgent ?? false,
      transfer: options.transfer,
    });
    world.posted(target, method, result);
    if (result === 'no-memory') throw overflowError(world.post, target, target.path);
    if (result === 'closed') {
      throw new ActorStoppedError(target.path, { kind: 'stopped' });
    }
    world.post.flush();
  } catch (error) {
    inner.error(error);
  }
  return running;
}

/** Pulled by demand: an item counts as consumed when the loop has come back for the next one. */
function iterate(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): AsyncIterableIterator<unknown> {
  const items: unknown[] = [];
  const waiting: { resolve(r: IteratorResult<unknown>): void; reject(e: unknown): void }[] = [];
  let end: { error?: unknown; failed: boolean } | undefined;
  let running: Running | undefined;
  const settle = () => {
    while (waiting.length > 0 && (items.length > 0 || end !== undefined)) {
      const { resolve, reject } = waiting.shift() as (typeof waiting)[0];
      if (items.length > 0) {
        running?.consumed();
        resolve({ done: false, value: items.shift() });
      } else if (end?.failed === true) {
        const { error } = end;
        end = { failed: false };
        reject(error);
      } else resolve({ done: true, value: undefined });
    }
  };
  const start = () => {
    running ??= open(world, target, method, args, options, {
      source: undefined,
      next: (value) => {
        items.push(value);
        settle();
      },
      error: (error) => {
        end = { failed: true, error };
        settle();
      },
      complete: () => {
        end = { failed: false };
        settle();
      },
    });
  };
  return {
    next() {
      if (end === undefined) start();
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        settle();
      });
    },
    async return(value?: unknown) {
      running?.cancel();
      items.length = 0;
      end = { failed: false };
      settle();
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
