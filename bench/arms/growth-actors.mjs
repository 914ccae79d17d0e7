/**
 * Messages a second from one actor to many, in turn, and microseconds of one ask after the other of them. Args: what
 * (`tell` or `ask`), placement, messages, then the numbers of actors.
 */
import { Actor, main, Sum, spawnMany } from '../lib/actors.mjs';
import { check, report, timed } from '../lib/program.mjs';

export class Sink extends Sum {
  static module = import.meta.url;
  inc({ n }) {
    this.add(n);
  }
  value({ n }) {
    return n;
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  #sinks = [];
  /** A part of them at a time: all of a million do not fit into one message. */
  meet(sinks) {
    this.#sinks.push(...sinks);
  }
  forget() {
    this.#sinks = [];
  }
  async tell(n) {
    for (let i = 0; i < n; i++) {
      const sink = this.#sinks[i % this.#sinks.length];
      if (!sink.tell.inc({ type: 'inc', n: 1 })) await sink.drained();
    }
    const sums = await Promise.all(this.#sinks.map((sink) => sink.ask.take()));
    return sums.reduce((sum, one) => sum + one, 0);
  }
  async ask(n) {
    let sum = 0;
    for (let i = 0; i < n; i++)
      sum += await this.#sinks[i % this.#sinks.length].ask.value({ type: 'inc', n: 1 });
    return sum;
  }
}

const PART = 1000;
const FIGURE = { tell: (n, ms) => (n / ms) * 1000, ask: (n, ms) => (ms / n) * 1000 };

await main(
  async (system) => {
    const [what, placement, n, ...counts] = process.argv.slice(2);
    const source = await system.spawn(Source, { placement: 'thread' });
    const figures = {};
    let alive = 0;
    for (const count of counts.map(Number)) {
      for (; alive < count; ) {
        const sinks = await spawnMany(system, Sink, Math.min(PART, count - alive), { placement });
        await source.ask.meet(sinks);
        alive += sinks.length;
      }
      // Enough of them for the question at the end, to each one, to count little.
      const messages = what === 'tell' ? Math.max(n, 10 * count) : Number(n);
      const once = async () => {
        const { result, ms } = await timed(() => source.ask[what](messages));
        check('sum', result, messages);
        return FIGURE[what](messages, ms);
      };
      await once();
      figures[count] = await once();
    }
    report(figures);
  },
  { arenaBytes: 2 ** 32 },
);
