/**
 * Source text to search terms, straight from the bytes: no strings are made, so that a thread spends its time
 * on reading and hashing and not on collecting garbage.
 *
 * ```ts
 * termsOf(Buffer.from('const maxItems = 3;\nmax_bytes'));
 * // [['const', 1], ['maxitems', 1], ['max', 1], ['items', 1], ['max_bytes', 2], ['max', 2], ['bytes', 2]]
 * ```
 *
 * An identifier counts as a whole, lower-cased, and so does each of its parts (camelCase, snake_case,
 * HTTPServer). Letters beyond ASCII are word bytes as they stand, neither decoded nor folded; only the UTF-8 blocks
 * of punctuation and signs (nbsp, quotes, dashes, arrows) separate words.
 */

/** Files above this size, in bytes, are data more often than source, and are skipped. */
export const MAX_FILE_BYTES = 1 << 20;
/** Terms shorter than this tell nothing. */
export const MIN_TERM_BYTES = 2;
/** Longer runs of word bytes are encoded data, not words. */
export const MAX_TERM_BYTES = 64;

/** Called for each term: where its bytes lie (not yet lower-cased), its hash, and its line (from 1). */
export type TermSink = (start: number, end: number, hash: number, line: number) => void;

const SEPARATOR = 0;
const NEWLINE = 1;
const SIGN = 2;
const UNDERSCORE = 3;
const LOWER = 4;
const UPPER = 5;
const DIGIT = 6;

const KIND = new Uint8Array(256);
/** Upper-case ASCII letters to lower-case; every other byte to itself. */
export const FOLD = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const upper = byte >= 0x41 && byte <= 0x5a;
  const lower = (byte >= 0x61 && byte <= 0x7a) || byte >= 0x80;
  const digit = byte >= 0x30 && byte <= 0x39;
  KIND[byte] = upper ? UPPER : lower ? LOWER : digit ? DIGIT : SEPARATOR;
  FOLD[byte] = upper ? byte + 32 : byte;
}
KIND[0x0a] = NEWLINE;
KIND[0x5f] = UNDERSCORE;
KIND[0xc2] = SIGN; // leads U+0080 to U+00BF
KIND[0xe2] = SIGN; // leads U+2000 to U+2FFF

const HASH_START = 0x811c9dc5 | 0;

/** FNV-1a over the lower-cased bytes. */
export function hashOf(source: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ FOLD[source[i]], 0x01000193);
  return hash;
}

/** Text files have no NUL byte; images, archives and executables do, soon. */
export function isBinary(source: Uint8Array): boolean {
  return source.includes(0);
}

/** Walks over `source` and hands each term to `sink`, in order. Gives the number of the last line. */
export function tokenize(source: Uint8Array, sink: TermSink): number {
  const length = source.length;
  let line = 1;
  let at = 0;
  while (at < length) {
    const kind = KIND[source[at]];
    if (kind < UNDERSCORE) {
      if (kind === NEWLINE) line++;
      at++;
      if (kind === SIGN) while ((source[at] & 0xc0) === 0x80) at++;
      continue;
    }
    const start = at;
    let hash = HASH_START;
    let hasParts = kind === UNDERSCORE;
    for (; at < length; at++) {
      const byte = source[at];
      const next = KIND[byte];
      if (next < UNDERSCORE) break;
      if (next === UNDERSCORE || (next === UPPER && at > start)) hasParts = true;
      hash = Math.imul(hash ^ FOLD[byte], 0x01000193);
    }
    const size = at - start;
    if (size < MIN_TERM_BYTES || size > MAX_TERM_BYTES) continue;
    sink(start, at, hash, line);
    if (hasParts) tokenizeParts(source, start, at, line, sink);
  }
  return line;
}

function tokenizeParts(source: Uint8Array, start: number, end: number, line: number, sink: TermSink): void {
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && !startsPart(source, start, at, end)) continue;
    let to = at;
    while (from < to && KIND[source[from]] === UNDERSCORE) from++;
    while (to > from && KIND[source[to - 1]] === UNDERSCORE) to--;
    // A part as long as the whole (an all-capitals word) would only count the same term twice.
    if (to - from >= MIN_TERM_BYTES && to - from < end - start) {
      sink(from, to, hashOf(source, from, to), line);
    }
    from = at;
  }
}

function startsPart(source: Uint8Array, start: number, at: number, end: number): boolean {
  if (at === start) return false;
  const before = KIND[source[at - 1]];
  const here = KIND[source[at]];
  if (before === UNDERSCORE || here === UNDERSCORE) return before !== here;
  if (here !== UPPER) return false;
  if (before !== UPPER) return true;
  // The last capital of a run belongs to the word that follows: HTTPServer is HTTP and Server.
  return at + 1 < end && KIND[source[at + 1]] === LOWER;
}

/** The terms of a text as strings with their lines, for queries, snippets and specs: small inputs only. */
export function termsOf(source: Uint8Array): [term: string, line: number][] {
  const terms: [string, number][] = [];
  tokenize(source, (start, end, _hash, line) => terms.push([termAt(source, start, end), line]));
  return terms;
}

/** The lower-cased text of the term at these bytes. */
export function termAt(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.subarray(start, end).map((byte) => FOLD[byte])).toString('utf8');
}
