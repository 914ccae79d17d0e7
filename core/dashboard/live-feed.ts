/**
 * What open pages are told: everything when they come, then twice a second what is different. Without a page nothing is
 * read, and the flow is not observed.
 */
import type { ServerResponse } from 'node:http';
import type { Subscription } from 'rxjs';
import type { ActorSystem } from '../index.js';
import { Happenings } from './happenings.js';
import type { LetterTray } from './letter-tray.js';
import { Readings } from './readings.js';
import type { Shown } from './shown.js';
import { Traffic } from './traffic.js';

const EVERY_MS = 500;
/** A reading of very many actors takes its time: the system's thread gives no more than a twentieth of its own. */
const SHARE = 20;

interface Page {
  readonly response: ServerResponse;
  /** It did not read, and has missed something: it is told everything next. */
  isBehind: boolean;
}

export class LiveFeed {
  readonly #pages = new Set<Page>();
  readonly #readings = new Readings();
  readonly #happenings: Happenings;
  #traffic = new Traffic();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #system: object = {};
  #costMs = 0;

  constructor(
    readonly system: ActorSystem,
    readonly letters: LetterTray,
    readonly shown: Shown,
    readonly everyMs: number = EVERY_MS,
  ) {
    this.#happenings = new Happenings(shown);
  }

  /** The response to a page's `/events`, whose head is written. */
  join(response: ServerResponse): void {
    if (this.#pages.size === 0) this.#begin();
    const page = { response, isBehind: false };
    this.#pages.add(page);
    this.#say(page, this.#everything());
    response.on('close', () => {
      this.#pages.delete(page);
      if (this.#pages.size === 0) this.#rest();
    });
  }

  /** Tells the pages that it was all. */
  close(): void {
    this.#rest();
    for (const { response } of this.#pages) response.end('event: end\ndata: {}\n\n');
    this.#pages.clear();
  }

  #begin(): void {
    this.#traffic = new Traffic();
    this.#subscription = this.system.flow$.subscribe((event) => {
      this.#traffic.see(event);
      this.#happenings.see(event);
    });
    this.#tick();
  }

  #rest(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    clearTimeout(this.#timer);
  }

  readonly #tick = (): void => {
    const begun = performance.now();
    const changes = this.#changes();
    const text = JSON.stringify(changes);
    let everything: string | undefined;
    for (const page of this.#pages) {
      if (page.response.writableNeedDrain) page.isBehind = true;
      else if (page.isBehind) this.#say(page, (everything ??= this.#everything()));
      else this.#say(page, text);
    }
    // Quickly down and slowly up: that this thread was held up once is no cost of a reading.
    this.#costMs = Math.min(performance.now() - begun, 1.2 * this.#costMs + 1);
    this.#timer = setTimeout(this.#tick, Math.max(this.everyMs, SHARE * this.#costMs)).unref();
  };

  #say(page: Page, text: string): void {
    page.isBehind = false;
    page.response.write(`data: ${text}\n\n`);
  }

  #everything(): string {
    return JSON.stringify({
      isAll: true,
      system: this.#system,
      actors: this.#readings.all(),
      edges: this.#traffic.allEdges(),
      slowest: this.#traffic.slowest(),
      happenings: this.#happenings.all(),
      letters: this.letters.all(),
    });
  }

  #changes(): object {
    const metrics = this.system.metrics();
    const { actors, gone } = this.#readings.take(metrics);
    const { time, arena, threads, deadLetters, lateAnswers } = metrics;
    const { totals } = this.#readings;
    const { missed } = this.#traffic;
    const { name } = this.system;
    const { payloads } = this.shown;
    const health = this.system.health();
    this.#system = { name, payloads, time, arena, threads, deadLetters, lateAnswers, totals, missed, health };
    return {
      system: this.#system,
      actors,
      gone,
      edges: this.#traffic.changedEdges(),
      slowest: this.#traffic.slowest(),
      happenings: this.#happenings.changes(),
      ...this.letters.changes(),
    };
  }
}
