/** Actors that pass a message on, and tell of the spans of their thread. */
import { trace } from '@opentelemetry/api';
import { Actor, type ActorRef } from '../../../core/index.js';
import { type SeenSpan, spansHere } from './tracing.js';

export class Hop extends Actor {
  static module: string = import.meta.url;
  #heard: string[] = [];
  /** Each asks the next one, after an await. */
  async pass(behind: ActorRef<Hop>[]): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    const [next, ...rest] = behind;
    return next === undefined ? 1 : 1 + (await next.ask.pass(rest));
  }
  /** The trace that its handler is part of. */
  hear() {
    this.#heard.push(trace.getActiveSpan()?.spanContext().traceId ?? 'none');
  }
  relay(to: ActorRef<Hop>) {
    to.tell.hear();
  }
  later() {
    this.context.schedule.once(0, () => this.hear());
  }
  async *items() {
    yield trace.getActiveSpan()?.spanContext().traceId ?? 'none';
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

export class ManyHops extends Hop {
  static override module = import.meta.url;
  static concurrency = 4;
}
