/**
 * How long an ask takes of an actor that so many others tell all the while, as fast as its mailbox of a thousand messages lets
 * them: microseconds, the median. Args: asks, numbers of senders.
 */
import { Actor, main, Sum, spawnMany } from '../lib/actors.mjs';
import { check, numbers, report } from '../lib/program.mjs';
import { median } from '../lib/stats.mjs';

const AT_A_TIME = 64;

export class Sink extends Sum {
  static module = import.meta.url;
  inc({ n }) {
    this.add(n);
  }
  value(n) {
    return n;
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  /** Until the word is set; resolves to how many it has told. */
  async tellOn(sink, memory) {
    const word = new Int32Array(memory);
    let told = 0;
    while (Atomics.load(word, 0) === 0) {
      let held = false;
      for (let i = 0; i < AT_A_TIME; i++) held = !sink.tell.inc({ type: 'inc', n: 1 }) || held;
      told += AT_A_TIME;
      if (held) await sink.drained();
      else await new Promise(setImmediate);
    }
    return told;
  }
}

await main(async (system) => {
  const [asks, ...sizes] = numbers();
  const sink = await system.spawn(Sink, { mailbox: { maxItems: 1000 } });
  const figures = {};
  const sources = [];
  for (const senders of sizes) {
    sources.push(...(await spawnMany(system, Source, senders - sources.length)));
    const stop = new SharedArrayBuffer(4);
    const telling = Promise.all(sources.map((source) => source.ask.tellOn(sink, stop)));
    const times = [];
    for (let i = 0; i < 2 * asks; i++) {
      const begun = performance.now();
      check('answer', await sink.ask.value(i), i);
      if (i >= asks) times.push((performance.now() - begun) * 1000);
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    const told = (await telling).reduce((sum, one) => sum + one);
    check('sum', await sink.ask.take(), told);
    figures[senders] = median(times);
  }
  report(figures);
});
