import { readFile, stat } from 'node:fs/promises';
import { Actor, type ActorRef, actor } from '../../../core/index.js';
import type { Answer, Result } from '../answer.js';
import { queryWords } from '../query-terms.js';
import type { Hit } from '../ranking.js';
import { snippetOf } from '../snippet.js';
import { MAX_FILE_BYTES } from '../tokenize.js';
import type { IndexActor } from './index-actor.js';

export interface QueryProps {
  /** The folder that was indexed. */
  root: string;
  index: ActorRef<IndexActor>;
}

/** Turns what somebody typed into ranked files with their lines. */
@actor(import.meta.url)
export class QueryActor extends Actor<QueryProps> {
  /** Reading files for one answer need not keep the next query waiting. */
  static concurrency = 8;

  /** @param limit how many files at most */
  async answer(text: string, limit: number): Promise<Answer> {
    const begun = performance.now();
    const words = queryWords(text);
    const { hits, total, terms } =
      words.length === 0
        ? { hits: [], total: 0, terms: [] }
        : await this.props.index.ask.search(words, limit);
    const highlighted = new Set(terms);
    const results = await Promise.all(hits.map((hit) => this.#result(hit, highlighted)));
    return { words: words.map(({ whole }) => whole), total, results, tookMs: performance.now() - begun };
  }

  async #result(hit: Hit, terms: ReadonlySet<string>): Promise<Result> {
    const source = await this.#lines(hit.path);
    const snippets = hit.lines
      .filter((line) => line <= source.length)
      .sort((a, b) => a - b)
      .map((line) => snippetOf(line, source[line - 1], terms));
    return { path: hit.path, score: hit.score, snippets };
  }

  /** The file may be gone since, or have grown out of all proportion: then there is nothing to show. */
  async #lines(path: string): Promise<string[]> {
    const full = `${this.props.root}/${path}`;
    try {
      const { size } = await stat(full);
      return size > MAX_FILE_BYTES ? [] : (await readFile(full, 'utf8')).split('\n');
    } catch {
      return [];
    }
  }
}
