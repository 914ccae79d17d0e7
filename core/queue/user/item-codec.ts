/** Values to words and back, for items of shared queues. */
export interface ItemCodec {
  /** The words of the value: valid until the next call. */
  encode(value: unknown): { readonly words: Int32Array; readonly size: number };
  /** The value whose words lie in the arena from `start` on. */
  decode(start: number, size: number): unknown;
}
