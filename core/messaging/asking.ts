/** An ask, from the call to the answer. */
import { AskTimeoutError } from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import type { Identity, RefWorld, Waiting } from './actor-ref.js';
import { cancel } from './cancel.js';
import { limitsIn } from './credit.js';
import { Kind } from './envelope.js';
import type { PostOffice } from './mailbox.js';
import type { WithOptions } from './options.js';
import type { Question } from './pending.js';
import { refuseAs } from './stopped.js';
import { type SendSpan, tracer } from './tracer.js';

/**
 * Asks, and gives the answer.
 *
 * An error gets the stack of the asker's side here, behind the `await`: the engine finds the functions that await this
 * one. To note the stack of each call took 2 µs, more than all the rest of an ask.
 */
export async function ask(
  world: RefWorld,
  target: Identity,
  method: string,
  args: readonly unknown[],
  options: WithOptions,
): Promise<unknown> {
  options.signal?.throwIfAborted();
  const outcome = await new Promise<unknown>((resolve) => {
    new Asking(world, target, method, options, resolve).begin(args);
  });
  if (!(outcome instanceof Failure)) return outcome;
  throw outcome.isFromAfar ? askedFrom(outcome.error, target, method) : outcome.error;
}

/** What an ask that fails comes to, within this file: an answer is no instance of this. */
class Failure {
  constructor(
    readonly error: unknown,
    /** What was thrown at the call tells whence by itself; and the signal's reason is the user's. */
    readonly isFromAfar: boolean,
  ) {}
}

class Asking implements Question {
  readonly #timeoutMs: number;
  #correlation = 0;
  #deadline = 0;
  #waiting: Waiting | undefined;
  #stay: (() => void) | undefined;
  #span: SendSpan | undefined;

  constructor(
    readonly world: RefWorld,
    readonly target: Identity,
    readonly method: string,
    readonly options: WithOptions,
    readonly settle: (outcome: unknown) => void,
  ) {
    this.#timeoutMs = options.timeoutMs ?? target.askTimeoutMs ?? world.askTimeoutMs;
  }

  begin(args: readonly unknown[]): void {
    const { world, target, method, options } = this;
    const { signal, urgent = false, transfer } = options;
    this.#correlation = world.pending.open(this, this.#timeoutMs);
    if (tracer !== undefined) this.#span = tracer.send('ask', target, method);
    try {
      this.#waiting = world.waits.forAnswer(target, this.#correlation, (error) => this.#giveUp(error, true));
      if (signal !== undefined) this.#stay = whenAborted(signal, () => this.#giveUp(signal.reason, false));
      this.#deadline = deadlineAfter(world.post, this.#timeoutMs);
      const result = world.post.post(target, {
        kind: Kind.ASK,
        method,
        args,
        sender: world.speaker(),
        correlation: this.#correlation,
        replyTo: world.inbox,
        deadline: this.#deadline,
        urgent,
        transfer,
        carrier: this.#span?.carrier,
        giving: limitsIn(options),
      });
      world.posted(target, method, result);
      refuseAs(result, world, target);
    } catch (error) {
      world.pending.close(this.#correlation);
      this.#end(new Failure(error, false));
    }
  }

  resolve(value: unknown): void {
    this.#end(value);
  }

  reject(error: unknown): void {
    this.#end(new Failure(error, true));
  }

  /** The time is up. */
  expire(): void {
    const { world, target, method } = this;
    const error = new AskTimeoutError(target.path, method, this.#timeoutMs, this.#waiting?.cycle());
    cancel(world, target, this.#correlation, this.#deadline !== 0);
    this.#end(new Failure(error, true));
  }

  #giveUp(error: unknown, isFromAfar: boolean): void {
    const { world, target } = this;
    world.pending.close(this.#correlation);
    cancel(world, target, this.#correlation);
    this.#end(new Failure(error, isFromAfar));
  }

  #end(outcome: unknown): void {
    this.#waiting?.end();
    this.#stay?.();
    this.#span?.end(outcome instanceof Failure ? outcome : undefined);
    this.settle(outcome);
  }
}

/** Deadlines compare by wrapped difference: what lies further ahead (12 days) needs none in the record. */
const LONGEST_DEADLINE_MS = 2 ** 30;

/** 0 for none. */
const deadlineAfter = (post: PostOffice, ms: number): number =>
  ms < LONGEST_DEADLINE_MS ? (post.now() + ms) | 0 || 1 : 0;

/** An error of the other side, with the lines of this side below its own. */
function askedFrom(error: unknown, target: Identity, method: string): unknown {
  if (!(error instanceof Error)) return error;
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, askedFrom);
  const lines = (site.stack ?? '').split('\n').slice(1);
  // The first one is the ask itself, which says whom.
  lines[0] = `    at ${target.path}.ask.${method}`;
  const stack = `${error.stack}\n    --- asked by ---\n${lines.join('\n')}`;
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  return error;
}
