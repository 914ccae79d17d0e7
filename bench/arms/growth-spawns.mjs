/** Resident memory in MB after so many shared actors have come and gone, in one system. Args: numbers of them. */
import { main } from '../lib/actors.mjs';
import { comeAndGo } from '../lib/come-and-go.mjs';
import { numbers, report } from '../lib/program.mjs';

await main(async (system) => {
  const figures = {};
  let before = 0;
  for (const count of numbers()) {
    await comeAndGo(system, count - before);
    before = count;
    figures[count] = process.memoryUsage.rss() / (1 << 20);
  }
  report(figures);
});
