/** A table on the terminal, and the same in Markdown for docs/performance.md. */
import { found, wanted } from './claims.mjs';
import { labelOf, shortNumber } from './number.mjs';
import { columnsOf } from './table.mjs';

const NAME = 40;

/** What runs now, in one line that the next one replaces; for whoever looks on only. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

export function printTable(table) {
  const columns = columnsOf(table);
  console.log(`\n${table.title} (${table.unit})`);
  if (columns.length > 1)
    console.log(`  ${''.padEnd(NAME)} ${columns.map((column) => labelOf(column).padStart(18)).join('')}`);
  for (const { name, figures } of table.rows) {
    console.log(`  ${name.padEnd(NAME)} ${columns.map((column) => cell(figures[column])).join('')}`);
  }
  for (const { name, why } of table.absent) console.log(`  ${name.padEnd(NAME)} absent: ${why}`);
  for (const { name, why } of table.refused) console.log(`  ${name.padEnd(NAME)} refused: ${why}`);
  for (const claim of table.claims) {
    const missed = claim.kept ? '' : '  MISSED';
    console.log(`  ${claim.what.padEnd(NAME)} ${found(claim).padStart(9)}  ${wanted(claim)}${missed}`);
  }
}

const cell = (figure) =>
  figure === undefined
    ? ''.padStart(18)
    : `${shortNumber(figure.median).padStart(11)} ${`±${(figure.spread * 100).toFixed(0)} %`.padStart(6)}`;

export function markdown(table) {
  const columns = columnsOf(table);
  const head = [
    table.unit,
    ...columns.map((column) => labelOf(column) || 'median'),
    ...(columns.length > 1 ? [] : ['±']),
  ];
  const rows = table.rows.map(({ name, own, figures }) => [
    own ? `**${name}**` : name,
    ...columns.map((column) => (figures[column] === undefined ? '' : shortNumber(figures[column].median))),
    ...(columns.length > 1 ? [] : [`${(figures[columns[0]].spread * 100).toFixed(0)} %`]),
  ]);
  const claims = table.claims.map((claim) => [
    claim.what,
    wanted(claim),
    found(claim),
    claim.kept ? 'yes' : 'no',
  ]);
  const parts = [lines(head, rows)];
  if (claims.length > 0) parts.push(lines(['what', 'to reach', 'seen', 'reached'], claims));
  const missing = [...table.absent, ...table.refused].map(({ name, why }) => `${name} (${why})`);
  if (missing.length > 0) parts.push(`Without a row: ${missing.join('; ')}.`);
  return parts.join('\n\n');
}

const lines = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
