/**
 * The time until a thread is of use, in milliseconds: `bare`, a worker until its first message; `cold`, an actor until
 * `spawn` resolves; `warm`, the same with a thread kept ready. The median of so many. Args: which, how many.
 */
import { once } from 'node:events';
import { setTimeout as rest } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { main } from '../lib/actors.mjs';
import { Greeter } from '../lib/greeter.mjs';
import { check, report, timed } from '../lib/program.mjs';
import { median } from '../lib/stats.mjs';

const SOURCE = "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('up');";
/** For the thread that will be kept ready next to be so. */
const UNTIL_WARM_MS = 300;

async function bare() {
  const worker = new Worker(new URL(`data:text/javascript,${SOURCE}`));
  const exited = once(worker, 'exit');
  const { ms } = await timed(() => once(worker, 'message'));
  await exited;
  return ms;
}

async function actor(system, which) {
  if (which === 'warm') await rest(UNTIL_WARM_MS);
  const { result: greeter, ms } = await timed(() => system.spawn(Greeter));
  check('greeting', await greeter.ask.greet(), 'hello');
  await greeter.stop();
  return ms;
}

const [which, count] = process.argv.slice(2);
await main(
  async (system) => {
    const times = [];
    for (let i = 0; i < Number(count); i++)
      times.push(await (which === 'bare' ? bare() : actor(system, which)));
    report(median(times));
  },
  { warmThreads: which === 'warm' ? 1 : 0 },
);
