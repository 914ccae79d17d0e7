import type { SystemMetrics } from '../../core/index.js';
import type { Outcome } from './engine.js';
import type { Walk } from './walk.js';

const count = (value: number): string => value.toLocaleString('en');

/** The summary after indexing: what was read, how fast, and what each actor did. */
export function report(walk: Walk, outcome: Outcome, metrics: SystemMetrics): string {
  const { files, bytes, size, elapsedMs } = outcome;
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const megabytes = bytes / 1e6;
  const lines = [
    ...table(
      [['files', 'MB', 'terms', 'seconds', 'files/s', 'MB/s']],
      [
        [
          count(files),
          megabytes.toFixed(1),
          count(size.terms),
          seconds.toFixed(3),
          count(Math.round(files / seconds)),
          (megabytes / seconds).toFixed(1),
        ],
      ],
    ),
    ...skipped(walk, outcome),
    '',
    ...table(
      [['actor', 'processed', 'high water', 'restarts']],
      metrics.actors.map((actor) => [
        actor.path,
        count(actor.processed),
        count(actor.highWater),
        count(actor.restarts),
      ]),
    ),
  ];
  return lines.join('\n');
}

/** What `--chaos` did, and whether the index suffered. */
export function chaosLine({ killed, lost, size }: Outcome): string {
  const threads = killed === 1 ? '1 tokenizer thread' : `${count(killed)} tokenizer threads`;
  const loss = lost === 0 ? 'nothing lost' : `${count(lost)} files lost`;
  return `chaos: ${threads} killed; ${count(size.files)} files in the index, ${loss}`;
}

function skipped(walk: Walk, outcome: Outcome): string[] {
  const reasons: [number, string][] = [
    [outcome.binary, 'binary'],
    [outcome.tooLarge, 'above 1 MiB'],
    [outcome.unreadable + walk.unreadable, 'unreadable'],
    [walk.links, 'links'],
  ];
  const named = reasons.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  return named.length === 0 ? [] : [`skipped: ${named.join(', ')}`];
}

/** Columns as wide as their widest cell, numbers to the right. */
function table(head: string[][], body: string[][]): string[] {
  const rows = [...head, ...body];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isText = rows[0].map((_, column) => body.some((row) => !/^[\d.,]+$/.test(row[column])));
  return rows.map((row) =>
    row
      .map((cell, column) => (isText[column] ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}
