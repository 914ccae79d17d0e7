/**
 * Messages a second from one actor to many, in turn, and microseconds of one ask after the other of them. Args: what
 * (`tell` or `ask`), placement, messages, then the numbers of actors.
 *
 * The told actors of a thread count in a word of theirs, so that the time ends with the last message. What each has got
 * is asked afterwards: a hundred thousand questions would be as much work as the messages.
 */
import { threadId } from 'node:worker_threads';
import { Actor, main, Sum, spawnMany } from '../lib/actors.mjs';
import { check, report, timed } from '../lib/program.mjs';

const PART = 1000;
/** Enough for all threads that they share; each of the first has one of its own where they do not. */
const COUNTING = 200;
/** A line of memory for each thread. */
const LINE = 16;
const LINES = 1024;

export class Sink extends Sum {
  static module = import.meta.url;
  static counts;
  static at = LINE * (threadId % LINES);
  /** For all of its thread. */
  countIn(memory) {
    Sink.counts = new Int32Array(memory);
  }
  inc({ n }) {
    this.add(n);
    Sink.counts[Sink.at] += n;
  }
  value({ n }) {
    return n;
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  #sinks = [];
  #counts;
  countIn(memory) {
    this.#counts = new Int32Array(memory);
  }
  /** A part of them at a time: all of a million do not fit into one message. */
  meet(sinks) {
    this.#sinks.push(...sinks);
  }
  async tell(n) {
    const before = this.#counted();
    for (let i = 0; i < n; i++) {
      const sink = this.#sinks[i % this.#sinks.length];
      if (!sink.tell.inc({ type: 'inc', n: 1 })) await sink.drained();
    }
    while (this.#counted() - before < n) await new Promise((resolve) => setTimeout(resolve, 1));
    return n;
  }
  #counted() {
    let sum = 0;
    for (let at = 0; at < LINE * LINES; at += LINE) sum += Atomics.load(this.#counts, at);
    return sum;
  }
  /** What all have got since they were asked before. */
  async sums() {
    let sum = 0;
    for (let i = 0; i < this.#sinks.length; i += PART) {
      const part = await Promise.all(this.#sinks.slice(i, i + PART).map((sink) => sink.ask.take()));
      sum += part.reduce((all, one) => all + one);
    }
    return sum;
  }
  async ask(n) {
    let sum = 0;
    for (let i = 0; i < n; i++)
      sum += await this.#sinks[i % this.#sinks.length].ask.value({ type: 'inc', n: 1 });
    return sum;
  }
}

const FIGURE = { tell: (n, ms) => (n / ms) * 1000, ask: (n, ms) => (ms / n) * 1000 };

await main(
  async (system) => {
    const [what, placement, n, ...sizes] = process.argv.slice(2);
    const source = await system.spawn(Source, { placement: 'thread' });
    const counts = new SharedArrayBuffer(4 * LINE * LINES);
    await source.ask.countIn(counts);
    const figures = {};
    let alive = 0;
    for (const count of sizes.map(Number)) {
      for (; alive < count; ) {
        const sinks = await spawnMany(system, Sink, Math.min(PART, count - alive), { placement });
        if (alive < COUNTING) await Promise.all(sinks.map((sink) => sink.ask.countIn(counts)));
        await source.ask.meet(sinks);
        alive += sinks.length;
      }
      const messages = what === 'tell' ? Math.max(n, 2 * count) : Number(n);
      const once = async () => {
        const { result, ms } = await timed(() => source.ask[what](messages));
        check('sum', what === 'tell' ? await source.ask.sums() : result, messages);
        return FIGURE[what](messages, ms);
      };
      await once();
      figures[count] = await once();
    }
    report(figures);
  },
  { arenaBytes: 2 ** 32 },
);
