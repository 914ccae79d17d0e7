/** Where results go: bench/results, docs/charts, and the tables of docs/performance.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { chartOf } from './chart.mjs';
import { markdown } from './print.mjs';

const here = (path) => new URL(`../${path}`, import.meta.url);
const PAGE = here('../docs/performance.md');

export function noteOf(rounds) {
  const often = rounds === 1 ? 'one round' : `median of ${rounds} interleaved rounds`;
  const machine = `${cpus().length} cores, ${cpus()[0].model.trim()}, Node ${process.versions.node}`;
  return `${machine}, ${new Date().toISOString().slice(0, 10)}, ${often}`;
}

export function save(table, note) {
  mkdirSync(here('results'), { recursive: true });
  mkdirSync(here('../docs/charts'), { recursive: true });
  const { name, chart, less, ...rest } = table;
  writeFileSync(here(`results/${name}.json`), `${JSON.stringify({ note, ...rest }, null, 1)}\n`);
  if (table.rows.length === 0) return;
  if (chart !== 'none') writeFileSync(here(`../docs/charts/${name}.svg`), chartOf(table, note));
  writeTable(name, `${markdown(table)}\n\n${note}.`);
}

/** Puts a table into its place in docs/performance.md. */
export function writeTable(name, text) {
  if (existsSync(PAGE)) writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), name, text));
}

/** The page with what stands between `<!-- name -->` and `<!-- /name -->` written anew. */
function withTable(page, name, text) {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [begin, end] = [page.indexOf(from), page.indexOf(to)];
  return begin < 0 || end < begin
    ? page
    : `${page.slice(0, begin + from.length)}\n${text}\n${page.slice(end)}`;
}
