/** What actors that have ended had done, by class and placement: so that counts of a class never go back. */
import type { EndedMetrics } from '../messaging/reports.js';
import type { ActorNode } from './actor-node.js';
import { countsOf } from './metrics.js';

type Sums = { -readonly [K in keyof EndedMetrics]: EndedMetrics[K] };

export class EndedCounts {
  readonly #sums = new Map<string, Sums>();

  /** Its box is its own still. */
  add(node: ActorNode, i32: Int32Array): void {
    if (node.kind === 'group') return;
    const [type] = node.identity.types;
    const { placement } = node.spec;
    const key = `${placement} ${type}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = { type, placement, actors: 0, processed: 0, failed: 0, restarts: 0, deadLetters: 0 };
      this.#sums.set(key, sums);
    }
    const { processed, failed, deadLetters } = countsOf(i32, node.identity.box);
    if (node.kind === 'actor') sums.actors++;
    sums.processed += processed;
    sums.failed += failed;
    sums.restarts += node.restarts;
    sums.deadLetters += deadLetters;
  }

  read(): EndedMetrics[] {
    return [...this.#sums.values()].map((sums) => ({ ...sums }));
  }
}
