/**
 * Deaths to be died, in shared memory: the main thread issues tickets at random moments, and whichever
 * tokenizer comes by first takes one and ends its thread in the middle of its work. A flag in the batch would
 * not do: the batch is tried again after the death, and would kill again.
 */
export class KillTickets {
  readonly #words: Int32Array;

  /** @param buffer what `buffer` of the other thread's tickets is; a new one by default */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.#words = new Int32Array(buffer);
  }

  /** How many tickets were taken. */
  get taken(): number {
    return Atomics.load(this.#words, 1);
  }

  issue(): void {
    Atomics.add(this.#words, 0, 1);
  }

  /** True for one caller for each ticket. */
  take(): boolean {
    // Two threads may see the last ticket at once: only the one whose exchange succeeds has it.
    for (let left = Atomics.load(this.#words, 0); left > 0; left = Atomics.load(this.#words, 0)) {
      if (Atomics.compareExchange(this.#words, 0, left, left - 1) !== left) continue;
      Atomics.add(this.#words, 1, 1);
      return true;
    }
    return false;
  }
}

/** At which batch each of the kills is to happen: a list as long as there are kills, of batch numbers. */
export function killPlan(kills: number, batches: number, random: () => number = Math.random): number[] {
  return Array.from({ length: kills }, () => Math.floor(random() * batches));
}
