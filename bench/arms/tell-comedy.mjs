/** comedy: the main thread's actor tells a child. Args: messages, the child's mode: `threaded` or `in-memory`. */
import { comedyCounter } from '../lib/comedy.mjs';
import { check, report, timed } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

const [n, mode] = process.argv.slice(2);
const counter = await comedyCounter(mode);

async function once(count) {
  const { result, ms } = await timed(async () => {
    let sent;
    for (let i = 0; i < count; i++) {
      sent = counter.send('inc', { type: 'inc', n: 1 });
      // It queues without a limit: let it go on now and then.
      if (i % 1000 === 0) await sent;
    }
    await sent;
    // Its asks overtake its tells: until all of them are there.
    let sum = 0;
    while (sum < count) sum += await counter.sendAndReceive('take');
    return sum;
  });
  check('sum', result, count);
  return (count / ms) * 1000;
}

report(
  await warmed(
    () => once(Number(n)),
    () => once(n / 4),
  ),
);
process.exit(0);
