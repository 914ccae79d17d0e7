/**
 * `system.trace({ file })`: what flows, in a file that Perfetto and `chrome://tracing` open.
 *
 * The file is an array of events, one a line: what is written is readable without the bracket at its end, so that
 * the trace of a process that has died opens as well.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { FlowEvent, Trace, TraceReport } from '../messaging/reports.js';
import type { FlowHub } from './flow-hub.js';
import { TraceEvents } from './trace-events.js';
import type { TraceEvent } from './trace-lanes.js';

/** So much is written at once, in characters; and what there is after so many ms. */
const CHUNK = 1 << 16;
const WRITE_EVERY_MS = 100;
/** Threads tell of what has happened after some 10 ms. */
const SETTLE_MS = 30;

export class FlowTrace implements Trace {
  readonly #events: TraceEvents;
  readonly #stopListening: () => void;
  #file: number | undefined;
  #text = '[';
  #timer: NodeJS.Timeout | undefined;
  #error: unknown;
  #stopped: Promise<TraceReport> | undefined;
  #whenClosed: () => void = () => undefined;

  /** @param onEnd it has ended, with an error where the file could not be written */
  constructor(
    readonly file: string,
    system: string,
    hub: FlowHub,
    readonly onEnd: (error: unknown) => void,
  ) {
    this.#file = openSync(file, 'w');
    this.#events = new TraceEvents((event) => this.#put(event), system, Date.now(), threadId);
    this.#stopListening = hub.listen((events) => this.#add(events));
  }

  stop(): Promise<TraceReport> {
    this.#stopped ??= this.#settle();
    return this.#stopped;
  }

  async #settle(): Promise<TraceReport> {
    if (this.#file !== undefined) {
      const timer = setTimeout(() => this.close(), SETTLE_MS);
      // The end of the system closes it as well.
      await new Promise<void>((resolve) => {
        this.#whenClosed = resolve;
      });
      clearTimeout(timer);
    }
    if (this.#error !== undefined) throw this.#error;
    const { file } = this;
    const { messages, arrows, dropped } = this.#events;
    return { file, messages, arrows, dropped };
  }

  /** At once, with what has been told by now. */
  close(): void {
    if (this.#file === undefined) return;
    this.#stopListening();
    this.#events.end();
    this.#text += '\n]\n';
    this.#write();
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#timer);
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    this.#whenClosed();
    this.onEnd(this.#error);
  }

  #add(events: readonly FlowEvent[]): void {
    for (const event of events) this.#events.add(event);
    if (this.#text.length >= CHUNK) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), WRITE_EVERY_MS).unref();
  }

  #put(event: TraceEvent): void {
    this.#text += `${this.#text === '[' ? '\n' : ',\n'}${JSON.stringify(event)}`;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = '';
    if (this.#file === undefined) return;
    try {
      writeFileSync(this.#file, text);
    } catch (error) {
      // Half a trace, and a program that goes on, rather than an error out of nowhere.
      this.#error = error;
      this.#stopListening();
      this.#release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
