/** This thread's share of the message flow: collected for a turn, then sent to the creating thread. */
import { threadId } from 'node:worker_threads';
import type { Arena } from '../memory/arena.js';
import { Header, Observed } from '../memory/layout.js';
import { isBehind, isLasting } from '../messaging/backlog.js';
import type { Address } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import { microsOf, timeOf } from '../messaging/record-head.js';
import type { Identity } from '../messaging/ref-world.js';
import type { FlowEvent } from '../messaging/reports.js';
import { described } from '../messaging/thrown.js';
import type { ActorCell } from './actor-cell.js';
import type { Handling } from './handling.js';
import type { SystemLine } from './system-line.js';

/** Events kept per turn; more are dropped and counted. */
const MAX_EVENTS = 2048;
/**
 * Events of messages that a thread shows, at most: so many in a row, and so many in a millisecond on the average. Each
 * costs some 3 µs here and 3 µs where it is seen, a message a tenth of that: with all of them shown, actors had a
 * twentieth of their speed.
 */
const BURST = 2048;
const EVENTS_PER_MS = 10;
/** They go together, since to wake the creating thread takes 50 µs and more: once a turn cost a quarter of the speed. */
const EVENTS_WAIT_MS = 10;

export class FlowTap {
  #events: FlowEvent[] = [];
  #dropped = 0;
  /** What may be shown still, and since when that is known. */
  #left = BURST;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly arena: Arena,
    readonly line: SystemLine,
    readonly post: PostOffice,
    readonly pathOf: (actor: Address) => string,
  ) {
    // Of an actor that has stopped no message is handled any more.
    line.collected = () => this.send();
    post.showsEach = true;
  }

  get isObserved(): boolean {
    return (this.arena.i32[Header.OBSERVED] & Observed.FLOW) !== 0;
  }

  /** Some time has passed. @param now milliseconds */
  refill(now: number): void {
    this.#setLeft(Math.min(BURST, this.#left + (now - this.#since) * EVENTS_PER_MS));
    this.#since = now;
  }

  #setLeft(left: number): void {
    this.#left = left;
    const { post } = this;
    const isShown = left > 0;
    if (post.showsEach && !isShown) post.stampAnew();
    post.showsEach = isShown;
  }

  /** Whether what happens to a message now is not shown, but counted only. */
  passesOver(): boolean {
    if (this.#left > 0) return false;
    this.#dropped++;
    return true;
  }

  /** A message that this thread has just sent. */
  accepted(target: Identity, method: string, from: Identity | undefined): void {
    const { post } = this;
    this.add({
      kind: 'accepted',
      // Its own time: by now its receiver may have handled it.
      time: this.#timeAt(post.lastStamp / 1000),
      actor: target.path,
      method,
      from: from?.path,
      message: named(from, post.lastStamp),
      thread: threadId,
    });
  }

  /** Of one that was passed over, and has failed, only how long it took to come is known. */
  handled(cell: ActorCell, handling: Handling, now: number, failure?: { error: unknown }): void {
    const { record, sender } = handling;
    const { i32 } = this.arena;
    const startedAt = handling.startedAt || now;
    const sentAt = handling.sentAt || timeOf(i32, record);
    const event = {
      time: this.#timeAt(now),
      actor: cell.identity.path,
      method: handling.method,
      from: sender === undefined ? undefined : this.pathOf(sender),
      message: record === 0 ? undefined : named(sender, microsOf(i32, record)),
      thread: threadId,
      waitMs: Math.max(0, startedAt - sentAt),
      serviceMs: now - startedAt,
    };
    this.add(failure ? { kind: 'failed', ...event, error: failure.error } : { kind: 'handled', ...event });
  }

  #timeAt(now: number): number {
    return this.arena.f64[Header.EPOCH / 2] + now;
  }

  add(event: FlowEvent): void {
    if (!this.isObserved) return;
    this.#setLeft(this.#left - 1);
    if (this.#events.length >= MAX_EVENTS) this.#dropped++;
    else this.#events.push(event);
    this.#soon();
  }

  /** The end of a turn: what was only counted is told as well. */
  turned(): void {
    if (this.#dropped > 0) this.#soon();
  }

  #soon(): void {
    // What keeps the thread alive is its actors' business.
    this.#timer ??= setTimeout(() => this.send(), EVENTS_WAIT_MS).unref();
  }

  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0 && this.#dropped === 0) return;
    // The creating thread is stuck, or has more than it can read: how many it missed is told when it reads again.
    const isLate = isBehind(this.arena.i32, this.line.system);
    const events = isLate ? this.#events.filter(isLasting) : this.#events;
    const dropped = this.#dropped + this.#events.length - events.length;
    this.#events = [];
    this.#dropped = isLate ? dropped : 0;
    if (isLate) this.#soon();
    if (events.length === 0 && isLate) return;
    this.#tell(events, isLate ? 0 : dropped);
  }

  #tell(events: readonly FlowEvent[], dropped: number): void {
    const describing = (event: FlowEvent) =>
      event.kind === 'failed' ? { ...event, error: described(event.error) } : event;
    const isShown = this.line.show(
      { op: 'events', events, dropped },
      () => ({ op: 'events', events: events.map(describing), dropped }),
      () => ({ op: 'events', events: [], dropped: dropped + events.length }),
    );
    if (!isShown) this.#dropped += dropped + events.length;
  }
}

/** No actor sends two messages that are shown with one time: see {@link PostOffice.stampAnew}. */
const named = (sender: Address | undefined, micros: number): string => `${sender?.box ?? 0}:${micros}`;
