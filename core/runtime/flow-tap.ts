/** This thread's share of the message flow: collected for a turn, then sent to the creating thread. */
import type { Arena } from '../memory/arena.js';
import { Header, Observed } from '../memory/layout.js';
import type { FlowEvent } from '../messaging/reports.js';
import { described } from '../messaging/thrown.js';
import type { ActorCell } from './actor-cell.js';
import type { Handling } from './handling.js';
import type { SystemLine } from './system-line.js';

/** Events kept per turn; more are dropped and counted. */
const MAX_EVENTS = 2048;

export class FlowTap {
  #events: FlowEvent[] = [];
  #dropped = 0;

  constructor(
    readonly arena: Arena,
    readonly line: SystemLine,
  ) {}

  get isObserved(): boolean {
    return (this.arena.i32[Header.OBSERVED] & Observed.FLOW) !== 0;
  }

  handled(cell: ActorCell, handling: Handling, now: number, failure?: { error: unknown }): void {
    const event = {
      time: Date.now(),
      actor: cell.identity.path,
      method: handling.method,
      waitMs: Math.max(0, handling.startedAt - handling.sentAt),
      serviceMs: now - handling.startedAt,
    };
    this.add(failure ? { kind: 'failed', ...event, error: failure.error } : { kind: 'handled', ...event });
  }

  add(event: FlowEvent): void {
    if (!this.isObserved) return;
    if (this.#events.length >= MAX_EVENTS) this.#dropped++;
    else this.#events.push(event);
    if (this.#events.length === 1) setImmediate(() => this.send());
  }

  send(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    const dropped = this.#dropped;
    this.#events = [];
    this.#dropped = 0;
    const describing = (event: FlowEvent) =>
      event.kind === 'failed' ? { ...event, error: described(event.error) } : event;
    this.line.tell(
      { op: 'events', events, dropped },
      () => ({ op: 'events', events: events.map(describing), dropped }),
      () => ({ op: 'events', events: [], dropped: dropped + events.length }),
    );
  }
}
