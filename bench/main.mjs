/**
 * Troupe beside what one might take instead. Each suite has one table or several, each with arms that do the same
 * work, each a process of its own; rounds are interleaved, and a claim is the median of what is seen within a round.
 *
 *   npm run bench                        the suites of the core set
 *   npm run bench -- all                 every suite
 *   npm run bench -- queue round-trip    these, with --rounds 9 more rounds than the usual 5; a table may
 *                                        have `times` as many
 *
 * Prints tables, and writes `bench/results/NAME.json`, `docs/charts/NAME.svg` and the tables of
 * `docs/performance.md`. Ends with 1 when an arm was refused, since it lost something or failed.
 */
import { readdirSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { printTable, progress } from './lib/print.mjs';
import { noteOf, save } from './lib/save.mjs';
import { runTable } from './lib/table.mjs';

const here = (path) => new URL(path, import.meta.url);
const known = readdirSync(here('suites')).map((file) => file.replace('.mjs', ''));
const fail = (why) => {
  throw new InvalidArgumentError(why);
};
const command = new Command('npm run bench --')
  .description('Measures Troupe beside what one might take instead.')
  .argument('[suites...]', `the core set, unless named: all, ${known.join(', ')}`, (name, names = []) =>
    name === 'all' || known.includes(name) ? [...names, name] : fail(`There are ${known.join(', ')}.`),
  )
  .option(
    '--rounds <number>',
    'interleaved rounds',
    (text) => (/^[1-9]\d*$/.test(text) ? Number(text) : fail('A whole number from 1, please.')),
    5,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const { rounds } = command.opts();
const [positionals = []] = command.processedArgs;

const suites = await Promise.all(
  known.map(async (name) => ({ name, ...(await import(here(`suites/${name}.mjs`).href)).suite })),
);
const chosen = suites.filter(({ name, core }) => {
  if (positionals.length === 0) return core;
  return positionals.includes('all') || positionals.includes(name);
});
for (const { name, tables, ...only } of chosen) {
  for (const table of tables ?? [{ name, ...only }]) {
    const inAll = rounds * (table.times ?? 1);
    const result = await runTable(table, inAll, progress);
    progress('');
    printTable(result);
    save(result, noteOf(inAll));
    if (result.refused.length > 0) process.exitCode = 1;
  }
}
console.log(`\n${(performance.now() / 60_000).toFixed(1)} minutes`);
