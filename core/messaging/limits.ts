/**
 * Things that wait, by number, each for so long at most.
 *
 * Limits of one length lie in one queue, so that a thread needs one timer for thousands of them.
 */
import { MAX_TIMER_MS } from '../memory/later.js';
import { monotonicMs } from '../memory/monotonic.js';
import { DeadlineLine } from './deadline-line.js';
import { Numbered } from './numbered.js';

export class Limits<T> {
  readonly #waiting = new Numbered<T>();
  /** By the length of the limit. */
  readonly #lines = new Map<number, DeadlineLine>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param expire what to do with one whose time is up; it waits no more */
  constructor(readonly expire: (value: T) => void) {}

  get size(): number {
    return this.#waiting.size;
  }

  /** With a finite limit (ms) from `now` on, as {@link monotonicMs} has it, it expires. @returns its number, never 0 */
  open(value: T, ms: number, now = monotonicMs()): number {
    const number = this.#waiting.add(value);
    if (Number.isFinite(ms)) this.#limit(number, ms, now);
    return number;
  }

  /** Takes one out. @returns undefined when it has expired, or was taken out before */
  close(number: number): T | undefined {
    return this.#waiting.take(number);
  }

  peek(number: number): T | undefined {
    return this.#waiting.get(number);
  }

  /** All that wait now. */
  [Symbol.iterator](): Generator<[number, T]> {
    return this.#waiting[Symbol.iterator]();
  }

  #limit(number: number, ms: number, now: number): void {
    let line = this.#lines.get(ms);
    if (line === undefined) {
      line = new DeadlineLine();
      this.#lines.set(ms, line);
    }
    const at = now + ms;
    // Those that wait no more: else each would be kept for as long as it might have taken.
    while (!line.isEmpty && this.#waiting.get(line.first) === undefined) line.removeFirst();
    line.add(number, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const wait = Math.min(Math.max(Math.ceil(at - monotonicMs()), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#expire(), wait);
    // The system's own handle keeps the process alive, not this.
    this.#timer.unref();
  }

  #expire(): void {
    const now = monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const [ms, line] of this.#lines) {
      while (!line.isEmpty) {
        const number = line.first;
        const value = this.#waiting.get(number);
        if (value !== undefined && line.firstDeadline > now) {
          next = Math.min(next, line.firstDeadline);
          break;
        }
        // Before it is told: it may wait anew.
        line.removeFirst();
        if (value === undefined) continue;
        this.#waiting.take(number);
        this.expire(value);
      }
      if (line.isEmpty) this.#lines.delete(ms);
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  /** No timer is left, until another one is to wait. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.size === 0) this.#lines.clear();
  }
}
