import { termAt, tokenize } from './tokenize.js';

/** A line of a file as it is shown. */
export interface Snippet {
  /** From 1. */
  line: number;
  text: string;
  /** Where the query's terms stand in `text`: start and end of each, ascending, apart. */
  ranges: [start: number, end: number][];
}

const MAX_WIDTH = 160;
/** How much is left to see before the first match of a line that had to be cut. */
const LEAD = 40;
const ELLIPSIS = '…';

/**
 * Cuts the line down to what can be shown, and finds the terms in it. Control characters become blanks: files
 * say what they like, and neither a terminal nor a page should act on it.
 */
export function snippetOf(line: number, source: string, terms: ReadonlySet<string>): Snippet {
  const clean = printable(source);
  const start = clean.length - clean.trimStart().length;
  const whole = clean.trimEnd();
  const ranges = rangesOf(whole, terms);
  if (whole.length - start <= MAX_WIDTH) return cut(line, whole, start, whole.length, ranges);
  const first = ranges[0]?.[0] ?? start;
  const from = Math.max(start, Math.min(first - LEAD, whole.length - MAX_WIDTH));
  return cut(line, whole, from, from + MAX_WIDTH, ranges, from > start);
}

/** The text with every character that steers a terminal, or the direction of text, made a blank. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ');
}

function cut(
  line: number,
  whole: string,
  from: number,
  to: number,
  ranges: Snippet['ranges'],
  isCutInFront = false,
): Snippet {
  const front = isCutInFront ? ELLIPSIS : '';
  const text = front + whole.slice(from, to) + (to < whole.length ? ELLIPSIS : '');
  const shift = front.length - from;
  const visible = ranges.filter(([start, end]) => start >= from && end <= to);
  return { line, text, ranges: visible.map(([start, end]) => [start + shift, end + shift]) };
}

function rangesOf(text: string, terms: ReadonlySet<string>): Snippet['ranges'] {
  const bytes = Buffer.from(text);
  const ranges: Snippet['ranges'] = [];
  let covered = 0; // The whole identifier comes before its parts, and covers them.
  tokenize(bytes, (start, end) => {
    if (start < covered || !terms.has(termAt(bytes, start, end))) return;
    ranges.push([characters(bytes, text, start), characters(bytes, text, end)]);
    covered = end;
  });
  return ranges;
}

/** A position in bytes as a position in the string. */
function characters(bytes: Buffer, text: string, position: number): number {
  return bytes.length === text.length ? position : bytes.toString('utf8', 0, position).length;
}
