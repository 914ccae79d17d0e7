/** Looks again until it fits. It gives up long after the spec has failed: else the process would stay. */
export async function eventually<T>(look: () => Promise<T> | T, fits: (value: T) => boolean): Promise<T> {
  const end = performance.now() + 60_000;
  for (;;) {
    const value = await look();
    if (fits(value)) return value;
    if (performance.now() > end) throw new Error(`It never fitted: ${fits}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
