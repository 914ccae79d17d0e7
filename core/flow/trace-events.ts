/**
 * Flow events as Chrome's trace format has them: a slice for each message handled, and an arrow to it from where it was
 * sent.
 *
 * An arrow begins inside of a slice: that of the message whose handler has sent it, which is known when that has
 * ended. What was sent outside of messages gets a small slice of its own.
 */
import type { ExitReason, FlowEvent } from '../messaging/reports.js';
import { look } from '../messaging/thrown.js';
import { ROUNDING, type TraceEvent, TraceLanes } from './trace-lanes.js';

/** Ends of arrows that are kept until the other end comes, at most; it may have been dropped. */
const MAX_ENDS = 20_000;
/** Of what was sent outside of messages a slice is that long, in µs. */
const SEND_MICROS = 0.2;

type Accepted = Extract<FlowEvent, { kind: 'accepted' }>;
type Handled = Extract<FlowEvent, { kind: 'handled' | 'failed' }>;

interface End {
  readonly tid: number;
  readonly ts: number;
}

export class TraceEvents {
  /** Slices written. */
  messages = 0;
  arrows = 0;
  /** Flow events that were dropped by the threads, so that they stand in no trace. */
  dropped = 0;
  readonly #lanes: TraceLanes;
  readonly #sends = new Map<string, End>();
  readonly #arrivals = new Map<string, End>();
  /** What an actor has sent in a message that it has not ended yet. */
  readonly #open = new Map<string, Accepted[]>();
  #opened = 0;

  /**
   * @param origin in ms since the epoch: times count from here
   * @param mainThread the creating thread's number
   */
  constructor(
    readonly emit: (event: TraceEvent) => void,
    system: string,
    readonly origin: number,
    readonly mainThread: number,
  ) {
    this.#lanes = new TraceLanes(emit, mainThread);
    const { pid } = process;
    emit({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name: `${system} (${pid})` } });
    this.#lanes.free('system', 0);
  }

  add(event: FlowEvent): void {
    switch (event.kind) {
      case 'accepted':
        this.#accepted(event);
        return;
      case 'handled':
      case 'failed':
        this.#handled(event);
        return;
      case 'dead-letter': {
        const { to, from, method, reason, attempts } = event.letter;
        this.#instant(event, `dead letter: ${to} ${method}`, { to, from, method, reason, attempts });
        return;
      }
      case 'overflow':
        if (event.what === 'events') {
          this.dropped += event.count;
          this.#instant(event, `${event.count} events not shown`, { count: event.count });
        } else
          this.#instant(event, `${event.count} messages held for ${event.actor}`, { count: event.count });
        return;
      default: {
        const { kind, time, actor, ...args } = event;
        this.#instant(event, `${actor} ${kind}`, plain(args));
      }
    }
  }

  /** Nothing comes any more: what was sent in messages that have not ended is shown by itself. */
  end(): void {
    for (const sends of this.#open.values()) for (const send of sends) this.#alone(send);
    this.#open.clear();
    const { messages, arrows, dropped } = this;
    this.#instant({ time: Date.now() }, 'end of the trace', { messages, arrows, dropped });
  }

  #accepted(event: Accepted): void {
    const { from } = event;
    if (from === undefined) {
      this.#alone(event);
      return;
    }
    if (++this.#opened > MAX_ENDS) this.#showOldest();
    const sends = this.#open.get(from);
    if (sends === undefined) this.#open.set(from, [event]);
    else sends.push(event);
  }

  /** An actor whose messages are not shown has sent too much. */
  #showOldest(): void {
    for (const [actor, sends] of this.#open) {
      this.#close(actor, sends.length);
      for (const send of sends) this.#alone(send);
      return;
    }
  }

  #close(actor: string, count: number): void {
    this.#opened -= count;
    this.#open.delete(actor);
  }

  #handled(event: Handled): void {
    const { actor, method, from, message, thread, waitMs, serviceMs } = event;
    const end = this.#micros(event.time);
    const lane = this.#lanes.ofThread(thread, actor, end - serviceMs * 1000);
    const start = Math.max(lane.end, end - serviceMs * 1000);
    lane.end = Math.max(start, end);
    const { tid } = lane;
    const failure = event.kind === 'failed' ? { error: said(event.error) } : {};
    this.emit({
      ph: 'X',
      name: `${actor} ${method || 'onTerminated'}`,
      cat: event.kind,
      ...place(tid, start),
      dur: rounded(lane.end - start),
      ...(event.kind === 'failed' ? { cname: 'terrible' } : {}),
      args: { actor, method, from, waitMs, serviceMs, ...failure },
    });
    this.messages++;
    if (message !== undefined) this.#pair(message, { tid, ts: start }, this.#arrivals, this.#sends);
    this.#sentWithin(actor, tid, start, lane.end);
  }

  /** What that actor has sent while it handled a message. */
  #sentWithin(actor: string, tid: number, start: number, end: number): void {
    const sends = this.#open.get(actor);
    if (sends === undefined) return;
    const others: Accepted[] = [];
    for (const send of sends) {
      const ts = this.#micros(send.time);
      if (ts < start - ROUNDING || ts > end + ROUNDING) others.push(send);
      else this.#sent(send, { tid, ts: Math.min(end, Math.max(start, ts)) });
    }
    this.#close(actor, sends.length);
    if (others.length > 0) this.#open.set(actor, others);
    this.#opened += others.length;
  }

  #alone(send: Accepted): void {
    const { actor, method, from, thread } = send;
    const row =
      from === undefined && thread === this.mainThread
        ? 'program'
        : `${this.#lanes.rowOf(thread)}: outside of messages`;
    const at = this.#micros(send.time);
    const lane = this.#lanes.free(row, at);
    const start = Math.max(lane.end, at);
    lane.end = start + SEND_MICROS;
    const to = { to: actor, method, from };
    this.emit({
      ph: 'X',
      name: `to ${actor} ${method}`,
      cat: 'send',
      ...place(lane.tid, start),
      dur: SEND_MICROS,
      args: to,
    });
    this.#sent(send, { tid: lane.tid, ts: start });
  }

  #sent({ message }: Accepted, from: End): void {
    if (message !== undefined) this.#pair(message, from, this.#sends, this.#arrivals);
  }

  /** Either end of an arrow may be told of first. */
  #pair(message: string, end: End, mine: Map<string, End>, others: Map<string, End>): void {
    const other = others.get(message);
    if (other === undefined) {
      mine.set(message, end);
      if (mine.size > MAX_ENDS) for (const oldest of mine.keys()) return void mine.delete(oldest);
      return;
    }
    others.delete(message);
    const [from, to] = mine === this.#sends ? [end, other] : [other, end];
    const arrow = { name: 'message', cat: 'message', id: ++this.arrows };
    this.emit({ ph: 's', ...arrow, ...place(from.tid, from.ts) });
    this.emit({ ph: 'f', bp: 'e', ...arrow, ...place(to.tid, to.ts) });
  }

  #instant({ time }: { readonly time: number }, name: string, args: TraceEvent['args']): void {
    const { tid } = this.#lanes.free('system', Number.POSITIVE_INFINITY);
    this.emit({ ph: 'i', s: 't', name, cat: 'system', ...place(tid, this.#micros(time)), args });
  }

  #micros(time: number): number {
    return Math.max(0, (time - this.origin) * 1000);
  }
}

const rounded = (micros: number): number => Math.round(micros * 1000) / 1000;

const place = (tid: number, ts: number) => ({ pid: process.pid, tid, ts: rounded(ts) });

/** An error is whatever users' code has thrown. */
const said = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : look(error);

function plain(args: object): TraceEvent['args'] {
  const { error, reason, ...rest } = args as { error?: unknown; reason?: ExitReason };
  return {
    ...rest,
    ...(reason === undefined ? {} : { reason: reason.kind }),
    ...(reason?.kind === 'failed' ? { error: said(reason.error) } : {}),
    ...(error === undefined ? {} : { error: said(error) }),
  };
}
