/** Up to here comparing one by one is quicker than a Map. */
const LINEAR = 12;

/** The objects of one record, in the order in which their writing began. */
export class SeenObjects {
  count = 0;
  /** True when one was found again. */
  referred = false;
  readonly #first: (object | undefined)[] = new Array<object | undefined>(LINEAR).fill(undefined);
  readonly #all = new Map<object, number>();

  /** The number of an object that was here before; otherwise takes it in and gives -1. */
  find(value: object): number {
    const count = this.count;
    const first = this.#first;
    if (count > LINEAR) return this.#findAmongMany(value);
    for (let i = 0; i < count; i++) {
      if (first[i] === value) {
        this.referred = true;
        return i;
      }
    }
    if (count === LINEAR) {
      for (let i = 0; i < LINEAR; i++) this.#all.set(first[i] as object, i);
      this.#all.set(value, count);
    } else {
      first[count] = value;
    }
    this.count = count + 1;
    return -1;
  }

  #findAmongMany(value: object): number {
    const found = this.#all.get(value);
    if (found !== undefined) {
      this.referred = true;
      return found;
    }
    this.#all.set(value, this.count++);
    return -1;
  }

  forgetFrom(count: number): void {
    if (this.count > LINEAR) {
      for (const [object, index] of this.#all) {
        if (index >= count) this.#all.delete(object);
      }
      // The first ones stay listed in both places, so that the shorter list can be used again.
      if (count <= LINEAR) this.#all.clear();
    }
    for (let i = count; i < Math.min(this.count, LINEAR); i++) this.#first[i] = undefined;
    this.count = Math.min(this.count, count);
  }

  /** Forgets everything, and holds on to nothing. */
  clear(): void {
    const used = Math.min(this.count, LINEAR);
    for (let i = 0; i < used; i++) this.#first[i] = undefined;
    if (this.count > LINEAR) this.#all.clear();
    this.count = 0;
    this.referred = false;
  }
}
