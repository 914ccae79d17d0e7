/** Failures and a clock in, a decision out: pure. As in OTP: at most so many restarts within a period. */
import type { SupervisionOptions } from '../messaging/options.js';

export type Supervision = Required<Omit<SupervisionOptions, 'backoff'>> & Pick<SupervisionOptions, 'backoff'>;

export type Decision =
  | { readonly do: 'restart'; readonly delayMs: number }
  | { readonly do: 'stop' }
  | { readonly do: 'escalate' };

const DEFAULTS: Supervision = {
  restart: 'permanent',
  maxRestarts: 3,
  withinMs: 5000,
  onError: 'restart',
  inFlight: 'skip',
  maxAttempts: 3,
};

/** Of one millisecond: twelve days. */
const MAX_DOUBLINGS = 30;

/** The system's defaults, then the actor's own. */
export function supervisionOf(...layers: (SupervisionOptions | undefined)[]): Supervision {
  const merged: Record<string, unknown> = { ...DEFAULTS };
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) if (value !== undefined) merged[key] = value;
  }
  return merged as unknown as Supervision;
}

/** At most `maxRestarts` within `withinMs`. */
export class RestartBudget {
  #times: number[] = [];

  constructor(
    readonly maxRestarts: number,
    readonly withinMs: number,
  ) {}

  /** Counts a restart at `now` (ms), before it is tried. @returns false when there is none left */
  spend(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time <= this.withinMs);
    if (this.#times.length >= this.maxRestarts) return false;
    // Without a limit there is nothing to count.
    if (this.maxRestarts !== Number.POSITIVE_INFINITY) this.#times.push(now);
    return true;
  }
}

/** The restarts of one actor. */
export class RestartPolicy {
  readonly #budget: RestartBudget;
  /** Restarts since the last quiet period, and when the last of them was due. */
  #streak = 0;
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly supervision: Supervision,
    readonly random: () => number = Math.random,
  ) {
    this.#budget = new RestartBudget(supervision.maxRestarts, supervision.withinMs);
  }

  /**
   * What to do after a failure at `now` (ms). A restart is counted before it is tried.
   * @param thrown the error came from a handler; otherwise the thread died, which always calls for a new one
   */
  onFailure(now: number, thrown: boolean): Decision {
    const { restart, withinMs, onError } = this.supervision;
    if (thrown && onError === 'stop') return { do: 'stop' };
    if (thrown && onError === 'escalate') return { do: 'escalate' };
    if (restart === 'temporary') return { do: 'stop' };
    if (!this.#budget.spend(now)) return { do: 'escalate' };
    // Quiet counts from when it was back: else a long backoff would count as quiet itself.
    if (now - this.#backAt > withinMs) this.#streak = 0;
    const delayMs = this.#delay();
    this.#backAt = now + delayMs;
    return { do: 'restart', delayMs };
  }

  /** `min(maxMs, minMs * 2^n)`, less a random share of it. */
  #delay(): number {
    const { backoff } = this.supervision;
    if (backoff === undefined) return 0;
    const doublings = Math.min(this.#streak++, MAX_DOUBLINGS);
    const full = Math.min(backoff.maxMs, backoff.minMs * 2 ** doublings);
    return full * (1 - (backoff.jitter ?? 0) * this.random());
  }
}
