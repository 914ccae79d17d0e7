/**
 * Questions that wait for an answer: asks, streams and requests to the system, by correlation number.
 *
 * Time limits of one length lie in one queue, so that a thread needs one timer for thousands of asks.
 */

import { MAX_TIMER_MS } from '../memory/later.js';
import { DeadlineLine } from './deadline-line.js';
import type { Address } from './envelope.js';
import { Numbered } from './numbered.js';

export interface Question {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whose answer is awaited: asks of a dead thread are rejected at once. */
  readonly target: Address;
  /** What to do when the time is up; rejecting included. */
  readonly expire?: (() => void) | undefined;
}

export class Pending {
  readonly #questions = new Numbered<Question>();
  /** By the length of the limit. */
  readonly #lines = new Map<number, DeadlineLine>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#questions.size;
  }

  /** Registers a question; with a finite limit (ms) from `now` on, as `performance.now` has it, it expires. */
  open(question: Question, timeoutMs: number, now = performance.now()): number {
    const correlation = this.#questions.add(question);
    if (Number.isFinite(timeoutMs)) this.#limit(correlation, timeoutMs, now);
    return correlation;
  }

  /** Takes a question out, to settle it. @returns undefined when its asker has given up, or has been answered */
  close(correlation: number): Question | undefined {
    return this.#questions.take(correlation);
  }

  peek(correlation: number): Question | undefined {
    return this.#questions.get(correlation);
  }

  /** Rejects all that match. */
  rejectWhere(matches: (question: Question) => boolean, error: (question: Question) => unknown): void {
    for (const [correlation, question] of this.#questions) {
      if (!matches(question)) continue;
      this.#questions.take(correlation);
      question.reject(error(question));
    }
  }

  #limit(correlation: number, ms: number, now: number): void {
    let line = this.#lines.get(ms);
    if (line === undefined) {
      line = new DeadlineLine();
      this.#lines.set(ms, line);
    }
    const at = now + ms;
    // Those that are answered: else each ask would be kept for as long as it might have taken.
    while (!line.isEmpty && this.#questions.get(line.first) === undefined) line.removeFirst();
    line.add(correlation, at);
    if (at < this.#timerAt) this.#arm(at);
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
    for (const [ms, line] of this.#lines) {
      while (!line.isEmpty) {
        const correlation = line.first;
        const question = this.#questions.get(correlation);
        if (question !== undefined && line.firstDeadline > now) {
          next = Math.min(next, line.firstDeadline);
          break;
        }
        // Before it is told: it may ask anew.
        line.removeFirst();
        if (question === undefined) continue;
        this.#questions.take(correlation);
        question.expire?.();
      }
      if (line.isEmpty) this.#lines.delete(ms);
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
