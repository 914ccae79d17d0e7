/** Curves over columns that are numbers, both axes logarithmic. */
import { shortNumber } from './number.mjs';
import { escaped, frame, WIDTH } from './svg.mjs';

const HEIGHT = 360;
const BOX = { left: 70, right: WIDTH - 210, top: 46, bottom: HEIGHT - 60 };

export function lineChart({ title, unit, rows }, note) {
  const points = rows.map(({ name, own, figures }) => ({
    name,
    own,
    list: Object.entries(figures).map(([x, { median }]) => [Number(x), median]),
  }));
  const all = points.flatMap(({ list }) => list);
  const x = scale(
    all.map(([at]) => at),
    BOX.left,
    BOX.right,
  );
  const y = scale(
    all.map(([, value]) => value),
    BOX.bottom,
    BOX.top,
  );
  const lines = points.map(({ own, list }, i) => {
    const path = list.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" class="line ${own ? 'ownLine' : 'otherLine'}"${dash(i)}/>`;
  });
  return frame({
    title,
    unit,
    note,
    height: HEIGHT,
    body: [axes(all, x, y), ...lines, legend(points)].join('\n'),
  });
}

/** From the logarithms of all values to pixels. */
function scale(values, from, to) {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

/** A mark at each value of x, and at each power of ten of y. */
function axes(all, x, y) {
  const values = all.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const tens = [];
  for (let ten = 10 ** Math.ceil(Math.log10(low)); ten <= high; ten *= 10) tens.push(ten);
  const across = (tens.length > 0 ? tens : [low, high]).map(
    (value) => `<line x1="${BOX.left}" x2="${BOX.right}" y1="${y(value)}" y2="${y(value)}" class="axis"/>
<text x="${BOX.left - 8}" y="${y(value) + 4}" text-anchor="end" class="note">${shortNumber(value)}</text>`,
  );
  const below = [...new Set(all.map(([at]) => at))].map(
    (at) =>
      `<text x="${x(at)}" y="${BOX.bottom + 20}" text-anchor="middle" class="note">${shortNumber(at)}</text>`,
  );
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
