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

/** The system's defaults, then the actor's own. */
export function supervisionOf(...layers: (SupervisionOptions | undefined)[]): Supervision {
  const merged: Record<string, unknown> = { ...DEFAULTS };
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) if (value !== undefined) merged[key] = value;
  }
  return merged as unknown as Supervision;
}

/** The restarts of one actor. */
export class RestartPolicy {
  #times: number[] = [];
  #streak = 0;

  constructor(
    readonly supervision: Supervision,
    readonly random: () => number = Math.random,
  ) {}

  /**
   * What to do after a failure at `now` (ms). A restart is counted before it is tried.
   * @param thrown the error came from a handler; otherwise the thread died, which always calls for a new one
   */
  onFailure(now: number, thrown: boolean): Decision {
    const { restart, maxRestarts, withinMs, onError } = this.supervision;
    if (thrown && onError === 'stop') return { do: 'stop' };
    if (thrown && onError === 'escalate') return { do: 'escalate' };
    if (restart === 'temporary') return { do: 'stop' };
    const last = this.#times.at(-1);
    if (last !== undefined && now - last > withinMs) this.#streak = 0;
    this.#times = this.#times.filter((time) => now - time <= withinMs);
    if (this.#times.length >= maxRestarts) return { do: 'escalate' };
    this.#times.push(now);
    return { do: 'restart', delayMs: this.#delay() };
  }

  /** `min(maxMs, minMs * 2^n)`, less a random share of it. */
  #delay(): number {
    const { backoff } = this.supervision;
    if (backoff === undefined) return 0;
    const full = Math.min(backoff.maxMs, backoff.minMs * 2 ** this.#streak++);
    return full * (1 - (backoff.jitter ?? 0) * this.random());
  }
}
