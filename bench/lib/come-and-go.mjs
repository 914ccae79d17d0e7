/** Shared actors that start, answer once and stop, a hundred at a time. */
import { Actor } from './actors.mjs';
import { check } from './program.mjs';

export class Once extends Actor {
  static module = import.meta.url;
  value() {
    return 1;
  }
}

const AT_A_TIME = 100;

export async function comeAndGo(system, count) {
  let begun = 0;
  let gone = 0;
  const lane = async () => {
    while (begun < count) {
      begun++;
      const one = await system.spawn(Once, { placement: 'shared' });
      const value = await one.ask.value();
      await one.stop();
      gone += value;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  check('actors', gone, count);
}
