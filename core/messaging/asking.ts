/** An ask, from the call to the answer. */
import { AskTimeoutError } from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import { monotonicMs } from '../memory/monotonic.js';
import { cancel } from './cancel.js';
import { limitsIn, type StreamLimits } from './credit.js';
import { Kind } from './envelope.js';
import type { WithOptions } from './options.js';
import type { PostResult } from './outgoing.js';
import type { Question } from './pending.js';
import type { CycleEnd, Identity, RefWorld, Waiting } from './ref-world.js';
import { refuseAs } from './stopped.js';
import { type SendSpan, tracer } from './tracer.js';

/** Above the asker's lines of a stack. */
const BETWEEN = '    --- asked by ---';

type Settle = (value: unknown) => void;
let resolveNew: Settle;
let rejectNew: Settle;
/** What a promise is settled by; one function for all, as each of its own would be something more to collect. */
const keepBoth = (resolve: Settle, reject: Settle): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** What is the same whenever a ref's method is asked. */
export class AskCall {
  /** Of the method, in the table that all threads share; -1 as long as the name is not in it. */
  #id = -1;
  readonly giving: StreamLimits | undefined;
  /** Nothing goes with the question but its arguments. */
  readonly isPlain: boolean;

  constructor(
    readonly world: RefWorld,
    readonly method: string,
    readonly options: WithOptions,
  ) {
    const { urgent, transfer } = options;
    this.giving = limitsIn(options);
    this.isPlain = urgent !== true && transfer === undefined && this.giving === undefined;
  }

  get id(): number {
    if (this.#id < 0) this.#id = this.world.post.shapes.methodId(this.method);
    return this.#id;
  }

  /** Asks, and gives the answer. */
  ask(target: Identity, args: readonly unknown[]): Promise<unknown> {
    const { signal } = this.options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const answer = new Promise(keepBoth);
    new Asking(this, target, resolveNew, rejectNew).begin(args);
    return answer;
  }
}

class Asking implements Question, CycleEnd {
  #correlation = 0;
  #deadline = 0;
  waiting: Waiting | undefined;
  #stay: (() => void) | undefined;
  #span: SendSpan | undefined;

  constructor(
    readonly call: AskCall,
    readonly target: Identity,
    readonly settle: Settle,
    readonly fail: Settle,
  ) {}

  get #timeoutMs(): number {
    const { options, world } = this.call;
    return options.timeoutMs ?? this.target.askTimeoutMs ?? world.askTimeoutMs;
  }

  begin(args: readonly unknown[]): void {
    const { call, target } = this;
    const { world, method, options } = call;
    const { signal, urgent = false } = options;
    const timeoutMs = this.#timeoutMs;
    // One reading of the clock for all that is noted of an ask: each is 32 ns.
    const now = monotonicMs();
    this.#correlation = world.pending.open(this, timeoutMs, now);
    if (tracer !== undefined) this.#span = tracer.send('ask', target, method);
    try {
      this.waiting = world.waits.forAnswer(target, this.#correlation, !urgent, this);
      if (signal !== undefined) this.#heed(signal);
      this.#deadline = deadlineAfter(world.post.at(now), timeoutMs);
      const result = this.#post(args);
      world.posted(target, method, result);
      refuseAs(result, world, target);
    } catch (error) {
      world.pending.close(this.#correlation);
      this.#fail(error);
    }
  }

  /** By itself: a function that holds a variable costs something to collect with each call of the one that has it. */
  #heed(signal: AbortSignal): void {
    this.#stay = whenAborted(signal, () => this.#giveUp(signal.reason));
  }

  #post(args: readonly unknown[]): PostResult {
    const { call, target } = this;
    const { world, method } = call;
    const { post, inbox } = world;
    const waitPlace = this.waiting === undefined ? 0 : this.waiting.slot;
    if (call.isPlain && this.#span === undefined) {
      const sender = world.speaker();
      const { id } = call;
      return post.ask(target, method, id, args, sender, this.#correlation, inbox, this.#deadline, waitPlace);
    }
    const { urgent = false, transfer } = call.options;
    return post.post(target, {
      kind: Kind.ASK,
      method,
      args,
      sender: world.speaker(),
      correlation: this.#correlation,
      replyTo: inbox,
      deadline: this.#deadline,
      waitPlace,
      urgent,
      transfer,
      carrier: this.#span?.carrier,
      giving: call.giving,
    });
  }

  resolve(value: unknown): void {
    this.#end(undefined, true);
    this.settle(value);
  }

  reject(error: unknown): void {
    this.#end({ error });
    this.settle(askedFrom(error, this.target, this.call.method));
  }

  /** The time is up. */
  expire(): void {
    const { target } = this;
    const { world, method } = this.call;
    const error = new AskTimeoutError(target.path, method, this.#timeoutMs, this.waiting?.cycle());
    cancel(world, target, this.#correlation, this.#deadline !== 0);
    this.reject(error);
  }

  closesCycle(error: Error): void {
    if (this.call.world.pending.peek(this.#correlation) !== this) return;
    this.#takeBack();
    this.reject(error);
  }

  #takeBack(): void {
    const { target } = this;
    const { world } = this.call;
    world.pending.close(this.#correlation);
    cancel(world, target, this.#correlation);
  }

  #giveUp(reason: unknown): void {
    this.#takeBack();
    this.#fail(reason);
  }

  /** With an error that tells whence by itself: it was thrown at the call, or is the reason of the user's signal. */
  #fail(error: unknown): void {
    this.#end({ error });
    this.fail(error);
  }

  #end(failure: { readonly error: unknown } | undefined, isAnswered = false): void {
    this.waiting?.end(this.#correlation, isAnswered);
    this.waiting = undefined;
    this.#stay?.();
    this.#span?.end(failure);
    // A message that is refused rejects its ask, and then throws.
    this.#span = undefined;
  }
}

/** Deadlines compare by wrapped difference: what lies further ahead (12 days) needs none in the record. */
const LONGEST_DEADLINE_MS = 2 ** 30;

/** 0 for none. */
const deadlineAfter = (now: number, ms: number): number =>
  ms < LONGEST_DEADLINE_MS ? (now + ms) | 0 || 1 : 0;

/**
 * Throws an error of the other side, with the lines of this side below its own.
 *
 * The promise of the ask is resolved with that of this call, and a moment later the engine finds the functions that
 * await it. To note the stack of each call took 2 µs, more than all the rest of an ask; to await each answer in a
 * function of its own took a tenth.
 */
async function askedFrom(error: unknown, target: Identity, method: string): Promise<never> {
  if (!(error instanceof Error)) throw error;
  // The one is resolved with the other in the first of these.
  await undefined;
  await undefined;
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, askedFrom);
  const lines = (site.stack ?? '').split('\n').filter((line) => line.startsWith('    at async '));
  const asked = [`    at ${target.path}.ask.${method}`, ...lines].join('\n');
  const stack = `${error.stack}\n${BETWEEN}\n${asked}`;
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  throw error;
}
