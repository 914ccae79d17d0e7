/** A ref without an actor behind it: it calls functions of the test, and remembers what was called. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every parameter list here
import type { Observable } from 'rxjs';
import { ActorStoppedError, UnknownMethodError } from '../errors.js';
import type { WithOptions } from '../messaging/options.js';
import type { ActorRef, ItemOf, MessageOf } from '../messaging/ref-types.js';
import type { ExitReason, ExitReport } from '../messaging/reports.js';
import { loadRxjs } from '../messaging/rxjs.js';

/** What a stub answers: a method of the actor, or one that answers at once where the actor's is async. */
export type StubMethod<F> = F extends (...args: infer P) => infer R
  ? (
      ...args: P
    ) => R | Awaited<R> | Promise<Awaited<R>> | ([ItemOf<R>] extends [never] ? never : Iterable<ItemOf<R>>)
  : never;

/** The messages that a stub knows. */
export type StubMethods<A> = { readonly [K in MessageOf<A>]?: StubMethod<A[K]> };

/** One call of a stub. */
export interface StubCall {
  readonly via: 'tell' | 'send' | 'ask' | 'stream';
  readonly method: string;
  readonly args: readonly unknown[];
  /** Of `with`; empty without it. */
  readonly options: WithOptions;
}

/** A ref that remembers. */
// An intersection, so that it fits `AnyActorRef` as every ActorRef does.
export type StubRef<A> = ActorRef<A> & StubRecord;

/** What a stub remembers. */
export interface StubRecord {
  /** All calls, also those made through `with`, in order. */
  readonly calls: readonly StubCall[];
  /** Whether `stop` or `kill` was called: as with a real ref, nothing is taken any more. */
  readonly stopped: boolean;
}

/** How a stub looks from outside. */
export interface StubOptions {
  /** Default `/stub`. */
  readonly path?: string;
}

type AnyMethods = Readonly<Record<string, ((...args: any[]) => unknown) | undefined>>;

interface Stub {
  readonly methods: AnyMethods;
  readonly path: string;
  readonly calls: StubCall[];
  end: ExitReason | undefined;
  readonly ended: Promise<ExitReport>;
  readonly settle: (report: ExitReport) => void;
}

let lastId = 0;

/**
 * A ref for tests of code that takes refs. `tell`, `send`, `ask` and `stream` call the functions given, in the same
 * thread and with the very arguments; nothing is copied. It cannot be sent to a running actor.
 *
 * ```ts
 * const counter = stubRef<Counter>({ total: () => 3 });
 * await counter.ask.total();            // 3
 * counter.tell.add(5);                  // true: remembered, and nothing else
 * counter.calls;                        // [{ via: 'ask', method: 'total', … }, { via: 'tell', method: 'add', … }]
 * ```
 *
 * As with a real ref, what a function throws is the answer to an `ask`, and nothing to who tells.
 * An `ask` or a `stream` of a message that the stub does not know fails with `UnknownMethodError`.
 */
export function stubRef<A>(methods: StubMethods<A> = {}, options: StubOptions = {}): StubRef<A> {
  let settle: Stub['settle'] = () => undefined;
  const ended = new Promise<ExitReport>((resolve) => {
    settle = resolve;
  });
  const { path = '/stub' } = options;
  const stub: Stub = { methods: methods as AnyMethods, path, calls: [], end: undefined, ended, settle };
  return refOf(stub, ++lastId, {}) as unknown as StubRef<A>;
}

function refOf(stub: Stub, id: number, options: WithOptions): object {
  const note = (via: StubCall['via'], method: string, args: unknown[]) => {
    stub.calls.push({ via, method, args, options });
  };
  return {
    id,
    path: stub.path,
    name: stub.path.slice(stub.path.lastIndexOf('/') + 1),
    get calls() {
      return stub.calls;
    },
    get stopped() {
      return stub.end !== undefined;
    },
    get flow$() {
      return loadRxjs().EMPTY;
    },
    tell: calls((method, args) => {
      note('tell', method, args);
      return tellNow(stub, method, args);
    }),
    send: calls(async (method, args) => {
      options.signal?.throwIfAborted();
      note('send', method, args);
      if (!tellNow(stub, method, args)) throw stoppedError(stub);
    }),
    ask: calls(async (method, args) => {
      options.signal?.throwIfAborted();
      note('ask', method, args);
      return callNow(stub, method, args);
    }),
    stream: calls((method, args) => {
      note('stream', method, args);
      return streamOf(stub, method, args);
    }),
    with: (more: WithOptions) => refOf(stub, id, { ...options, ...more }),
    drained: () => Promise.resolve(),
    stop: () => end(stub, { kind: 'stopped' }),
    kill: () => end(stub, { kind: 'killed' }),
    join: () => stub.ended,
  };
}

/** `then`, `toJSON` and symbols are no messages: an awaited or inspected stub is a plain object. */
function calls(call: (method: string, args: unknown[]) => unknown): object {
  return new Proxy(Object.create(null) as object, {
    get: (_target, method) =>
      typeof method === 'symbol' || method === 'then' || method === 'toJSON'
        ? undefined
        : (...args: unknown[]) => call(method, args),
  });
}

function tellNow(stub: Stub, method: string, args: unknown[]): boolean {
  if (stub.end !== undefined) return false;
  try {
    const result = stub.methods[method]?.(...args);
    // What fails later is the actor's affair as well.
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // An error in a tell is the supervisor's, and a stub has none.
  }
  return true;
}

function callNow(stub: Stub, method: string, args: unknown[]): unknown {
  if (stub.end !== undefined) throw stoppedError(stub);
  const found = stub.methods[method];
  if (found === undefined) {
    throw new UnknownMethodError(method, stub.path, `Give it to the stub: stubRef({ ${method}: … }).`);
  }
  return found(...args);
}

/** As of a real ref: each subscription, and each loop, calls the method anew. */
function streamOf(stub: Stub, method: string, args: unknown[]): object {
  const { defer, from, mergeMap } = loadRxjs();
  const result = async () => callNow(stub, method, args);
  const observable = defer(result).pipe(mergeMap((items) => from(items as AsyncIterable<unknown>)));
  return Object.assign(observable, {
    async *[Symbol.asyncIterator]() {
      const items = (await result()) as AsyncIterable<unknown>;
      if (Symbol.asyncIterator in items || Symbol.iterator in items) yield* items;
      else yield* itemsOf(items as never);
    },
  });
}

/** An Observable in a loop; leaving the loop unsubscribes. */
async function* itemsOf(observable: Observable<unknown>): AsyncGenerator<unknown> {
  const items: unknown[] = [];
  let wake: () => void = () => undefined;
  let over: { readonly error?: unknown } | undefined;
  const finish = (how: { readonly error?: unknown }) => {
    over = how;
    wake();
  };
  const subscription = observable.subscribe({
    next: (item) => {
      items.push(item);
      wake();
    },
    error: (error: unknown) => finish({ error }),
    complete: () => finish({}),
  });
  try {
    for (;;) {
      while (items.length > 0) yield items.shift();
      if (over !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    subscription.unsubscribe();
  }
  if ('error' in over) throw over.error;
}

function end(stub: Stub, reason: ExitReason): Promise<ExitReport> {
  stub.end ??= reason;
  const processed = stub.calls.length;
  stub.settle({ path: stub.path, reason: stub.end, processed, leftover: 0, restarts: 0, lastMessages: [] });
  return stub.ended;
}

const stoppedError = (stub: Stub): ActorStoppedError =>
  new ActorStoppedError(stub.path, stub.end ?? { kind: 'stopped' });
