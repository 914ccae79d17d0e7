/** Bars with their values, as an SVG that reads in light and dark. */
const ROW = 28;
const LABEL = 250;
const WIDTH = 760;

const escaped = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

/**
 * @param rows `{ name, value, own }`, the largest value as the longest bar; `own` are coloured
 * @param note one line below: machine, version, date
 */
export function barChart(title, unit, rows, note) {
  const most = Math.max(...rows.map(({ value }) => value));
  const room = WIDTH - LABEL - 90;
  const height = 46 + rows.length * ROW + 30;
  const bars = rows.map(({ name, value, own }, i) => {
    const y = 46 + i * ROW;
    const width = Math.max(1, (value / most) * room);
    return `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${escaped(name)}</text>
<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="20" rx="3" class="${own ? 'own' : 'other'}"/>
<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 15}">${escaped(shortNumber(value))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>${escaped(title)}</title>
<style>
text { fill: #1f2328 } .note { fill: #656d76; font-size: 12px } .own { fill: #2f6fde } .other { fill: #b6bec9 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .note { fill: #8d96a0 } .own { fill: #5b8ff0 } .other { fill: #4a525d } }
</style>
<text x="10" y="24" font-weight="600">${escaped(title)}</text>
<text x="${WIDTH - 10}" y="24" text-anchor="end" class="note">${escaped(unit)}</text>
${bars.join('\n')}
<text x="10" y="${height - 10}" class="note">${escaped(note)}</text>
</svg>
`;
}

export function shortNumber(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
