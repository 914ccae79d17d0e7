/** Schedules what it is told to. */
import { Actor } from '../../../core/index.js';

export class Sleeper extends Actor {
  static module = import.meta.url;
  #woken = 0;

  sleep(ms: number): void {
    this.context.schedule.once(ms, () => {
      this.#woken++;
    });
  }

  woken(): number {
    return this.#woken;
  }
}
