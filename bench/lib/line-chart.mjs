/**
 * Curves over columns that are numbers. Across it goes by powers; upwards too, where the largest figure is ten times the
 * smallest or more, else from 0.
 */
import { shortNumber } from './number.mjs';
import { escaped, frame, WIDTH } from './svg.mjs';

const HEIGHT = 360;
const BOX = { left: 70, right: WIDTH - 210, top: 50, bottom: HEIGHT - 60 };
/** What is a figure of its own on an axis, times a power of ten. */
const ROUND = [1, 2, 5];
/** Pixels that two labels of the axis below need, from middle to middle. */
const APART = 34;

export function lineChart({ title, unit, rows }, note) {
  const points = rows.map(({ name, own, figures }) => ({
    name,
    own,
    list: Object.entries(figures).map(([x, { median }]) => [Number(x), median]),
  }));
  const all = points.flatMap(({ list }) => list);
  const xs = [...new Set(all.map(([at]) => at))].sort((a, b) => a - b);
  const x = byPowers(xs[0], xs.at(-1), BOX.left, BOX.right);
  const { y, marks } = upwards(all.map(([, value]) => value));
  const lines = points.map(({ own, list }, i) => {
    const places = list.map(([at, value]) => [x(at).toFixed(1), y(value).toFixed(1)]);
    const dots = places.map(
      ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" class="${own ? 'own' : 'otherDot'}"/>`,
    );
    return `<polyline points="${places.join(' ')}" class="line ${own ? 'ownLine' : 'otherLine'}"${dash(i)}/>\n${dots.join('')}`;
  });
  const body = [axes(marks, y, xs, x), ...lines, legend(points)].join('\n');
  return frame({ title, unit, note, height: HEIGHT, body });
}

const byPowers = (low, high, from, to) => (value) =>
  from + ((Math.log(value) - Math.log(low)) / (Math.log(high / low) || 1)) * (to - from);

/** @returns `y`, from a figure to pixels, and the figures that are marked: the axis ends with the first and the last */
function upwards(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (high >= 10 * low) {
    // A mark for each power, if that is enough.
    const factors = high >= 1000 * low ? [1] : ROUND;
    const marks = powers(low, high).flatMap((ten) => factors.map((factor) => factor * ten));
    const first = marks.findLastIndex((mark) => mark <= low);
    const last = marks.findIndex((mark) => mark >= high);
    const shown = marks.slice(Math.max(first, 0), last < 0 ? undefined : last + 1);
    return { y: byPowers(shown[0], shown.at(-1), BOX.bottom, BOX.top), marks: shown };
  }
  const steps = powers(high / 10, high).flatMap((ten) => ROUND.map((factor) => factor * ten));
  const step = steps.find((one) => high / one <= 5);
  const marks = Array.from({ length: Math.ceil(high / step) + 1 }, (_, i) => i * step);
  const y = (value) => BOX.bottom - (value / marks.at(-1)) * (BOX.bottom - BOX.top);
  return { y, marks };
}

/** Of ten, from at most `low` up to at least `high`. */
function powers(low, high) {
  const list = [10 ** Math.floor(Math.log10(low))];
  while (list.at(-1) < high) list.push(list.at(-1) * 10);
  return list;
}

function axes(marks, y, xs, x) {
  const across = marks.map((value) => {
    const at = y(value).toFixed(1);
    return `<line x1="${BOX.left}" x2="${BOX.right}" y1="${at}" y2="${at}" class="axis"/>
<text x="${BOX.left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end" class="note">${shortNumber(value)}</text>`;
  });
  let right = Number.NEGATIVE_INFINITY;
  const below = xs.map((value) => {
    const at = x(value);
    const tick = `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${BOX.bottom}" y2="${BOX.bottom + 5}" class="axis"/>`;
    if (at - right < APART) return tick;
    right = at;
    return `${tick}
<text x="${at.toFixed(1)}" y="${BOX.bottom + 20}" text-anchor="middle" class="note">${shortNumber(value)}</text>`;
  });
  return [...across, ...below].join('\n');
}

const dash = (i) => (i === 0 ? '' : ` stroke-dasharray="${[0, 6, 2, 10][i % 4]} ${i % 4 === 0 ? 0 : 4}"`);

const legend = (points) =>
  points
    .map(({ name, own }, i) => {
      const y = BOX.top + 10 + i * 22;
      return `<line x1="${BOX.right + 14}" x2="${BOX.right + 40}" y1="${y}" y2="${y}" class="line ${own ? 'ownLine' : 'otherLine'}"${dash(i)}/>
<text x="${BOX.right + 46}" y="${y + 4}">${escaped(name)}</text>`;
    })
    .join('\n');
