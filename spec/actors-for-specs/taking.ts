/** Actors that are given streams, and that give them. */
import { createRequire } from 'node:module';
import type { Observable } from 'rxjs';
import { Actor, type ActorRef, type ActorStoppedError } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;

/** Counts what is taken of it, and says when it was left. */
export async function* numbers(
  count: number,
  produced?: SharedArrayBuffer,
  ended?: SharedArrayBuffer,
): AsyncGenerator<number> {
  try {
    for (let i = 0; i < count; i++) {
      if (produced !== undefined) knock(produced);
      yield i;
    }
  } finally {
    if (ended !== undefined) knock(ended);
  }
}

export class Taker extends Actor {
  static module = here;
  #kept: AsyncIterable<number> | undefined;
  #sum = 0;
  #end = '';

  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }
  async add(items: AsyncIterable<number>) {
    this.#sum += await this.sum(items);
  }
  async addObserved(items: Observable<number>) {
    this.#sum += await this.sumObserved(items);
  }
  async *echoed(items: Observable<number>) {
    yield* items as unknown as AsyncIterable<number>;
  }
  added() {
    return this.#sum;
  }
  async sumObserved(items: Observable<number>) {
    let sum = 0;
    await items.forEach((item) => {
      sum += item;
    });
    return sum;
  }
  async listObserved(items: Observable<number>) {
    const list: number[] = [];
    await items.forEach((item) => {
      list.push(item);
    });
    return list;
  }
  async sumBoth({ one, others }: { one: AsyncIterable<number>; others: AsyncIterable<number>[] }) {
    let sum = await this.sum(one);
    for (const other of others) sum += await this.sum(other);
    return sum;
  }
  /** Stands at the gate with the first item in hand. */
  async takeOneAndWait(items: AsyncIterable<number>, gate: SharedArrayBuffer) {
    for await (const item of items) {
      await passGate(gate);
      return item;
    }
    return undefined;
  }
  async sumCounted(giver: ActorRef<Giver>, count: number) {
    return this.sum(giver.stream.counted(count));
  }
  hasLoadedRxjs() {
    return Object.keys(createRequire(here).cache).some((path) => path.includes('/rxjs/'));
  }
  isObservable(items: AsyncIterable<number>) {
    return typeof (items as Partial<Observable<number>>).subscribe === 'function';
  }
  keep(items: AsyncIterable<number>) {
    this.#kept = items;
  }
  keepBeside(items: AsyncIterable<number>, _other: string) {
    this.#kept = items;
  }
  async sumKept() {
    return this.sum(this.#kept as AsyncIterable<number>);
  }
  /** Subscribes in time, and reads on when its message is done with. */
  begin(items: AsyncIterable<number>) {
    const open = items[Symbol.asyncIterator]();
    const first = open.next();
    this.#kept = {
      async *[Symbol.asyncIterator]() {
        yield (await first).value as number;
        for (let next = await open.next(); next.done !== true; next = await open.next()) yield next.value;
      },
    };
  }
  passOn(items: AsyncIterable<number>, to: ActorRef<Taker>, options = {}) {
    to.with(options).tell.add(items);
  }
  async readToTheEnd(items: AsyncIterable<number>, begun: SharedArrayBuffer) {
    try {
      for await (const item of items) if (item === 0) knock(begun);
      this.#end = 'it was complete';
    } catch (error) {
      const { name, reason } = error as ActorStoppedError;
      this.#end = `${name}: ${reason?.kind}`;
    }
  }
  howItEnded() {
    return this.#end;
  }
  giveBack(items: AsyncIterable<number>) {
    return { items };
  }
  /** Dies at its first attempt, with the stream open. */
  async failOnce(items: AsyncIterable<number>, attempts: SharedArrayBuffer) {
    const isFirst = Atomics.add(new Int32Array(attempts), 0, 1) === 0;
    let sum = 0;
    for await (const item of items) {
      if (isFirst && item === 100) process.exit(1);
      sum += item;
    }
    this.#sum += sum;
  }
  async wait(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  crash() {
    process.exit(1);
  }
}

export class Giver extends Actor {
  static module = here;
  async give(taker: ActorRef<Taker>, count: number, produced?: SharedArrayBuffer, ended?: SharedArrayBuffer) {
    return taker.ask.sum(numbers(count, produced, ended));
  }
  tellIt(taker: ActorRef<Taker>, count: number, ended?: SharedArrayBuffer) {
    taker.tell.add(numbers(count, undefined, ended));
  }
  giveEndless(taker: ActorRef<Taker>, begun: SharedArrayBuffer) {
    taker.tell.readToTheEnd(numbers(1e9), begun);
  }
  counted(count: number, produced?: SharedArrayBuffer) {
    return numbers(count, produced);
  }
  nested() {
    return { items: numbers(1) };
  }
  fail() {
    throw new Error('a tell that fails');
  }
  crash() {
    process.exit(1);
  }
  runs() {
    return true;
  }
}
