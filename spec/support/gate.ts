/**
 * A gate that a handler waits at, in whichever thread: specs open it when they have seen what they wanted to see.
 */
export class Gate {
  /** What the handler is given. */
  readonly shared = new SharedArrayBuffer(8);
  readonly #words = new Int32Array(this.shared);

  /** Resolves once so many handlers stand at the gate, or have passed it. */
  async reached(count = 1): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.#words, 1);
      if (seen >= count) return;
      await Atomics.waitAsync(this.#words, 1, seen).value;
    }
  }

  get arrivals(): number {
    return Atomics.load(this.#words, 1);
  }

  open(): void {
    Atomics.store(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }
}

/** For handlers: says that it is here, and waits until the gate opens. */
export async function passGate(shared: SharedArrayBuffer): Promise<void> {
  const words = new Int32Array(shared);
  knock(shared);
  while (Atomics.load(words, 0) === 0) await Atomics.waitAsync(words, 0, 0).value;
}

/** Counts an arrival without waiting. */
export function knock(shared: SharedArrayBuffer): void {
  const words = new Int32Array(shared);
  Atomics.add(words, 1, 1);
  Atomics.notify(words, 1);
}
