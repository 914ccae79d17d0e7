/**
 * What one thread tells another with actor after actor, and need not: it is told once, and goes by a number from then
 * on. Only the last ones do, so that neither side keeps what is not used any more: a number is given anew, and what goes
 * by it told again.
 *
 * ```ts
 * const news = telling.tell(recipe);                   // the number, and the recipe itself if it is told first
 * const recipe = heard(told, news);                    // in the other thread, which reads them in order
 * ```
 */

/** So many go by a number at a time. */
const KEPT = 64;

export interface News<T> {
  readonly number: number;
  /** The thing itself, when it is told first. */
  readonly first: T | undefined;
}

export class Telling<T extends object> {
  readonly #numbers = new Map<T, number>();
  readonly #values: (T | undefined)[] = new Array(KEPT).fill(undefined);
  #next = 0;

  /** Its number, and whether it has to be told along. */
  tell(value: T): News<T> {
    const known = this.#numbers.get(value);
    if (known !== undefined) return { number: known, first: undefined };
    const number = this.#next;
    this.#next = (number + 1) % KEPT;
    this.#forget(number);
    this.#values[number] = value;
    this.#numbers.set(value, number);
    return { number, first: value };
  }

  /** What was to be told along could not be said. */
  unsaid({ number, first }: News<T>): void {
    if (first !== undefined && this.#values[number] === first) this.#forget(number);
  }

  #forget(number: number): void {
    const old = this.#values[number];
    if (old !== undefined) this.#numbers.delete(old);
    this.#values[number] = undefined;
  }
}

/** The other end: what is meant. */
export function heard<T>(told: T[], { number, first }: News<T>): T {
  if (first !== undefined) told[number] = first;
  return told[number] as T;
}
