/** Charts as SVGs that read in light and dark. */
import { lineChart } from './line-chart.mjs';
import { shortNumber } from './number.mjs';
import { escaped, frame, WIDTH } from './svg.mjs';
import { columnsOf } from './table.mjs';

const ROW = 28;
/** Pixels of a letter, rather too many than too few: what reads this has a font of its own. */
const LETTER = 8;

/** `bars` of the rows, the best first; `ratios`: bars of the claims; `lines` over columns that are numbers. */
export function chartOf(table, note) {
  const { title, unit, less, rows, claims, chart } = table;
  if (chart === 'lines') return lineChart(table, note);
  if (chart === 'ratios') {
    return barChart(
      title,
      claims[0]?.to === undefined ? unit : 'times as fast',
      claims.map(({ what, seen, kept }) => ({ name: what, value: seen, own: kept })),
      note,
    );
  }
  const bars = columnsOf(table).flatMap((column) => {
    const list = rows.flatMap(({ name, own, figures }) =>
      figures[column] === undefined
        ? []
        : [{ name: `${name} ${column}`.trim(), own, value: figures[column].median }],
    );
    return list.sort((a, b) => (less ? a.value - b.value : b.value - a.value));
  });
  return barChart(title, unit, bars, note);
}

/**
 * @param rows `{ name, value, own }`, the largest value as the longest bar; `own` are coloured
 * @param note one line below: machine, version, date
 */
function barChart(title, unit, rows, note) {
  const most = Math.max(...rows.map(({ value }) => value));
  const label = 20 + LETTER * Math.max(...rows.map(({ name }) => name.length));
  const room = WIDTH - label - 90;
  const bars = rows.map(({ name, value, own }, i) => {
    const y = 46 + i * ROW;
    const width = Math.max(1, (value / most) * room);
    return `<text x="${label - 10}" y="${y + 15}" text-anchor="end">${escaped(name)}</text>
<rect x="${label}" y="${y}" width="${width.toFixed(1)}" height="20" rx="3" class="${own ? 'own' : 'other'}"/>
<text x="${(label + width + 8).toFixed(1)}" y="${y + 15}">${escaped(shortNumber(value))}</text>`;
  });
  return frame({ title, unit, note, height: 46 + rows.length * ROW + 30, body: bars.join('\n') });
}
