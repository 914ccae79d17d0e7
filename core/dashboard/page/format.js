// Numbers and times as people read them.

export const count = (value) => Math.round(value).toLocaleString('en');

/** 12,345 -> 12.3k: for narrow columns. */
export function short(value) {
  if (value < 10 && value > 0 && !Number.isInteger(value)) return value.toFixed(1);
  if (value < 10_000) return count(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)}M`;
}

export function duration(ms) {
  if (ms < 0.0995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

export function bytes(value) {
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  const text = value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
  return `${text} ${UNITS[unit]}`;
}

export const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

export const plural = (value, word) => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
