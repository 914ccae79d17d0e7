/**
 * Tasks a second, each some 20 µs of work, that one asker gets done by pools of so many threads; or, with one at a time,
 * microseconds of each. Args: how many at a time, tasks, sizes.
 *
 * Each thread compiles what it runs for itself, which takes it 50 to 75 ms: it has tasks for long enough before the time
 * is taken. Else that would be a third of what eight threads do.
 */
import { Actor, main } from '../lib/actors.mjs';
import { check, numbers, report, timed } from '../lib/program.mjs';

export class Worker extends Actor {
  static module = import.meta.url;
  work(n) {
    let value = n;
    for (let i = 0; i < 1000; i++) value = Math.sin(value) + 1;
    return value > 0 ? 1 : 0;
  }
}

/** Tasks of each thread before the time is taken. */
const WARM_UP = 20_000;
const AT_WARM_UP = 200;

await main(async (system) => {
  const [atATime, tasks, ...sizes] = numbers();
  const figures = {};
  for (const size of sizes) {
    const pool = await system.pool(Worker, { size });
    const run = async (count, lanes) => {
      let left = count;
      let done = 0;
      const lane = async () => {
        while (left-- > 0) {
          const one = await pool.ask.work(1);
          done += one;
        }
      };
      const { ms } = await timed(() => Promise.all(Array.from({ length: lanes }, lane)));
      check('tasks', done, count);
      return lanes === 1 ? (ms / count) * 1000 : (count / ms) * 1000;
    };
    await run(WARM_UP * size, AT_WARM_UP);
    figures[size] = await run(tasks, atATime);
    await pool.stop();
  }
  report(figures);
});
