/** Questions that wait for an answer: asks, streams and requests to the system, by correlation number. */

import type { Address } from './envelope.js';
import { Limits } from './limits.js';
import type { Waiting } from './ref-world.js';

export interface Question {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whose answer is awaited: asks of a dead thread are rejected at once. */
  readonly target: Address;
  /** Where it is noted that its actor waits. */
  readonly waiting?: Waiting | undefined;
  /** What to do when the time is up; rejecting included. */
  readonly expire?: (() => void) | undefined;
}

export class Pending extends Limits<Question> {
  constructor() {
    super((question) => question.expire?.());
  }

  /** Rejects all that match. */
  rejectWhere(matches: (question: Question) => boolean, error: (question: Question) => unknown): void {
    for (const [correlation, question] of this) {
      if (!matches(question)) continue;
      this.close(correlation);
      question.reject(error(question));
    }
  }
}
