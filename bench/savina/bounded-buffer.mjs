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
  open(slots) {
    this.slots = slots;
  }
  put(producer, item) {
    if (this.#idle.length > 0) this.#idle.pop().tell.take(item);
    else this.#items.push(item);
    if (this.#items.length >= this.slots) this.#waiting.push(producer);
    else producer.tell.produce();
  }
  ready(consumer) {
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
  start(buffer, finish) {
    this.buffer = buffer;
    this.finish = finish;
    buffer.tell.ready(this.self);
  }
  take({ value }) {
    work(value);
    this.finish.tell.done();
    this.buffer.tell.ready(this.self);
  }
}

await program(
  { producers: 40, consumers: 40, slots: 50, items: 1000 },
  async ({ spawn, expect, producers, consumers, slots, items }) => {
    const buffer = await spawn(Buffer);
    await buffer.ask.open(slots);
    const makers = await spawnAll(spawn, Producer, producers);
    const takers = await spawnAll(spawn, Consumer, consumers);
    const { ms, sum } = await expect(producers * items, (finish) => {
      for (const taker of takers) taker.tell.start(buffer, finish);
      for (const maker of makers) maker.tell.start(buffer, items);
    });
    check('items', sum, producers * items);
    await stopAll([buffer, ...makers, ...takers]);
    return ms;
  },
);
