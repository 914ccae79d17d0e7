/**
 * A stream that was given as an argument of a message, as its receiver has it: what it subscribes to runs in the thread
 * of whoever gave it, and is pulled from there.
 */
import { inspect } from 'node:util';
import { overflowError } from './answer.js';
import { STREAM_WINDOW, type StreamLimits } from './credit.js';
import { type Address, Kind } from './envelope.js';
import type { RefWorld } from './ref-world.js';
import { stoppedError } from './stopped.js';
import { iterate, observable, type StreamCall } from './stream-subscriber.js';

/** A stream as it lies in a message. */
export interface StreamHandle {
  /** Whose thread it runs in. */
  readonly inbox: Address;
  /** Its number there. */
  readonly number: number;
  /** The message that holds it: one of several, when it was passed on. */
  readonly hold: string;
  /** The actor that gave it; undefined for the program. */
  readonly actor: Address | undefined;
  readonly path: string;
  /** It arrives as it was given: as an Observable, or as an AsyncIterable only. */
  readonly isObservable: boolean;
  /** Those of the ref that it was given by. */
  readonly limits: StreamLimits | undefined;
}

const handles = new WeakMap<object, StreamHandle>();

/** Of what a message has brought. */
export const handleOf = (value: object): StreamHandle | undefined => handles.get(value);

class GivenStream implements AsyncIterable<unknown> {
  readonly #world: RefWorld;
  readonly #call: StreamCall;
  readonly #path: string;

  constructor(world: RefWorld, call: StreamCall, path: string) {
    this.#world = world;
    this.#call = call;
    this.#path = path;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return iterate(this.#world, this.#call);
  }

  [inspect.custom](): string {
    return `GivenStream of ${this.#path}`;
  }
}

export function givenStream(world: RefWorld, handle: StreamHandle): object {
  const call = callOf(world, handle);
  const stream = handle.isObservable ? observable(world, call) : new GivenStream(world, call, handle.path);
  handles.set(stream, handle);
  return stream;
}

const DEFAULT_LIMITS: StreamLimits = { overflow: 'error', buffer: STREAM_WINDOW };

function callOf(world: RefWorld, handle: StreamHandle): StreamCall {
  const { inbox, number, actor, path, limits = DEFAULT_LIMITS } = handle;
  const replyTo = { box: world.inbox.box, generation: world.inbox.generation };
  return {
    target: actor ?? inbox,
    source: inbox,
    ask(correlation) {
      const value = { op: 'subscribe', number, correlation, replyTo, limits };
      const result = world.post.post(inbox, { kind: Kind.CONTROL, value });
      if (result === 'no-memory') throw overflowError(world.post, inbox, path);
      if (result === 'closed') throw stoppedError(world, { ...(actor ?? inbox), path });
    },
    // Where it comes from is known, so that is told of it as of any stream that is left.
    cancel: () => undefined,
  };
}

interface Observed {
  readonly '@@observable'?: unknown;
}

const { observable: symbol } = Symbol as unknown as { readonly observable?: symbol };

/** By the mark that Observables know each other by, of whichever library: a method `subscribe` is what many things have. */
export const isObservableArgument = (value: object): boolean =>
  typeof (value as Observed)['@@observable'] === 'function' ||
  (symbol !== undefined && typeof (value as Record<symbol, unknown>)[symbol] === 'function');

export const isStreamArgument = (value: object): boolean =>
  typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function' ||
  isObservableArgument(value);
