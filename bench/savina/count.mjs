/** One actor tells another to count, and asks for the sum at the end. */
import { Actor, check, program, stopAll, timed } from './program.mjs';

export class Counter extends Actor {
  static module = import.meta.url;
  #count = 0;
  increment() {
    this.#count++;
  }
  value() {
    return this.#count;
  }
}

export class Producer extends Actor {
  static module = import.meta.url;
  async run(counter, messages) {
    for (let i = 0; i < messages; i++) if (!counter.tell.increment()) await counter.drained();
    return counter.ask.value();
  }
}

await program({ messages: 1_000_000 }, async ({ spawn, messages }) => {
  const [counter, producer] = [await spawn(Counter), await spawn(Producer)];
  const { result, ms } = await timed(() => producer.ask.run(counter, messages));
  check('count', result, messages);
  await stopAll([counter, producer]);
  return ms;
});
