/** What actors that have ended had done, by class and placement: so that counts of a class never go back. */
import type { EndedMetrics } from '../messaging/reports.js';
import type { Recipe } from '../runtime/control.js';
import type { ActorNode } from './actor-node.js';
import { countsOf } from './metrics.js';

type Sums = { -readonly [K in keyof EndedMetrics]: EndedMetrics[K] };

export class EndedCounts {
  readonly #sums = new Map<string, Sums>();
  /** The same, of the actors of a recipe: to put a name together for each end takes longer than to count it. */
  readonly #known = new WeakMap<Recipe, Sums>();

  /** Its box is its own still. */
  add(node: ActorNode, i32: Int32Array): void {
    if (node.kind === 'group') return;
    let sums = this.#known.get(node.spec);
    if (sums === undefined) {
      sums = this.#sumsOf(node);
      this.#known.set(node.spec, sums);
    }
    const { processed, failed, deadLetters } = countsOf(i32, node.identity.box);
    if (node.kind === 'actor') sums.actors++;
    sums.processed += processed;
    sums.failed += failed;
    sums.restarts += node.restarts;
    sums.deadLetters += deadLetters;
  }

  #sumsOf({ identity, spec }: ActorNode): Sums {
    const [type] = identity.types;
    const { placement } = spec;
    const key = `${placement} ${type}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = { type, placement, actors: 0, processed: 0, failed: 0, restarts: 0, deadLetters: 0 };
      this.#sums.set(key, sums);
    }
    return sums;
  }

  read(): EndedMetrics[] {
    return [...this.#sums.values()].map((sums) => ({ ...sums }));
  }
}
