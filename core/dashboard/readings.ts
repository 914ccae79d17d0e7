/** Metrics, and what is different from the reading before: pages are told that only. */
import type { ActorMetrics, SystemMetrics } from '../index.js';

/** A page is shown so many actors; the others count in the totals. */
const MAX_ACTORS = 5000;
/** From here on, in ms, something takes long. */
const LONG_MS = 1000;

export type ActorChange = Partial<ActorMetrics> & Pick<ActorMetrics, 'id'>;

export interface Totals {
  readonly actors: number;
  readonly depth: number;
  readonly held: number;
  /** Messages handled in a second, since the reading before. */
  readonly perSecond: number;
  readonly failed: number;
  readonly restarts: number;
}

export class Readings {
  #actors = new Map<number, ActorMetrics>();
  #processed = new Map<number, number>();
  #time = 0;
  totals: Totals = { actors: 0, depth: 0, held: 0, perSecond: 0, failed: 0, restarts: 0 };

  /** All that is known, as the last reading had it. */
  all(): readonly ActorMetrics[] {
    return [...this.#actors.values()];
  }

  take({ time, actors, ended }: SystemMetrics): { readonly actors: ActorChange[]; readonly gone: number[] } {
    this.#count(time, actors, ended);
    const before = this.#actors;
    this.#actors = new Map(listed(actors).map((actor) => [actor.id, actor]));
    const changes: ActorChange[] = [];
    for (const actor of this.#actors.values()) {
      const change = changeOf(before.get(actor.id), actor);
      if (change !== undefined) changes.push(change);
    }
    return { actors: changes, gone: [...before.keys()].filter((id) => !this.#actors.has(id)) };
  }

  #count(time: number, actors: readonly ActorMetrics[], ended: SystemMetrics['ended']): void {
    const processed = new Map<number, number>();
    const seconds = (time - this.#time) / 1000;
    let [depth, held, handled, failed, restarts] = [0, 0, 0, 0, 0];
    for (const actor of actors) {
      depth += actor.depth;
      held += actor.held;
      restarts += actor.restarts;
      // A pool counts what its workers do.
      if (actor.kind !== 'actor') continue;
      failed += actor.failed;
      processed.set(actor.id, actor.processed);
      handled += Math.max(0, actor.processed - (this.#processed.get(actor.id) ?? actor.processed));
    }
    const perSecond = this.#time === 0 || seconds <= 0 ? 0 : handled / seconds;
    // What has ended took its numbers along.
    for (const each of ended) {
      failed += each.failed;
      restarts += each.restarts;
    }
    this.totals = { actors: actors.length, depth, held, perSecond, failed, restarts };
    this.#processed = processed;
    this.#time = time;
  }
}

/** Where not all can be: those first that somebody may be looking for. */
export function listed(actors: readonly ActorMetrics[], max = MAX_ACTORS): readonly ActorMetrics[] {
  if (actors.length <= max) return actors;
  const [odd, others]: ActorMetrics[][] = [[], []];
  for (const actor of actors) (isOdd(actor) ? odd : others).push(actor);
  const taken = new Set([...odd, ...others].slice(0, max));
  return actors.filter((actor) => taken.has(actor));
}

const isOdd = ({ state, handling, oldestMs }: ActorMetrics): boolean =>
  state !== 'running' || oldestMs > LONG_MS || (handling !== undefined && handling.forMs > LONG_MS);

function changeOf(before: ActorMetrics | undefined, now: ActorMetrics): ActorChange | undefined {
  if (before === undefined) return now;
  let change: Record<string, unknown> | undefined;
  for (const key of Object.keys(now) as (keyof ActorMetrics)[]) {
    if (before[key] === now[key]) continue;
    change ??= { id: now.id };
    // JSON leaves out what is undefined, and the page would keep what it had.
    change[key] = now[key] ?? null;
  }
  return change as ActorChange | undefined;
}
