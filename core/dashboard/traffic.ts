/** What flows, counted: who tells whom, and what took long. Of the events that are shown; others are counted as missed. */
import type { FlowEvent } from '../index.js';

const MAX_EDGES = 2000;
const MAX_KINDS = 5000;
const SHOWN = 12;
/** What took long is remembered for one to two of these. */
const PERIOD_MS = 30_000;

/** `from` is empty for the program outside of actors. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  count: number;
}

interface Tally {
  readonly actor: string;
  readonly method: string;
  count: number;
  totalMs: number;
  maxMs: number;
}

export class Traffic {
  readonly #edges = new Map<string, Edge>();
  readonly #changed = new Set<Edge>();
  #tallies = new Map<string, Tally>();
  #earlier = new Map<string, Tally>();
  #turnedAt = 0;
  /** Events that were dropped so that actors are not slowed. */
  missed = 0;

  see(event: FlowEvent): void {
    if (event.kind === 'accepted') this.#tell(event.from ?? '', event.actor);
    else if (event.kind === 'handled' || event.kind === 'failed') {
      this.#took(event.actor, event.method, event.serviceMs);
    } else if (event.kind === 'overflow' && event.what === 'events') this.missed += event.count;
  }

  #tell(from: string, to: string): void {
    const key = `${from}\n${to}`;
    let edge = this.#edges.get(key);
    if (edge === undefined) {
      if (this.#edges.size >= MAX_EDGES) return;
      edge = { from, to, count: 0 };
      this.#edges.set(key, edge);
    }
    edge.count++;
    this.#changed.add(edge);
  }

  #took(actor: string, method: string, ms: number): void {
    const key = `${actor}\n${method}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_KINDS) return;
      tally = { actor, method, count: 0, totalMs: 0, maxMs: 0 };
      this.#tallies.set(key, tally);
    }
    tally.count++;
    tally.totalMs += ms;
    tally.maxMs = Math.max(tally.maxMs, ms);
  }

  allEdges(): readonly Edge[] {
    return [...this.#edges.values()];
  }

  /** Those that had messages since this was asked last. */
  changedEdges(): readonly Edge[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** What took longest of late, the longest first. */
  slowest(): readonly Tally[] {
    const now = performance.now();
    if (now - this.#turnedAt > PERIOD_MS) {
      this.#earlier = this.#tallies;
      this.#tallies = new Map();
      this.#turnedAt = now;
    }
    const all = new Map(this.#earlier);
    for (const [key, tally] of this.#tallies) all.set(key, merged(all.get(key), tally));
    return [...all.values()].sort((a, b) => b.maxMs - a.maxMs).slice(0, SHOWN);
  }
}

function merged(before: Tally | undefined, { actor, method, count, totalMs, maxMs }: Tally): Tally {
  return {
    ...{ actor, method },
    count: count + (before?.count ?? 0),
    totalMs: totalMs + (before?.totalMs ?? 0),
    maxMs: Math.max(maxMs, before?.maxMs ?? 0),
  };
}
