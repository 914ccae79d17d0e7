/** Values to words and back, for items of shared queues. */
export interface ItemCodec {
  /** How many words the value takes; they are {@link words} until the next call. */
  encode(value: unknown): number;
  readonly words: Int32Array;
  /** The value whose words lie in the arena from `start` on. */
  decode(start: number, size: number): unknown;
}
