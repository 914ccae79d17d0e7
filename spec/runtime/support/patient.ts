import { Actor, type ActorRef } from '../../../core/index.js';

/** Longer than a turn, for as many messages as there are. */
const WORK_MS = 0.02;

/** Awaits with each message what is there at once, and sees when a timer of its thread had its turn. */
export class Patient extends Actor {
  static module = import.meta.url;
  #handled = 0;
  #rung = -1;

  arm(): void {
    setTimeout(() => {
      this.#rung = this.#handled;
    });
  }

  async work(): Promise<void> {
    for (const end = performance.now() + WORK_MS; performance.now() < end; );
    await undefined;
    this.#handled++;
  }

  /** Asks another one so many times to work. */
  async rally(other: ActorRef<Patient>, times: number): Promise<number> {
    for (; this.#handled < times; this.#handled++) {
      // Once the first have been compiled, and nothing but the two is under way.
      if (this.#handled === 100) this.arm();
      await other.ask.work();
    }
    return this.#rung;
  }

  /** How many messages had been handled then; -1 if the timer has not had its turn. */
  whenRung(): number {
    return this.#rung;
  }
}
