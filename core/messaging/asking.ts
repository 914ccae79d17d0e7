/** An ask, from the call to the answer. */
import { AskTimeoutError } from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import { monotonicMs } from '../memory/monotonic.js';
import { cancel } from './cancel.js';
import { limitsIn } from './credit.js';
import { Kind } from './envelope.js';
import type { WithOptions } from './options.js';
import type { Question } from './pending.js';
import type { CycleEnd, Identity, RefWorld, Waiting } from './ref-world.js';
import { refuseAs } from './stopped.js';
import { type SendSpan, tracer } from './tracer.js';

/** Above the asker's lines of a stack. */
const BETWEEN = '    --- asked by ---';

/** Asks, and gives the answer. */
export function ask(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): Promise<unknown> {
  if (options.signal?.aborted) return Promise.reject(options.signal.reason);
  return new Promise((resolve, reject) => {
    new Asking(world, target, method, options, resolve, reject).begin(args);
  });
}

class Asking implements Question, CycleEnd {
  readonly #timeoutMs: number;
  #correlation = 0;
  #deadline = 0;
  waiting: Waiting | undefined;
  #stay: (() => void) | undefined;
  #span: SendSpan | undefined;

  constructor(
    readonly world: RefWorld,
    readonly target: Identity,
    readonly method: string,
    readonly options: WithOptions,
    readonly settle: (answer: unknown) => void,
    readonly fail: (error: unknown) => void,
  ) {
    this.#timeoutMs = options.timeoutMs ?? target.askTimeoutMs ?? world.askTimeoutMs;
  }

  begin(args: readonly unknown[]): void {
    const { world, target, method, options } = this;
    const { signal, urgent = false, transfer } = options;
    // One reading of the clock for all that is noted of an ask: each is 40 ns.
    const now = monotonicMs();
    this.#correlation = world.pending.open(this, this.#timeoutMs, now);
    if (tracer !== undefined) this.#span = tracer.send('ask', target, method);
    try {
      this.waiting = world.waits.forAnswer(target, this.#correlation, !urgent, this);
      if (signal !== undefined) this.#stay = whenAborted(signal, () => this.#giveUp(signal.reason));
      this.#deadline = deadlineAfter(world.post.at(now), this.#timeoutMs);
      const result = world.post.post(target, {
        kind: Kind.ASK,
        method,
        args,
        sender: world.speaker(),
        correlation: this.#correlation,
        replyTo: world.inbox,
        deadline: this.#deadline,
        waitPlace: this.waiting?.slot,
        urgent,
        transfer,
        carrier: this.#span?.carrier,
        giving: limitsIn(options),
      });
      world.posted(target, method, result);
      refuseAs(result, world, target);
    } catch (error) {
      world.pending.close(this.#correlation);
      this.#fail(error);
    }
  }

  resolve(value: unknown): void {
    this.#end(undefined, true);
    this.settle(value);
  }

  reject(error: unknown): void {
    this.#end({ error });
    this.settle(askedFrom(error, this.target, this.method));
  }

  /** The time is up. */
  expire(): void {
    const { world, target, method } = this;
    const error = new AskTimeoutError(target.path, method, this.#timeoutMs, this.waiting?.cycle());
    cancel(world, target, this.#correlation, this.#deadline !== 0);
    this.reject(error);
  }

  closesCycle(error: Error): void {
    if (this.world.pending.peek(this.#correlation) !== this) return;
    this.#takeBack();
    this.reject(error);
  }

  #takeBack(): void {
    const { world, target } = this;
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
