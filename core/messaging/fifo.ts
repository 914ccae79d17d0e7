/** First in, first out, at the same cost however many there are: an array's `shift` moves all that is left. */
const SPENT = 1024;

export class Fifo<T> {
  readonly #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  /** The oldest; only when there is one. */
  shift(): T {
    const items = this.#items;
    const item = items[this.#head] as T;
    items[this.#head++] = undefined;
    if (this.#head === this.#tail) this.#restart();
    else if (this.#head >= SPENT && this.#head * 2 >= this.#tail) {
      items.splice(0, this.#head);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** Empty. What it had room for is kept, unless it was much: most that are emptied are filled at once again. */
  #restart(): void {
    this.#head = this.#tail = 0;
    if (this.#items.length > SPENT) this.#items.length = 0;
  }

  clear(): void {
    this.#items.length = 0;
    this.#head = this.#tail = 0;
  }
}
