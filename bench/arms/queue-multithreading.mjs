/** The channel of `multithreading`. Arg: items. */
import { channel, move, shutdown, spawn } from 'multithreading';
import { check, report } from '../lib/program.mjs';

const n = Number(process.argv[2]);
const [sender, receiver] = channel(1024);
const begun = performance.now();
const putting = spawn(move(sender, n), async (out, count) => {
  for (let i = 0; i < count; i++) await out.send({ type: 'inc', n: 1 });
});
const taking = spawn(move(receiver, n), async (inbox, count) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (await inbox.recv()).value.n;
  return sum;
});
await putting.join();
check('sum', (await taking.join()).value, n);
report((n / (performance.now() - begun)) * 1000);
shutdown();
process.exit(0);
