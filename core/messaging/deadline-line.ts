/**
 * Questions with one time limit, in the order of their deadlines: a ring of numbers. As objects in an array they outlived
 * the young generation, and were a quarter of all time of a thread that asks.
 */
const FIRST_CAPACITY = 256;

export class DeadlineLine {
  #correlations = new Int32Array(FIRST_CAPACITY);
  #deadlines = new Float64Array(FIRST_CAPACITY);
  #head = 0;
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** The question whose time is up first, and when. */
  get first(): number {
    return this.#correlations[this.#head];
  }
  get firstDeadline(): number {
    return this.#deadlines[this.#head];
  }

  add(correlation: number, deadline: number): void {
    if (this.#length === this.#correlations.length) this.#grow();
    const at = (this.#head + this.#length++) & (this.#correlations.length - 1);
    this.#correlations[at] = correlation;
    this.#deadlines[at] = deadline;
  }

  removeFirst(): void {
    this.#head = (this.#head + 1) & (this.#correlations.length - 1);
    this.#length--;
  }

  #grow(): void {
    const { length } = this.#correlations;
    const correlations = new Int32Array(length * 2);
    const deadlines = new Float64Array(length * 2);
    const older = length - this.#head;
    correlations.set(this.#correlations.subarray(this.#head));
    correlations.set(this.#correlations.subarray(0, this.#head), older);
    deadlines.set(this.#deadlines.subarray(this.#head));
    deadlines.set(this.#deadlines.subarray(0, this.#head), older);
    this.#correlations = correlations;
    this.#deadlines = deadlines;
    this.#head = 0;
  }
}
