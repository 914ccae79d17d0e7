/** Actors that pass a message on, and tell of the spans of their thread. */
import { trace } from '@opentelemetry/api';
import { Actor, type ActorRef } from '../../../core/index.js';
import { type SeenSpan, spansHere } from './tracing.js';

/** The trace that the line which asks is part of. */
export const traceHere = (): string => trace.getActiveSpan()?.spanContext().traceId ?? 'none';

export class Hop extends Actor {
  static module: string = import.meta.url;
  #heard: string[] = [];
  #startedIn = '';
  override onStart() {
    this.#startedIn = traceHere();
  }
  startedIn() {
    return this.#startedIn;
  }
  /** Each asks the next one, after an await. */
  async pass(behind: ActorRef<Hop>[]): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    const [next, ...rest] = behind;
    return next === undefined ? 1 : 1 + (await next.ask.pass(rest));
  }
  /** The trace that its handler is part of. */
  hear() {
    this.#heard.push(traceHere());
  }
  relay(to: ActorRef<Hop>) {
    to.tell.hear();
  }
  later() {
    this.context.schedule.once(0, () => this.hear());
  }
  async *items() {
    yield traceHere();
  }
  fail(why: string) {
    throw new RangeError(why);
  }
  heard() {
    return this.#heard;
  }
  spans(): SeenSpan[] {
    return spansHere();
  }
}

/** It has hooks, and fails in each life but the last. */
export class Mayfly extends Hop {
  static override module = import.meta.url;
  override async onStop() {
    await null;
    trace.getActiveSpan()?.addEvent('in onStop');
  }
}

export class ManyHops extends Hop {
  static override module = import.meta.url;
  static concurrency = 4;
}
