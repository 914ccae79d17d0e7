/** A loop for a few words, `set` for many, whose view takes longer to make: see producer.ts. */
const FEW_WORDS = 64;

/** Copies the first `size` words of `from` to a place in `to`. */
export function copyWords(from: Int32Array, size: number, to: Int32Array, at: number): void {
  if (size <= FEW_WORDS) for (let i = 0; i < size; i++) to[at + i] = from[i];
  else to.set(from.length === size ? from : from.subarray(0, size), at);
}
