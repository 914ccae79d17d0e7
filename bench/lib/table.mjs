/**
 * One table of a suite: its arms run in interleaved rounds, each a process of its own. A row has a figure for each
 * column that the arm reports; most report one number, whose column is ''; `figure` makes it another one. Every other
 * round begins with the last arm, so that none is always the first. `step` is told what runs next.
 */
import { absence, runArm } from './arm.mjs';
import { claimed } from './claims.mjs';
import { median, spread } from './stats.mjs';

export async function runTable(
  { name, title, unit, less = false, chart = 'bars', figure = (value) => value, arms, claims },
  rounds,
  step,
) {
  const present = arms.filter((arm) => absence(arm) === undefined);
  const absent = arms.flatMap((arm) =>
    present.includes(arm) ? [] : [{ name: arm.name, why: absence(arm) }],
  );
  const refused = [];
  const runs = new Map(present.map((arm) => [arm.name, []]));
  // The first round warms the page cache, and compiles what is compiled at first use.
  for (let round = -1; round < rounds; round++) {
    for (const arm of round % 2 === 0 ? present : present.toReversed()) {
      if (!runs.has(arm.name)) continue;
      step(`${name}, round ${round + 1} of ${rounds}: ${arm.name}`);
      try {
        const values = await runArm(arm);
        if (round < 0) continue;
        const figures = Object.entries(values).map(([column, value]) => [column, figure(value)]);
        runs.get(arm.name).push(Object.fromEntries(figures));
      } catch (error) {
        runs.delete(arm.name);
        refused.push({ name: arm.name, why: reason(error.stderr || error.message) });
      }
    }
  }
  const rows = present.flatMap((arm) => {
    const list = runs.get(arm.name);
    return list === undefined ? [] : [{ name: arm.name, own: arm.own === true, figures: figuresOf(list) }];
  });
  return {
    name,
    title,
    unit,
    less,
    chart,
    rows,
    claims: claims.flatMap((claim) => claimed(claim, runs, less)),
    absent,
    refused,
  };
}

/** The line that says it, of what Node or Erlang print. */
function reason(text) {
  const lines = String(text).trim().split('\n');
  return (lines.find((line) => /^\w*Error\b|instead of/.test(line)) ?? lines.at(-1)).trim();
}

function figuresOf(runs) {
  return Object.fromEntries(
    Object.keys(runs[0]).map((column) => {
      const list = runs.map((run) => run[column]);
      return [column, { median: median(list), spread: spread(list), runs: list }];
    }),
  );
}

/** In order where they are numbers, else as the arms report them. */
export function columnsOf({ rows }) {
  const all = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  return all.every((column) => column !== '' && !Number.isNaN(Number(column)))
    ? all.sort((a, b) => a - b)
    : all;
}
