/** Which bits of a thread's ready set are taken. Those given back go first, so that the set grows no larger than it must. */
export class ReadyBits {
  readonly #free: number[] = [];
  #next: number;

  /** @param first those below are the thread's own */
  constructor(first: number) {
    this.#next = first;
  }

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  /** To be called once for each that was taken. */
  give(bit: number): void {
    this.#free.push(bit);
  }
}
