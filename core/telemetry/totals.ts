/** Counts by class and placement since the start of a system: exact, and never going back, also as actors end. */
import type { ActorMetrics, EndedMetrics, SystemMetrics } from '../messaging/reports.js';

export const COUNTED = ['processed', 'failed', 'restarts', 'deadLetters'] as const;
type Counts = Record<(typeof COUNTED)[number], number>;

/** What is counted of the actors of one class with one placement. */
export interface TypeCounts extends Counts {
  readonly type: string;
  readonly placement: string;
}

type Classed = { readonly type: string; readonly placement: string | undefined };

/** An actor's counters begin anew after so many: they are words of shared memory. */
const WRAP = 2 ** 32;

export class Totals {
  readonly #sums = new Map<string, TypeCounts>();
  #alive = new Map<number, Known>();
  #ended = new Map<string, EndedMetrics>();

  /** Adds what has come about since the last reading. */
  take({ actors, ended }: Pick<SystemMetrics, 'actors' | 'ended'>): Iterable<TypeCounts> {
    const before = this.#alive;
    this.#alive = new Map();
    for (const actor of actors) {
      if (actor.kind === 'group') continue;
      const now = { sum: this.#sumOf(actor), counts: ownCounts(actor) };
      const last = before.get(actor.id);
      before.delete(actor.id);
      this.#alive.set(actor.id, now);
      add(now.sum, now.counts, last?.counts);
    }
    for (const all of ended) {
      add(this.#sumOf(all), all, this.#ended.get(keyOf(all)));
      this.#ended.set(keyOf(all), all);
    }
    // Those that have ended meanwhile are among `ended` with all they had counted: a part of that stands here already.
    for (const { sum, counts } of before.values()) for (const each of COUNTED) sum[each] -= counts[each];
    return this.#sums.values();
  }

  #sumOf(of: Classed): TypeCounts {
    const key = keyOf(of);
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      const { type, placement = '' } = of;
      sum = { type, placement, processed: 0, failed: 0, restarts: 0, deadLetters: 0 };
      this.#sums.set(key, sum);
    }
    return sum;
  }
}

interface Known {
  readonly sum: TypeCounts;
  readonly counts: Counts;
}

const keyOf = ({ type, placement }: Classed): string => `${placement} ${type}`;

/** A pool's workers stand for themselves. */
function ownCounts({ kind, processed, failed, restarts, deadLetters }: ActorMetrics): Counts {
  const isPool = kind === 'pool';
  return { processed: isPool ? 0 : processed, failed: isPool ? 0 : failed, restarts, deadLetters };
}

function add(sum: TypeCounts, now: Counts, last: Counts | undefined): void {
  for (const each of COUNTED) {
    const more = now[each] - (last?.[each] ?? 0);
    sum[each] += more < 0 ? more + WRAP : more;
  }
}
