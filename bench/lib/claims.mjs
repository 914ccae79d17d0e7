/**
 * What a suite claims of its figures. Each is looked at within a round, and the median of that is what was seen:
 *
 *   { what, of, to, target }    so many times as good as another arm, at least
 *   { what, of, most }          at most so much; with `minus`, so much more than another arm
 *   { what, of, least }         at least so much
 *   { what, of, minus, noise }  no more than another arm that the rounds could tell: the interval that the median of the
 *                               differences lies in, with 95 % confidence, reaches down to 0
 *
 * `at` names the column, and `toAt` that of the other arm where it is another one; without it the worst of those that
 * both arms have counts. With `less` less is better.
 */
import { shortNumber } from './number.mjs';
import { median, medianInterval } from './stats.mjs';

export function claimed(
  { what, of, to, minus, at, toAt = at, target, most, least, noise, less },
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
  const inRounds = (column) => own.map((run, i) => compare(run[column], other[i][toAt ?? column]));
  if (noise) return [withinNoise({ what, to: minus, at }, inRounds(columns[0]))];
  const seen = columns.map((column) => median(inRounds(column)));
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

function withinNoise(claim, differences) {
  const interval = medianInterval(differences);
  return { ...claim, seen: median(differences), interval, kept: interval[0] <= 0 };
}

export const wanted = ({ to, target, atMost, interval }) =>
  interval !== undefined
    ? 'within the noise'
    : `${atMost ? 'at most' : 'at least'} ${shortNumber(target)}${to !== undefined && !atMost ? ' ×' : ''}`;

/** What was seen, with its interval if it has one. */
export const found = ({ seen, interval }) =>
  interval === undefined
    ? shortNumber(seen)
    : `${shortNumber(seen)} [${interval.map(shortNumber).join(', ')}]`;
