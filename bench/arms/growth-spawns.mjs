/** Resident memory in MB after so many shared actors have come and gone, in one system. Args: numbers of them. */
import { Actor, main } from '../lib/actors.mjs';
import { check, numbers, report } from '../lib/program.mjs';

export class Once extends Actor {
  static module = import.meta.url;
  value() {
    return 1;
  }
}

const AT_A_TIME = 100;

async function comeAndGo(system) {
  const one = await system.spawn(Once, { placement: 'shared' });
  const value = await one.ask.value();
  await one.stop();
  return value;
}

await main(async (system) => {
  const figures = {};
  let begun = 0;
  let gone = 0;
  for (const count of numbers()) {
    const lane = async () => {
      while (begun < count) {
        begun++;
        const value = await comeAndGo(system);
        gone += value;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    check('actors', gone, count);
    figures[count] = process.memoryUsage.rss() / (1 << 20);
  }
  report(figures);
});
