/**
 * Troupe beside what one might take instead. Each suite is a list of arms that do the same work, each a process of its
 * own; rounds are interleaved, and a claim is the median of ratios taken within a round.
 *
 *   npm run bench                        the suites of the core set
 *   npm run bench -- all                 every suite
 *   npm run bench -- queue round-trip    these, with --rounds 9 more rounds than the usual 5
 *
 * Prints tables, and writes `bench/results/NAME.json` and `docs/charts/NAME.svg`.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { absence, runArm } from './lib/arm.mjs';
import { barChart, shortNumber } from './lib/chart.mjs';
import { median, spread } from './lib/stats.mjs';

const here = (path) => new URL(path, import.meta.url);
const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  fail(`--rounds is ${values.rounds}: a whole number from 1, please`);

const known = readdirSync(here('suites')).map((file) => file.replace('.mjs', ''));
const unknown = positionals.filter((name) => name !== 'all' && !known.includes(name));
if (unknown.length > 0) fail(`no suite ${unknown.join(', ')}: there are ${known.join(', ')}`);

const suites = await Promise.all(
  known.map(async (name) => ({ name, ...(await import(here(`suites/${name}.mjs`).href)).suite })),
);
const chosen = suites.filter(({ name, core }) => {
  if (positionals.length === 0) return core;
  return positionals.includes('all') || positionals.includes(name);
});
for (const suite of chosen) await runSuite(suite);

function fail(message) {
  console.error(message);
  process.exit(2);
}

async function runSuite({ name, title, unit, less = false, arms, claims }) {
  console.log(`\n${title} (${unit})`);
  const present = arms.filter((arm) => {
    const why = absence(arm);
    if (why !== undefined) console.log(`  ${arm.name.padEnd(40)} absent: ${why}`);
    return why === undefined;
  });
  const runs = Object.fromEntries(present.map((arm) => [arm.name, []]));
  const broken = new Set();
  // The first round warms the page cache, and compiles what is compiled at first use.
  for (let round = -1; round < rounds; round++) {
    for (const arm of present) {
      if (broken.has(arm.name)) continue;
      try {
        const value = await runArm(arm);
        if (round >= 0) runs[arm.name].push(value);
      } catch (error) {
        broken.add(arm.name);
        console.log(
          `  ${arm.name.padEnd(40)} refused: ${String(error.stderr || error.message)
            .trim()
            .split('\n')
            .at(-1)}`,
        );
      }
    }
  }
  const rows = present
    .filter((arm) => !broken.has(arm.name))
    .map((arm) => ({
      name: arm.name,
      own: arm.own === true,
      value: median(runs[arm.name]),
      runs: runs[arm.name],
    }));
  for (const row of rows) {
    console.log(
      `  ${row.name.padEnd(40)} ${shortNumber(row.value).padStart(9)}  ± ${(spread(row.runs) * 100).toFixed(0)} %`,
    );
  }
  const ratios = claims.flatMap(({ what, of, to, target }) => {
    if (!runs[of]?.length || !runs[to]?.length) return [];
    const ratio = median(runs[of].map((value, i) => (less ? runs[to][i] / value : value / runs[to][i])));
    console.log(
      `  ${what.padEnd(40)} ${ratio.toFixed(2).padStart(9)}  of ${target}${ratio >= target ? '' : '  MISSED'}`,
    );
    return [{ what, ratio, target }];
  });
  const machine = `${cpus().length} cores, ${cpus()[0].model.trim()}, Node ${process.versions.node}`;
  const note = `${machine}, ${new Date().toISOString().slice(0, 10)}, median of ${rounds} interleaved rounds`;
  mkdirSync(here('results'), { recursive: true });
  mkdirSync(here('../docs/charts'), { recursive: true });
  writeFileSync(
    here(`results/${name}.json`),
    `${JSON.stringify({ title, unit, note, rows, ratios }, null, 2)}\n`,
  );
  if (rows.length > 0) {
    const inOrder = [...rows].sort((a, b) => (less ? a.value - b.value : b.value - a.value));
    writeFileSync(here(`../docs/charts/${name}.svg`), barChart(title, unit, inOrder, note));
  }
}
