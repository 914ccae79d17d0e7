import type { Snippet } from './snippet.js';

/** One file in the answer to a query. */
export interface Result {
  path: string;
  score: number;
  /** The lines that answer best, in the order of the file; none when the file is gone or has changed. */
  snippets: Snippet[];
}

/** The answer to a query. */
export interface Answer {
  /** The words that were looked for. */
  words: string[];
  /** How many files have any of them; `results` holds the best. */
  total: number;
  results: Result[];
  /** How long it took, in milliseconds. */
  tookMs: number;
}
