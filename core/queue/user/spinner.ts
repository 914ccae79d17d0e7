/** Looking for some microseconds before a thread sleeps: to sleep and to be woken takes tens of them. */
import { isCrowded } from '../../memory/crowd.js';
import { Looks } from '../../memory/looks.js';
import { backOff } from '../../memory/parking.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

/** The most take some 30 µs. */
const MOST_LOOKS = 96;
const FEWEST_LOOKS = 4;
/** Who has slept no longer than this, in milliseconds, had better have looked on. */
const SHORT_SLEEP_MS = 0.15;

export class Spinner {
  readonly #looks = new Looks(MOST_LOOKS, FEWEST_LOOKS, SHORT_SLEEP_MS);

  constructor(readonly i32: Int32Array) {}

  /**
   * Tries as soon as a look says that it may succeed.
   * @param isReady a look that takes no lock
   */
  until<T>(isReady: () => boolean, attempt: () => Outcome<T>): Outcome<T> {
    for (let look = 0; look < this.#looks.count; look++) {
      backOff(look);
      if (!isReady()) continue;
      const outcome = attempt();
      if (outcome !== NOT_YET && outcome !== BUSY) return outcome;
    }
    return NOT_YET;
  }

  /** It had to sleep after all, for so long. */
  slept(ms: number): void {
    // With others awake, looking on would have kept them from it.
    this.#looks.slept(isCrowded(this.i32) ? Number.POSITIVE_INFINITY : ms, MOST_LOOKS);
  }
}
