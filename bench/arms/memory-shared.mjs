/**
 * Actors in shared placement, each of which has answered: bytes of resident memory for each, and how many are created
 * in a second, from the first spawn until the last is up. Arg: how many.
 */
import { Actor, main } from '../lib/actors.mjs';
import { check, numbers, report, timed } from '../lib/program.mjs';

export class Cell extends Actor {
  static module = import.meta.url;
  value() {
    return 1;
  }
}

const AT_A_TIME = 5000;

/** Past this it gives up, before the machine has no memory left. */
const MOST_BYTES = 8 * 2 ** 30;

/** As many at a time as keep all threads busy: promises by the million would be measured too. */
async function inBatches(count, step) {
  const results = [];
  for (let done = 0; done < count; done += AT_A_TIME) {
    const size = Math.min(AT_A_TIME, count - done);
    if (process.memoryUsage.rss() > MOST_BYTES) check('how many fit into 8 GB', done, count);
    for (const one of await Promise.all(Array.from({ length: size }, (_, i) => step(done + i))))
      results.push(one);
  }
  return results;
}

await main(
  async (system) => {
    const [count] = numbers();
    const shared = { placement: 'shared' };
    await (await system.spawn(Cell, shared)).ask.value();
    const before = process.memoryUsage.rss();
    const { result: cells, ms } = await timed(() => inBatches(count, () => system.spawn(Cell, shared)));
    const bytes = (process.memoryUsage.rss() - before) / count;
    const answers = await inBatches(count, (i) => cells[i].ask.value());
    check(
      'answers',
      answers.reduce((sum, one) => sum + one, 0),
      count,
    );
    report({ 'bytes each': bytes, 'created a second': (count / ms) * 1000 });
  },
  { arenaBytes: 2 ** 32 },
);
