/**
 * One actor subscribes to another's stream of small objects. Args: items, how they are given (`pulled` from an
 * AsyncIterable, `pushed` by an Observable), who subscribes (`worker`, `main`), and streams open at once, of which each
 * has its share of the items. Items a second, all streams together; several numbers of streams are several columns.
 */
import { Observable } from 'rxjs';
import { Actor, main } from '../lib/actors.mjs';
import { check, report, timed } from '../lib/program.mjs';
import { pushInBursts } from '../lib/stream-worker.mjs';

export class Source extends Actor {
  static module = import.meta.url;
  async *pulled(n) {
    for (let i = 0; i < n; i++) yield { type: 'inc', n: 1 };
  }
  pushed(n) {
    return new Observable((subscriber) => pushInBursts(subscriber, n));
  }
}

/** A loop over what is pulled; what is pushed is held for the subscriber, however much it is. */
async function sum(source, way, n) {
  let total = 0;
  if (way === 'pulled') {
    for await (const item of source.stream.pulled(n)) total += item.n;
    return total;
  }
  await source
    .with({ buffer: n })
    .stream.pushed(n)
    .forEach((item) => {
      total += item.n;
    });
  return total;
}

const sumOfAll = async (source, way, n, streams) => {
  const each = Math.ceil(n / streams);
  const sums = await Promise.all(Array.from({ length: streams }, () => sum(source, way, each)));
  return { got: sums.reduce((all, one) => all + one, 0), wanted: each * streams };
};

export class Sink extends Actor {
  static module = import.meta.url;
  take(source, way, n, streams) {
    return sumOfAll(source, way, n, streams);
  }
}

await main(async (system) => {
  const [n, way, who, ...counts] = process.argv.slice(2);
  const source = await system.spawn(Source);
  const sink = who === 'worker' ? await system.spawn(Sink) : undefined;
  const take = (items, streams) =>
    sink === undefined ? sumOfAll(source, way, items, streams) : sink.ask.take(source, way, items, streams);
  const figures = {};
  for (const streams of counts.length === 0 ? [1] : counts.map(Number)) {
    await take(n / 2, streams);
    const { result, ms } = await timed(() => take(Number(n), streams));
    check('sum', result.got, result.wanted);
    figures[counts.length < 2 ? '' : streams] = (result.wanted / ms) * 1000;
  }
  report(figures);
});
