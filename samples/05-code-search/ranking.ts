import type { IndexStore } from './index-store.js';
import type { QueryWord } from './query-terms.js';

/** A file that answers a query. */
export interface Hit {
  path: string;
  score: number;
  /** The lines that answer best, best first. */
  lines: number[];
}

export interface Ranking {
  hits: Hit[];
  /** Files that have any of the terms, those beyond the limit included. */
  total: number;
  /** All terms that were looked for, completions included: what a snippet highlights. */
  terms: string[];
}

// The usual constants of BM25: how soon repetition stops to count, and how much long files are held back.
const K1 = 1.2;
const B = 0.75;
const PART_WEIGHT = 0.3;
const COMPLETION_WEIGHT = 0.5;
const MAX_COMPLETIONS = 8;
const LINES_PER_HIT = 3;

interface WeightedTerm {
  term: string;
  weight: number;
  /** The bit of the query word it stands for. */
  word: number;
}

/**
 * Ranks the files by BM25, and a file that has more of the query's words above one that has fewer. Equal scores
 * are ordered by path, so the same index always gives the same answer.
 */
export function rank(store: IndexStore, words: readonly QueryWord[], limit: number): Ranking {
  const terms = weightedTerms(store, words);
  const scores = new Float64Array(store.fileLimit);
  const found = new Int32Array(store.fileLimit);
  const files: number[] = [];
  for (const term of terms) addScores(store, term, scores, found, files);
  for (const file of files) scores[file] *= bitCount(found[file]) / words.length;
  files.sort((a, b) => scores[b] - scores[a] || (store.path(a) < store.path(b) ? -1 : 1));
  const best = files.slice(0, limit);
  const lines = bestLines(store, terms, new Set(best));
  return {
    hits: best.map((file) => ({ path: store.path(file), score: scores[file], lines: lines.get(file) ?? [] })),
    total: files.length,
    terms: [...new Set(terms.map(({ term }) => term))],
  };
}

function weightedTerms(store: IndexStore, words: readonly QueryWord[]): WeightedTerm[] {
  const terms: WeightedTerm[] = [];
  words.forEach(({ whole, parts }, index) => {
    const word = 1 << index;
    if (store.has(whole)) {
      terms.push({ term: whole, weight: 1, word });
      return;
    }
    // Nobody wrote it so. Somebody may be still typing, or mean another spelling: abort_signal, AbortSignal.
    for (const term of store.completions(whole, MAX_COMPLETIONS)) {
      terms.push({ term, weight: COMPLETION_WEIGHT, word });
    }
    for (const part of parts) terms.push({ term: part, weight: PART_WEIGHT, word });
  });
  return terms;
}

function addScores(
  store: IndexStore,
  { term, weight, word }: WeightedTerm,
  scores: Float64Array,
  found: Int32Array,
  files: number[],
): void {
  const having: number[] = [];
  const counts: number[] = [];
  store.visit(term, (file, lines) => {
    having.push(file);
    counts.push(lines.length);
  });
  const { files: all, occurrences } = store.size;
  const averageLength = occurrences / all;
  const rarity = Math.log(1 + (all - having.length + 0.5) / (having.length + 0.5));
  having.forEach((file, i) => {
    if (found[file] === 0) files.push(file);
    found[file] |= word;
    const damping = K1 * (1 - B + (B * store.length(file)) / averageLength);
    scores[file] += (weight * rarity * counts[i] * (K1 + 1)) / (counts[i] + damping);
  });
}

/** For each file the lines with most of the query's words, then with the weightiest terms, then from the top. */
function bestLines(
  store: IndexStore,
  terms: readonly WeightedTerm[],
  files: ReadonlySet<number>,
): Map<number, number[]> {
  const marks = new Map<number, Map<number, { words: number; weight: number }>>();
  for (const file of files) marks.set(file, new Map());
  for (const { term, weight, word } of terms) {
    store.visit(term, (file, lines) => {
      const ofFile = marks.get(file);
      if (ofFile === undefined) return;
      for (const line of lines) {
        const mark = ofFile.get(line);
        if (mark === undefined) ofFile.set(line, { words: word, weight });
        else {
          mark.words |= word;
          mark.weight = Math.max(mark.weight, weight);
        }
      }
    });
  }
  const best = new Map<number, number[]>();
  for (const [file, ofFile] of marks) {
    const lines = [...ofFile].sort(
      ([lineA, a], [lineB, b]) =>
        bitCount(b.words) - bitCount(a.words) || b.weight - a.weight || lineA - lineB,
    );
    best.set(
      file,
      lines.slice(0, LINES_PER_HIT).map(([line]) => line),
    );
  }
  return best;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
