/** Looks again until it fits; mocha's time limit ends what never does. */
export async function eventually<T>(look: () => Promise<T> | T, fits: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (fits(value)) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
