/** Three ways to ask `call({ type: 'inc', n: 1 })`, whose answer is n; all add up the answers, and check the sum. */
import { busyFor, check, timed } from './program.mjs';

const AT_A_TIME = 100;
/** Long enough for whoever was asked to have gone to sleep. */
const REST_MS = 1;

/** The next begins when the one before is answered. Microseconds each. */
async function oneByOne(call, n) {
  let sum = 0;
  const { ms } = await timed(async () => {
    for (let i = 0; i < n; i++) sum += await call({ type: 'inc', n: 1 });
  });
  check('sum', sum, n);
  return (ms / n) * 1000;
}

/** A hundred are in flight. Answers a second. */
async function manyAtATime(call, n) {
  let sum = 0;
  let left = n;
  const lane = async () => {
    while (left-- > 0) {
      // Not `sum += await`: that would add to what sum was before the wait.
      const one = await call({ type: 'inc', n: 1 });
      sum += one;
    }
  };
  const { ms } = await timed(() => Promise.all(Array.from({ length: AT_A_TIME }, lane)));
  check('sum', sum, n);
  return (n / ms) * 1000;
}

/** Whoever is asked sleeps each time. Microseconds, the median: the mean is full of what else a machine does. */
async function asleep(call, n) {
  let sum = 0;
  const times = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    busyFor(REST_MS);
    const begun = performance.now();
    sum += await call({ type: 'inc', n: 1 });
    times[i] = performance.now() - begun;
  }
  check('sum', sum, n);
  return times.sort()[n >> 1] * 1000;
}

const WAYS = { one: oneByOne, many: manyAtATime, asleep };

/** Once to warm up, without the rests. */
export async function measureAsks(way, call, n) {
  await (way === 'many' ? manyAtATime : oneByOne)(call, way === 'asleep' ? 20_000 : n / 4);
  return WAYS[way](call, n);
}
