/** Streams that are large, slow, many, or listened to by who does not behave. */
import { finalize, Observable, tap } from 'rxjs';
import { Actor, type ActorRef } from '../../core/index.js';
import { knock } from '../support/gate.js';
import { numbers } from './taking.js';

const here = import.meta.url;

export class CauseError extends Error {
  override readonly name = 'CauseError';
}

export class Makes extends Actor {
  static module = here;
  counted(count: number, produced?: SharedArrayBuffer, ended?: SharedArrayBuffer) {
    return numbers(count, produced, ended);
  }
  async *chunks(count: number, bytes: number, produced: SharedArrayBuffer): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i++) {
      knock(produced);
      yield new Uint8Array(bytes).fill(i);
    }
  }
  pushedChunks(count: number, bytes: number): Observable<Uint8Array> {
    return new Observable((subscriber) => {
      for (let i = 0; i < count; i++) subscriber.next(new Uint8Array(bytes).fill(i));
      subscriber.complete();
    });
  }
  /** Never waits, and takes its time for each. */
  async *busy(count: number, produced: SharedArrayBuffer, ended: SharedArrayBuffer): AsyncGenerator<number> {
    try {
      for (let i = 0; i < count; i++) {
        const until = performance.now() + 0.5;
        while (performance.now() < until);
        knock(produced);
        yield i;
      }
    } finally {
      knock(ended);
    }
  }
  relayed(source: ActorRef<Makes>, count: number, produced: SharedArrayBuffer) {
    return source.stream.counted(count, produced);
  }
  open(left: SharedArrayBuffer): Observable<number> {
    return new Observable((subscriber) => {
      subscriber.next(1);
      return () => knock(left);
    });
  }
  async *failing(): AsyncGenerator<number> {
    yield 1;
    throw new CauseError('no more', { cause: new RangeError('this is why') });
  }
  here() {
    return true;
  }
}

/** Listens, in a thread of its own or in one of several actors. */
export class Listens extends Actor {
  static module = here;
  #bytes = 0;
  #done: Promise<unknown> = Promise.resolve();
  #after = 0;

  /** Blocks its thread at the first item until the gate is open. */
  takeBlocked(source: ActorRef<Makes>, count: number, bytes: number, gate: SharedArrayBuffer) {
    const words = new Int32Array(gate);
    this.#done = source.stream.pushedChunks(count, bytes).forEach((chunk) => {
      if (this.#bytes === 0) {
        knock(gate);
        while (Atomics.load(words, 0) === 0) Atomics.wait(words, 0, 0);
      }
      this.#bytes += chunk.length;
    });
  }
  async taken() {
    await this.#done;
    return this.#bytes;
  }
  /** Two that throw and one that does not, on one thread; the one that is left has to hear of all items. */
  listenBadly(source: ActorRef<Makes>, heard: SharedArrayBuffer) {
    const bad = (): never => {
      throw new Error('a bad subscriber');
    };
    source.stream.counted(3).subscribe(bad);
    source.stream.counted(3).pipe(finalize(bad)).subscribe();
    source.stream
      .counted(3)
      .pipe(tap(bad))
      .subscribe({ error: () => knock(heard) });
    source.stream.failing().subscribe();
    source.stream.counted(3).subscribe({ complete: () => knock(heard) });
  }
  /** By an Observable, and by a loop that nobody awaits. */
  listen(
    source: ActorRef<Makes>,
    left: SharedArrayBuffer,
    ended: SharedArrayBuffer,
    begun: SharedArrayBuffer,
  ) {
    source.stream.open(left).subscribe({ next: () => knock(begun), complete: () => this.#after++ });
    void (async () => {
      for await (const item of source.stream.counted(1e9, undefined, ended)) if (item === 0) knock(begun);
      this.#after++;
    })();
  }
  after() {
    return this.#after;
  }
  fail() {
    throw new Error('a tell that fails');
  }
}
