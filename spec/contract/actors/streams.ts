/** Actors that give streams, well-behaved ones and others. */
import { Observable } from 'rxjs';
import { Actor, type ActorRef } from '../../../core/index.js';
import { knock, passGate } from '../../support/gate.js';

const here = import.meta.url;

export class ItemError extends RangeError {
  override readonly name = 'ItemError';
  constructor(readonly at: number) {
    super('an item failed');
  }
}

export class Gives extends Actor {
  static module = here;
  #log: string[] = [];
  observed(count: number): Observable<number> {
    return new Observable((subscriber) => {
      for (let i = 0; i < count; i++) subscriber.next(i);
      subscriber.complete();
    });
  }
  async *pulled(count: number, ended?: SharedArrayBuffer): AsyncGenerator<number> {
    try {
      for (let i = 0; i < count; i++) yield i;
    } finally {
      this.#log.push('finally');
      if (ended !== undefined) knock(ended);
    }
  }
  badTeardown(left: SharedArrayBuffer): Observable<number> {
    return new Observable((subscriber) => {
      subscriber.next(1);
      return () => {
        knock(left);
        throw new Error('teardown failed');
      };
    });
  }
  badReturn(left: SharedArrayBuffer): AsyncIterable<number> {
    let n = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          n++ === 0 ? Promise.resolve({ done: false, value: 1 }) : new Promise<never>(() => undefined),
        return() {
          knock(left);
          throw new Error('return failed');
        },
      }),
    };
  }
  badSubscribe(): Observable<number> {
    return {
      subscribe() {
        throw new RangeError('no subscription');
      },
    } as unknown as Observable<number>;
  }
  failsLate(after: number): Observable<number> {
    return new Observable((subscriber) => {
      for (let i = 0; i < after; i++) subscriber.next(i);
      subscriber.error(new ItemError(after));
    });
  }
  async *failsLatePulled(after: number): AsyncGenerator<number> {
    for (let i = 0; i < after; i++) yield i;
    throw new ItemError(after);
  }
  async *mixed(count: number): AsyncGenerator<unknown> {
    for (let i = 0; i < count; i++) yield i % 3 === 0 ? { i, memory: new SharedArrayBuffer(8) } : { i };
  }
  async promisedAfter(gate: SharedArrayBuffer, subscribed: SharedArrayBuffer): Promise<Observable<number>> {
    await passGate(gate);
    return new Observable(() => {
      this.#log.push('subscribed');
      knock(subscribed);
    });
  }
  async *speaks(gate: SharedArrayBuffer): AsyncGenerator<number> {
    yield 1;
    await new Promise((resolve) => setImmediate(resolve));
    this.self.tell.markSender();
    await passGate(gate);
    yield 2;
  }
  async markSender() {
    await null;
    this.#log.push(String(this.context.sender?.path));
  }
  async wait(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  logged(what: string): AsyncGenerator<string> {
    this.#log.push(what);
    return (async function* () {
      yield what;
    })();
  }
  mark(what: string) {
    this.#log.push(what);
  }
  log() {
    return this.#log;
  }
}

export class Subscribes extends Actor {
  static module = here;
  async first(source: ActorRef<Gives>, gate: SharedArrayBuffer) {
    const items: number[] = [];
    await new Promise<void>((resolve) => {
      source.stream.speaks(gate).subscribe((item) => {
        items.push(item);
        if (items.length === 2) resolve();
      });
    });
    return items;
  }
}
