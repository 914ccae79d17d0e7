/**
 * Questions that wait for an answer: asks, streams and requests to the system, by correlation number.
 *
 * Time limits of one length lie in one queue, so that a thread needs one timer for thousands of asks.
 */

import { MAX_TIMER_MS } from '../memory/later.js';
import type { Address } from './envelope.js';

export interface Question {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whose answer is awaited: asks of a dead thread are rejected at once. */
  readonly target: Address;
  /** What to do when the time is up; rejecting included. */
  readonly expire?: (() => void) | undefined;
}

interface Lane {
  readonly ms: number;
  /** Correlations and their deadlines, in order. */
  entries: { correlation: number; at: number }[];
  head: number;
}

const KEPT_ENTRIES = 1024;

export class Pending {
  readonly #questions = new Map<number, Question>();
  readonly #lanes = new Map<number, Lane>();
  #next = 1;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#questions.size;
  }

  /** Registers a question; with a finite limit (ms) it expires. */
  open(question: Question, timeoutMs: number): number {
    const correlation = this.#next;
    this.#next = (this.#next + 1) & 0x7fffffff || 1;
    this.#questions.set(correlation, question);
    if (Number.isFinite(timeoutMs)) this.#limit(correlation, timeoutMs);
    return correlation;
  }

  /** Takes a question out, to settle it. @returns undefined when its asker has given up, or has been answered */
  close(correlation: number): Question | undefined {
    const question = this.#questions.get(correlation);
    this.#questions.delete(correlation);
    return question;
  }

  peek(correlation: number): Question | undefined {
    return this.#questions.get(correlation);
  }

  /** Rejects all that match. */
  rejectWhere(matches: (question: Question) => boolean, error: (question: Question) => unknown): void {
    for (const [correlation, question] of this.#questions) {
      if (!matches(question)) continue;
      this.#questions.delete(correlation);
      question.reject(error(question));
    }
  }

  #limit(correlation: number, ms: number): void {
    let lane = this.#lanes.get(ms);
    if (lane === undefined) {
      lane = { ms, entries: [], head: 0 };
      this.#lanes.set(ms, lane);
    }
    const at = performance.now() + ms;
    this.#clear(lane);
    lane.entries.push({ correlation, at });
    if (at < this.#timerAt) this.#arm(at);
  }

  /** Takes those out that are answered: else each ask would be kept for as long as it might have taken. */
  #clear(lane: Lane): void {
    const { entries } = lane;
    while (lane.head < entries.length && !this.#questions.has(entries[lane.head].correlation)) lane.head++;
    if (lane.head < KEPT_ENTRIES || lane.head * 2 < entries.length) return;
    lane.entries = entries.slice(lane.head);
    lane.head = 0;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const wait = Math.min(Math.max(Math.ceil(at - performance.now()), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#expire(), wait);
    // The system's own handle keeps the process alive, not this.
    this.#timer.unref();
  }

  #expire(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [ms, lane] of this.#lanes) {
      while (lane.head < lane.entries.length) {
        const { correlation, at } = lane.entries[lane.head];
        const question = this.#questions.get(correlation);
        if (question !== undefined && at > now) {
          next = Math.min(next, at);
          break;
        }
        lane.head++;
        if (question !== undefined) {
          this.#questions.delete(correlation);
          question.expire?.();
        }
      }
      if (lane.head === lane.entries.length) this.#lanes.delete(ms);
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
