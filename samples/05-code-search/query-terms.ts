import { termAt, tokenize } from './tokenize.js';

/** Words of a query beyond this many are left out: a 10 kB paste is answered, not ranked word by word. */
export const MAX_QUERY_WORDS = 32;

/** One word of a query: the whole identifier, and its parts, for when no file has it as a whole. */
export interface QueryWord {
  whole: string;
  parts: string[];
}

/**
 * The words of a query, each once, cut by the same rules as the files.
 *
 * ```ts
 * queryWords('SharedQueue put'); // [{ whole: 'sharedqueue', parts: ['shared', 'queue'] }, { whole: 'put', parts: [] }]
 * ```
 */
export function queryWords(text: string): QueryWord[] {
  const source = Buffer.from(text);
  const words = new Map<string, QueryWord>();
  let wholeEnd = 0;
  let word: QueryWord | undefined;
  tokenize(source, (start, end) => {
    const term = termAt(source, start, end);
    if (start < wholeEnd) {
      if (word !== undefined && !word.parts.includes(term)) word.parts.push(term);
      return;
    }
    wholeEnd = end;
    word = words.has(term) || words.size === MAX_QUERY_WORDS ? undefined : { whole: term, parts: [] };
    if (word !== undefined) words.set(term, word);
  });
  return [...words.values()];
}
