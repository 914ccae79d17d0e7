/** Calls again for what found no memory, or a lock that was not to be had. */

/** Until it is tried again, in ms: twice as long each time, for memory may be short for long. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 64;

export class TryAgain {
  #waitMs = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | undefined;

  /** @param call asks for another one by {@link soon}, as long as there is something left */
  constructor(readonly call: () => void) {}

  soon(): void {
    // What keeps the process alive is the system, not what it has to say.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
      this.call();
      if (this.#timer === undefined) this.#waitMs = FIRST_WAIT_MS;
    }, this.#waitMs).unref();
  }
}
