/** Places in a thread's ready set. Those given back are taken first, so that the set grows with those in use alone. */
export class Places {
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
  give(place: number): void {
    this.#free.push(place);
  }
}
