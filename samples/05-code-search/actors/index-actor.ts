import { Actor, actor } from '../../../core/index.js';
import { type IndexSize, IndexStore } from '../index-store.js';
import type { QueryWord } from '../query-terms.js';
import { type Ranking, rank } from '../ranking.js';
import type { Segment } from '../segment.js';

/** Owns the index. Everybody else has to ask, so nobody ever sees it half changed. */
@actor(import.meta.url)
export class IndexActor extends Actor {
  readonly #store = new IndexStore();

  add(segment: Segment): void {
    this.#store.add(segment);
  }

  size(): IndexSize {
    return this.#store.size;
  }

  search(words: QueryWord[], limit: number): Ranking {
    return rank(this.#store, words, limit);
  }

  digest(): string {
    return this.#store.digest();
  }
}
