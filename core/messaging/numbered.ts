/**
 * Things that go by a number, which counts up. A number's place in the table follows from it; one whose place is taken
 * still is passed over.
 *
 * Not a Map: that makes a new table every hundred or so that come and go, and each of these keeps the next one alive,
 * with all that was in it, until all of memory is looked through.
 */
const FIRST_CAPACITY = 256;
/** As large as that it may stay when it is empty. */
const KEPT_CAPACITY = FIRST_CAPACITY * 16;

export class Numbered<T> {
  #numbers = new Int32Array(FIRST_CAPACITY);
  #values = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined);
  #next = 1;
  #size = 0;
  /** As many were in it at once since it was empty. */
  #most = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes it in. @returns its number: 1 to 2^31 - 1, none twice until all were used */
  add(value: T): number {
    if (this.#size * 2 >= this.#numbers.length) this.#grow();
    const mask = this.#numbers.length - 1;
    while (this.#values[this.#next & mask] !== undefined) this.#step();
    const number = this.#next;
    this.#numbers[number & mask] = number;
    this.#values[number & mask] = value;
    if (++this.#size > this.#most) this.#most = this.#size;
    this.#step();
    return number;
  }

  get(number: number): T | undefined {
    const at = number & (this.#numbers.length - 1);
    return this.#numbers[at] === number ? this.#values[at] : undefined;
  }

  /** Takes it out. */
  take(number: number): T | undefined {
    const value = this.get(number);
    if (value === undefined) return undefined;
    this.#values[number & (this.#numbers.length - 1)] = undefined;
    if (--this.#size === 0) this.#isEmpty();
    return value;
  }

  /** Gives back room that was not needed lately. At once it would be made again by each burst of questions. */
  #isEmpty(): void {
    const { length } = this.#numbers;
    if (length > KEPT_CAPACITY && this.#most * 8 < length) this.#resize(length / 2);
    this.#most = 0;
  }

  /** All that are in it now. */
  *[Symbol.iterator](): Generator<[number, T]> {
    for (const number of this.#numbers.slice()) {
      const value = number === 0 ? undefined : this.get(number);
      if (value !== undefined) yield [number, value];
    }
  }

  #step(): void {
    this.#next = (this.#next + 1) & 0x7fffffff || 1;
  }

  #grow(): void {
    this.#resize(this.#numbers.length * 2);
  }

  /** Numbers that had places of their own have them in a table twice as large. */
  #resize(capacity: number): void {
    const numbers = this.#numbers;
    const values = this.#values;
    this.#numbers = new Int32Array(capacity);
    this.#values = new Array<T | undefined>(capacity).fill(undefined);
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value === undefined) continue;
      const place = numbers[at] & (capacity - 1);
      this.#numbers[place] = numbers[at];
      this.#values[place] = value;
    }
  }
}
