/** Looking for some microseconds before a thread sleeps: to sleep and to be woken takes tens of them. */
import { backOff } from '../../memory/parking.js';
import { BUSY, NOT_YET, type Outcome } from './waits.js';

/** The most take some 30 µs. */
const MOST_LOOKS = 96;
const FEWEST_LOOKS = 4;

export class Spinner {
  #looks = MOST_LOOKS;

  /**
   * Tries as soon as a look says that it may succeed.
   * @param isReady a look that takes no lock
   */
  until<T>(isReady: () => boolean, attempt: () => Outcome<T>): Outcome<T> {
    for (let look = 0; look < this.#looks; look++) {
      backOff(look);
      if (!isReady()) continue;
      const outcome = attempt();
      if (outcome === NOT_YET || outcome === BUSY) continue;
      this.#looks = Math.min(MOST_LOOKS, this.#looks * 2);
      return outcome;
    }
    // Who looks in vain, as where threads are more than cores, looks less often.
    this.#looks = Math.max(FEWEST_LOOKS, this.#looks >> 1);
    return NOT_YET;
  }
}
