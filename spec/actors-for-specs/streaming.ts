/** Actors whose methods give streams. */
import { Observable } from 'rxjs';
import { Actor, type ActorRef } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;

export class Source extends Actor {
  static module = here;
  #runs = 0;
  #log: string[] = [];
  /** So many numbers, at once. */
  numbers(count: number): Observable<number> {
    this.#runs++;
    return new Observable((subscriber) => {
      for (let i = 0; i < count; i++) subscriber.next(i);
      subscriber.complete();
    });
  }
  async *pulled(count: number, produced?: SharedArrayBuffer): AsyncGenerator<number> {
    this.#runs++;
    try {
      for (let i = 0; i < count; i++) {
        if (produced !== undefined) knock(produced);
        yield i;
      }
    } finally {
      this.#log.push('pulled ended');
    }
  }
  async promised(count: number): Promise<Observable<number>> {
    await null;
    return this.numbers(count);
  }
  async promisedGenerator(count: number): Promise<AsyncIterable<number>> {
    await null;
    return this.pulled(count);
  }
  /** One item, then nothing until somebody leaves. */
  open(left: SharedArrayBuffer): Observable<string> {
    return new Observable((subscriber) => {
      subscriber.next('first');
      return () => {
        this.#log.push('left');
        knock(left);
      };
    });
  }
  failing(): Observable<number> {
    return new Observable((subscriber) => {
      subscriber.next(1);
      subscriber.error(new RangeError('no more'));
    });
  }
  async *failingPulled(): AsyncGenerator<number> {
    yield 1;
    throw new RangeError('no more');
  }
  throwing(): Observable<number> {
    throw new TypeError('before it began');
  }
  notAStream(): Observable<number> {
    return 7 as unknown as Observable<number>;
  }
  unsendable(): Observable<unknown> {
    return new Observable((subscriber) => subscriber.next(() => 1));
  }
  endless(): Observable<number> {
    return new Observable(() => undefined);
  }
  async *waits(begun: SharedArrayBuffer, aborted: SharedArrayBuffer): AsyncGenerator<number> {
    const { signal } = this.context;
    signal.addEventListener('abort', () => knock(aborted), { once: true });
    yield 1;
    await passGate(begun);
    yield 2;
  }
  runs() {
    return this.#runs;
  }
  log() {
    return this.#log;
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  crash() {
    process.exit(1);
  }
  fail() {
    throw new Error('a tell that fails');
  }
  override onStop() {
    this.#log.push('onStop');
  }
}

/** Subscribes inside of an actor. */
export class Sink extends Actor {
  static module = here;
  async sum(source: ActorRef<Source>, count: number) {
    let sum = 0;
    for await (const item of source.stream.pulled(count)) sum += item;
    return sum;
  }
  /** Takes one item, and keeps the stream open. */
  async takeFirst(source: ActorRef<Source>, left: SharedArrayBuffer) {
    return await new Promise<string>((resolve, reject) => {
      source.stream.open(left).subscribe({ next: resolve, error: reject });
    });
  }
  crash() {
    process.exit(1);
  }
}
