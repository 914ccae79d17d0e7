import type { Subscription } from 'rxjs';
import type { ActorSystem, FlowEvent } from '../../core/index.js';

/** What the page shows beside the results: sent to every open page twice a second. */
export interface LiveView {
  phase: 'indexing' | 'ready';
  /** The folder's name as it is shown. */
  folder: string;
  /** Address of the dashboard. */
  dashboard: string;
  index: {
    files: number;
    seenFiles: number;
    totalFiles: number;
    bytes: number;
    terms: number;
    elapsedMs: number;
  };
}

interface Tally {
  handled: number;
  serviceMs: number;
}

const INTERVAL_MS = 500;

/**
 * Counts the messages as they flow, for as long as somebody looks: without an open page the flow is not observed,
 * and costs the actors nothing.
 */
export class LiveFeed {
  readonly #listeners = new Set<(data: string) => void>();
  readonly #tallies = new Map<string, Tally>();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastSent = 0;

  constructor(
    private readonly system: Pick<ActorSystem, 'metrics' | 'flow$'>,
    private readonly view: () => LiveView,
  ) {}

  /** Calls `listener` with JSON at once and then regularly, until the function it gives back is called. */
  listen(listener: (data: string) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    listener(this.#snapshot(1));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.#listeners.clear();
    this.#subscription?.unsubscribe();
    this.#tallies.clear();
    clearInterval(this.#timer);
  }

  #start(): void {
    this.#lastSent = performance.now();
    this.#subscription = this.system.flow$.subscribe((event) => this.#count(event));
    this.#timer = setInterval(() => this.#send(), INTERVAL_MS);
  }

  #count(event: FlowEvent): void {
    if (event.kind !== 'handled') return;
    const tally = this.#tallies.get(event.actor) ?? { handled: 0, serviceMs: 0 };
    tally.handled++;
    tally.serviceMs += event.serviceMs;
    this.#tallies.set(event.actor, tally);
  }

  #send(): void {
    const now = performance.now();
    const data = this.#snapshot((now - this.#lastSent) / 1000);
    this.#lastSent = now;
    this.#tallies.clear();
    for (const listener of this.#listeners) listener(data);
  }

  /** Of an actor, or of a pool: then of all its workers. */
  #tallyOf(path: string): Tally {
    const sum = { handled: 0, serviceMs: 0 };
    for (const [actor, { handled, serviceMs }] of this.#tallies) {
      if (actor !== path && !actor.startsWith(`${path}/`)) continue;
      sum.handled += handled;
      sum.serviceMs += serviceMs;
    }
    return sum;
  }

  #snapshot(seconds: number): string {
    const rate = (handled: number): number => Math.round(handled / seconds);
    const actors = this.system.metrics().actors.map((actor) => {
      const { handled, serviceMs } = this.#tallyOf(actor.path);
      return {
        name: actor.path.slice(1),
        path: actor.path,
        state: actor.state,
        processed: actor.processed,
        depth: actor.depth,
        highWater: actor.highWater,
        restarts: actor.restarts,
        perSecond: rate(handled),
        serviceMs: handled === 0 ? 0 : serviceMs / handled,
      };
    });
    const all = [...this.#tallies.values()].reduce((sum, { handled }) => sum + handled, 0);
    return JSON.stringify({ ...this.view(), perSecond: rate(all), actors });
  }
}
