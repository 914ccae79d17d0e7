/** How long a message takes that lies in a mailbox with so many others: from the moment that its actor may go on, in
 * microseconds. Args: depths. */
import { Actor, main, Sum } from '../lib/actors.mjs';
import { check, numbers, report } from '../lib/program.mjs';

export class Sink extends Sum {
  static module = import.meta.url;
  #begun;
  /** Takes no mail until the gate opens. */
  hold(gate) {
    Atomics.wait(new Int32Array(gate), 0, 0);
    this.#begun = performance.now();
  }
  inc({ n }) {
    this.add(n);
  }
  result() {
    return { sum: this.take(), ms: performance.now() - this.#begun };
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  async fill(sink, depth) {
    const gate = new SharedArrayBuffer(4);
    sink.tell.hold(gate);
    for (let i = 0; i < depth; i++) sink.tell.inc({ type: 'inc', n: 1 });
    const result = sink.ask.result();
    // What was told last is in the mailbox when a turn is over.
    await new Promise(setImmediate);
    const word = new Int32Array(gate);
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
    return result;
  }
}

await main(async (system) => {
  const sink = await system.spawn(Sink, { mailbox: { maxItems: 1e7, maxBytes: 2 ** 29 } });
  const source = await system.spawn(Source);
  await source.ask.fill(sink, 100_000);
  const figures = {};
  for (const depth of numbers()) {
    const { sum, ms } = await source.ask.fill(sink, depth);
    check('sum', sum, depth);
    figures[depth] = (ms / depth) * 1000;
  }
  report(figures);
});
