/** What all charts have: size, title, note, colours. */
export const WIDTH = 760;

export const escaped = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

export function frame({ title, unit, note, height, body }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img">
<title>${escaped(title)}</title>
<style>
text { fill: #1f2328 } .note { fill: #656d76; font-size: 12px } .own { fill: #2f6fde } .other { fill: #b6bec9 } .otherDot { fill: #8c959f }
.axis { stroke: #d0d7de } .line { fill: none; stroke-width: 2 } .ownLine { stroke: #2f6fde } .otherLine { stroke: #8c959f }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .note { fill: #8d96a0 } .own { fill: #5b8ff0 } .other { fill: #4a525d } .otherDot { fill: #7d8590 } .axis { stroke: #3d444d } .ownLine { stroke: #5b8ff0 } .otherLine { stroke: #7d8590 } }
</style>
<text x="10" y="24" font-weight="600">${escaped(title)}</text>
<text x="${WIDTH - 10}" y="24" text-anchor="end" class="note">${escaped(unit)}</text>
${body}
<text x="10" y="${height - 10}" class="note">${escaped(note)}</text>
</svg>
`;
}
