/**
 * Who traces messages on this thread, if anybody does: `troupe/opentelemetry` sets it. While nobody does, it costs one
 * look at a variable where a message is sent, and one where it is handled.
 */

import type { PostResult } from './outgoing.js';
import type { Identity } from './ref-world.js';
import type { ExitReason } from './reports.js';

/** What travels beside a message, as HTTP's headers do: `traceparent` and the like. */
export type Carrier = Readonly<Record<string, string>>;

/** A message being sent, up to its acceptance; an `ask`, up to its answer. */
export interface SendSpan {
  /** Undefined when there is nothing to tell its receiver. */
  readonly carrier: Carrier | undefined;
  end(failure?: { readonly error: unknown }): void;
}

/** A message being handled. */
export interface ProcessSpan {
  /** Runs the handler as part of it, and what that awaits. */
  run<T>(call: () => T): T;
  failed(error: unknown): void;
  end(): void;
}

/** The hook of an actor that is called, and why. */
export interface HookCall {
  readonly hook: 'onStart' | 'onStop';
  /** Restarts so far. */
  readonly restarts: number;
  /** Why it ends, or has ended before this start, where that is known. */
  readonly reason: ExitReason | undefined;
}

export interface MessageTracer {
  send(kind: 'tell' | 'ask' | 'stream', to: Identity, method: string): SendSpan;
  process(of: Identity, method: string, carrier: Carrier | undefined): ProcessSpan;
  /** A start or a stop, which no message calls. */
  hook(of: Identity, call: HookCall): ProcessSpan;
  /** A function that runs as part of what it is made in. */
  bind<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R;
  /** Runs what is part of nothing. */
  outside(run: () => void): void;
}

export let tracer: MessageTracer | undefined;

export function traceBy(who: MessageTracer | undefined): void {
  tracer = who;
}

/** Sends a message that nobody answers: what became of it is known at once. */
export function sent(
  kind: 'tell' | 'stream',
  to: Identity,
  method: string,
  post: (carrier: Carrier | undefined) => PostResult,
): PostResult {
  if (tracer === undefined) return post(undefined);
  const span = tracer.send(kind, to, method);
  try {
    const result = post(span.carrier);
    const isRefused = result === 'closed' || result === 'no-memory';
    span.end(isRefused ? { error: new Error(`refused: ${result}`) } : undefined);
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}
