type Growable = Int32Array | Uint32Array | Uint8Array;

/** Gives the array itself when it has room for `needed` elements, else a copy of at least twice the size. */
export function withRoom<T extends Growable>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, array.length * 2));
  larger.set(array);
  return larger;
}
