/** Producers and consumers, and between them an actor with so many slots, which asks whoever waits. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

/** A little to do for each item, as in the original. */
function work(seed) {
  let value = seed;
  for (let i = 0; i < 25; i++) value = Math.log(Math.abs(Math.sin(value * 100)) + 0.01);
  return value;
}

export class Buffer extends Actor {
  static module = import.meta.url;
  #items = [];
  /** Producers with an item that has no slot yet. */
  #waiting = [];
  #idle = [];
  open(slots, items, finish) {
    this.slots = slots;
    this.left = items;
    this.finish = finish;
  }
  put(producer, item) {
    if (this.#idle.length > 0) this.#idle.pop().tell.take(item);
    else this.#items.push(item);
    if (this.#items.length >= this.slots) this.#waiting.push(producer);
    else producer.tell.produce();
  }
  /** A consumer has nothing to do; it has just taken so many. */
  ready(consumer, taken) {
    this.left -= taken;
    if (this.left === 0 && taken > 0) this.finish.tell.done();
    if (this.#items.length === 0) {
      this.#idle.push(consumer);
      return;
    }
    consumer.tell.take(this.#items.shift());
    this.#waiting.pop()?.tell.produce();
  }
}

export class Producer extends Actor {
  static module = import.meta.url;
  #left;
  #last = 1;
  start(buffer, items) {
    this.buffer = buffer;
    this.#left = items;
    this.produce();
  }
  produce() {
    if (this.#left-- <= 0) return;
    this.#last = work(this.#last);
    this.buffer.tell.put(this.self, { value: this.#last });
  }
}

export class Consumer extends Actor {
  static module = import.meta.url;
  #taken = 0;
  start(buffer) {
    this.buffer = buffer;
    buffer.tell.ready(this.self, 0);
  }
  take({ value }) {
    work(value);
    this.#taken++;
    this.buffer.tell.ready(this.self, 1);
  }
  taken() {
    return this.#taken;
  }
}

await program(
  { producers: 40, consumers: 40, slots: 50, items: 1000 },
  async ({ spawn, expect, producers, consumers, slots, items }) => {
    const buffer = await spawn(Buffer);
    const makers = await spawnAll(spawn, Producer, producers);
    const takers = await spawnAll(spawn, Consumer, consumers);
    const { ms } = await expect(1, async (finish) => {
      await buffer.ask.open(slots, producers * items, finish);
      for (const taker of takers) taker.tell.start(buffer);
      for (const maker of makers) maker.tell.start(buffer, items);
    });
    const taken = await Promise.all(takers.map((taker) => taker.ask.taken()));
    check(
      'items',
      taken.reduce((sum, one) => sum + one, 0),
      producers * items,
    );
    await stopAll([buffer, ...makers, ...takers]);
    return ms;
  },
);
