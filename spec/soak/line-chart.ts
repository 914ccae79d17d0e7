/** Lines over time, one below the other, as an SVG that reads in light and dark. */

export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  readonly show: (value: number) => string;
}

const WIDTH = 760;
const LEFT = 150;
const ROW = 74;
const HEIGHT = 52;
const TOP = 46;

/** @param times of the values, in minutes @param note one line below */
export function lineChart(
  title: string,
  times: readonly number[],
  lines: readonly Line[],
  note: string,
): string {
  const end = times.at(-1) ?? 1;
  const room = WIDTH - LEFT - 90;
  const height = TOP + lines.length * ROW + 24;
  const rows = lines.map(({ name, values, show }, row) => {
    const top = TOP + row * ROW;
    const most = Math.max(...values, 1);
    const points = values.map((value, i) => {
      const x = LEFT + (times[i] / end) * room;
      const y = top + HEIGHT - (value / most) * HEIGHT;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return `<text x="${LEFT - 10}" y="${top + HEIGHT / 2 + 5}" text-anchor="end">${name}</text>
<line x1="${LEFT}" y1="${top + HEIGHT}" x2="${LEFT + room}" y2="${top + HEIGHT}" class="axis"/>
<polyline points="${points.join(' ')}" class="own"/>
<text x="${LEFT + room + 8}" y="${top + 12}">${show(values.at(-1) ?? 0)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>${title}</title>
<style>
text { fill: #1f2328 } .note { fill: #656d76; font-size: 12px } .own { fill: none; stroke: #2f6fde; stroke-width: 1.5 } .axis { stroke: #b6bec9 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .note { fill: #8d96a0 } .own { stroke: #5b8ff0 } .axis { stroke: #4a525d } }
</style>
<text x="10" y="24" font-weight="600">${title}</text>
<text x="${WIDTH - 10}" y="24" text-anchor="end" class="note">${end.toFixed(end < 10 ? 1 : 0)} minutes, each from 0</text>
${rows.join('\n')}
<text x="10" y="${height - 8}" class="note">${note}</text>
</svg>
`;
}
