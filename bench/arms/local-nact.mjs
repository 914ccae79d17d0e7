/** nact: one actor dispatches to another, in the main thread. Arg: messages. */
import { createRequire } from 'node:module';
import { check, numbers, report, timed } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

const { dispatch, spawn, start } = createRequire(import.meta.url)('nact');
const [n] = numbers();
const system = start();
let done;
const sink = spawn(
  system,
  ({ sum, left }, { n: one }) => {
    if (left === 1) done(sum + one);
    return left === 1 ? { sum: 0, left: n } : { sum: sum + one, left: left - 1 };
  },
  'sink',
  { initialState: { sum: 0, left: n } },
);
const source = spawn(system, (_, count) => {
  for (let i = 0; i < count; i++) dispatch(sink, { type: 'inc', n: 1 });
});

async function once() {
  const { result, ms } = await timed(
    () =>
      new Promise((resolve) => {
        done = resolve;
        dispatch(source, n);
      }),
  );
  check('sum', result, n);
  return (n / ms) * 1000;
}

report(await warmed(once));
process.exit(0);
