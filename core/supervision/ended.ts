/**
 * Reports of actors that have ended, the last ones: for late joins, and for the report of a shutdown.
 *
 * A ring, and chains of places in it by box. Not a Map: one whose entries come and go is copied every few thousand, and
 * is too old by then for the collector to take the copies lightly.
 */
import type { Address } from '../messaging/envelope.js';
import type { ExitReport, LastMessage } from '../messaging/reports.js';

const KEPT = 10_000;
/** So many of them with their last messages. */
const KEPT_IN_FULL = 1000;
const CHAINS = 1 << 13;
const NOWHERE = -1;

export class Ended implements Iterable<ExitReport> {
  readonly #reports: ExitReport[] = [];
  /** Whose, by place. */
  readonly #boxes = new Int32Array(KEPT);
  readonly #generations = new Int32Array(KEPT);
  /** By box: the place that was filled last, and by place the one filled before. */
  readonly #chains = new Int32Array(CHAINS).fill(NOWHERE);
  readonly #before = new Int32Array(KEPT);
  /** How many there ever were: the number of the next one, whose place it says. */
  #count = 0;
  /** Last messages, and by place where those of a report are; others may have come there since. */
  readonly #messages: (readonly LastMessage[])[] = [];
  readonly #owners = new Float64Array(KEPT_IN_FULL).fill(NOWHERE);
  readonly #messagesAt = new Int16Array(KEPT);
  #nextMessages = 0;

  /** It has ended last. */
  add({ box, generation }: Address, report: ExitReport): void {
    const place = this.#count % KEPT;
    if (this.#count >= KEPT) this.#unchain(place);
    const chain = chainOf(box);
    this.#boxes[place] = box;
    this.#generations[place] = generation;
    this.#before[place] = this.#chains[chain];
    this.#chains[chain] = place;
    this.#reports[place] = this.#shortened(report, place);
    this.#count++;
  }

  get({ box, generation }: Address): ExitReport | undefined {
    for (let at = this.#chains[chainOf(box)]; at !== NOWHERE; at = this.#before[at]) {
      if (this.#boxes[at] === box && this.#generations[at] === generation) return this.#report(at);
    }
    return undefined;
  }

  /** In the order of their ends. */
  *[Symbol.iterator](): Generator<ExitReport> {
    for (let number = Math.max(0, this.#count - KEPT); number < this.#count; number++) {
      yield this.#report(number % KEPT);
    }
  }

  /** The oldest one is the last of its chain. */
  #unchain(place: number): void {
    const chain = chainOf(this.#boxes[place]);
    let at = this.#chains[chain];
    if (at === place) {
      this.#chains[chain] = NOWHERE;
      return;
    }
    while (this.#before[at] !== place) at = this.#before[at];
    this.#before[at] = NOWHERE;
  }

  /** Without what is kept of fewer. */
  #shortened(report: ExitReport, place: number): ExitReport {
    if (report.lastMessages.length === 0) return report;
    const at = this.#nextMessages;
    this.#nextMessages = (at + 1) % KEPT_IN_FULL;
    this.#messages[at] = report.lastMessages;
    this.#owners[at] = this.#count;
    this.#messagesAt[place] = at;
    const { path, reason, processed, leftover, restarts } = report;
    return { path, reason, processed, leftover, restarts, lastMessages: [] };
  }

  #report(place: number): ExitReport {
    const report = this.#reports[place];
    const at = this.#messagesAt[place];
    const number = this.#owners[at];
    if (number <= this.#count - 1 - KEPT || number % KEPT !== place) return report;
    return { ...report, lastMessages: this.#messages[at] };
  }
}

const chainOf = (box: number): number => (Math.imul(box, 0x9e3779b1) >>> 0) % CHAINS;
