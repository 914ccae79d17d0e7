/** A figure with three digits that count. */
export function shortNumber(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(size >= 1e7 ? 1 : 2)} M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  if (Number.isInteger(value)) return String(value);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The head of a column. */
export const labelOf = (column) =>
  column !== '' && !Number.isNaN(Number(column)) ? shortNumber(Number(column)) : column;
