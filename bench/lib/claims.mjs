/**
 * What a suite claims of its figures. Each is looked at within a round, and the median of that is what was seen:
 *
 *   { what, of, to, target }    so many times as good as another arm, at least
 *   { what, of, most }          at most so much; with `minus`, so much more than another arm
 *   { what, of, least }         at least so much
 *
 * `at` names the column, and `toAt` that of the other arm where it is another one; without it the worst of those that
 * both arms have counts. With `less` less is better.
 */
import { median } from './stats.mjs';

export function claimed(
  { what, of, to, minus, at, toAt = at, target, most, least, less },
  runs,
  lessInTable,
) {
  const own = runs.get(of);
  const other = runs.get(to ?? minus ?? of);
  if (!own?.length || !other?.length) return [];
  const columns = at === undefined ? Object.keys(own[0]).filter((name) => name in other[0]) : [at];
  const compare =
    to === undefined
      ? (mine, its) => (minus === undefined ? mine : mine - its)
      : (mine, its) => ((less ?? lessInTable) ? its / mine : mine / its);
  const seen = columns.map((column) =>
    median(own.map((run, i) => compare(run[column], other[i][toAt ?? column]))),
  );
  const worst = most === undefined ? Math.min(...seen) : Math.max(...seen);
  const kept = most === undefined ? worst >= (target ?? least) : worst <= most;
  return [
    {
      what,
      to: to ?? minus,
      at,
      seen: worst,
      target: target ?? least ?? most,
      atMost: most !== undefined,
      kept,
    },
  ];
}

export const wanted = ({ to, target, atMost }, number) =>
  `${atMost ? 'at most' : 'at least'} ${number(target)}${to !== undefined && !atMost ? ' ×' : ''}`;
