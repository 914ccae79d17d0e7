/** Shared actors that start, answer and stop, a hundred at a time, on one thread besides the creating one. Arg: how many. */
import { Actor, main } from '../lib/actors.mjs';
import { check, numbers, report } from '../lib/program.mjs';

export class Once extends Actor {
  static module = import.meta.url;
  value() {
    return 1;
  }
}

const AT_A_TIME = 100;

await main(
  async (system) => {
    const [count] = numbers();
    const begin = performance.now();
    let begun = 0;
    let gone = 0;
    const lane = async () => {
      while (begun++ < count) {
        const one = await system.spawn(Once, { placement: 'shared' });
        const value = await one.ask.value();
        await one.stop();
        gone += value;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    check('actors', gone, count);
    report((count / (performance.now() - begin)) * 1000);
  },
  { threads: 1 },
);
