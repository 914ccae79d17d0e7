/** Shared actors that come and go, on one thread besides the creating one: how many a second. Arg: how many. */
import { main } from '../lib/actors.mjs';
import { comeAndGo } from '../lib/come-and-go.mjs';
import { numbers, report, timed } from '../lib/program.mjs';

await main(
  async (system) => {
    const [count] = numbers();
    const { ms } = await timed(() => comeAndGo(system, count));
    report((count / ms) * 1000);
  },
  { threads: 1 },
);
