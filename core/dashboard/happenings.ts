/** What befalls actors, in words: starts, failures, restarts, ends; the last ones. */
import type { FlowEvent } from '../index.js';
import type { Shown } from './shown.js';

const KEPT = 200;
/** Of starts and stops in one reading so many are told one by one. */
const ONE_BY_ONE = 5;

export interface Happening {
  /** Counts up. */
  readonly n: number;
  readonly time: number;
  readonly kind: 'failed' | 'restarted' | 'started' | 'stopped' | 'dead-letter' | 'overflow' | 'wait-cycle';
  /** Empty for what befell several. */
  readonly actor: string;
  readonly text: string;
}

export class Happenings {
  readonly #kept: Happening[] = [];
  #fresh: Happening[] = [];
  #n = 0;

  constructor(readonly shown: Shown) {}

  see(event: FlowEvent): void {
    const text = this.#textOf(event);
    if (text === undefined) return;
    const { time, actor } = event;
    this.#fresh.push({ n: ++this.#n, time, kind: event.kind as Happening['kind'], actor, text });
    // Nothing asks for them while no page is open, and a storm of failures may come between two readings.
    if (this.#fresh.length > 4 * KEPT) this.#fresh.splice(0, this.#fresh.length - 2 * KEPT);
  }

  #textOf(event: FlowEvent): string | undefined {
    switch (event.kind) {
      case 'failed':
        return `${event.method} failed: ${this.shown.error(event.error)}`;
      case 'restarted':
        return `restarted (${event.restarts}) after ${this.shown.error(event.error)}`;
      case 'started':
        return `started, a ${event.type}`;
      case 'stopped':
        return this.#ended(event.reason);
      case 'dead-letter':
        // Of what failed that is said already.
        if (event.letter.reason === 'failed') return undefined;
        return `dead letter: ${event.letter.method} (${event.letter.reason})`;
      case 'wait-cycle':
        return `they wait for each other: ${event.cycle.join(' → ')}`;
      case 'overflow':
        return event.what === 'messages' ? `${event.count} messages are held for want of room` : undefined;
      default:
        return undefined;
    }
  }

  #ended(reason: Extract<FlowEvent, { kind: 'stopped' }>['reason']): string {
    if (reason.kind === 'failed') return `ended for good: ${this.shown.error(reason.error)}`;
    if (reason.kind === 'escalated') return `ended with ${reason.from}, which failed`;
    return { stopped: 'stopped', killed: 'killed', 'timed-out': 'its stop ran out of time' }[reason.kind];
  }

  all(): readonly Happening[] {
    return this.#kept;
  }

  /** Since this was asked last. */
  changes(): readonly Happening[] {
    const fresh = this.#gathered(this.#fresh).slice(-KEPT);
    this.#fresh = [];
    this.#kept.push(...fresh);
    this.#kept.splice(0, this.#kept.length - KEPT);
    return fresh;
  }

  /** Starts and stops by the hundred become one line each: failures are what is looked for. */
  #gathered(fresh: readonly Happening[]): readonly Happening[] {
    let result = fresh;
    for (const kind of ['started', 'stopped'] as const) {
      const such = result.filter((each) => each.kind === kind);
      if (such.length <= ONE_BY_ONE) continue;
      const last = such.at(-1) as Happening;
      const gathered = { ...last, actor: '', text: `${such.length} actors ${kind}` };
      result = result.flatMap((each) => (each === last ? [gathered] : each.kind === kind ? [] : [each]));
    }
    return result;
  }
}
