/**
 * What the codec asks its surroundings for: things that it does not know itself. Called in the middle of a
 * record, so none of these may use the same encoder or decoder.
 */
export interface CodecHooks {
  /**
   * Refs, shared queues and the like, as a tag (24 bits) and a plain value that can be encoded; `taken` is what the
   * sender has to keep for the record, noted in {@link Encoder.taken}.
   * Called only for objects with a prototype that the codec does not know, and for plain ones without fields that can
   * be iterated; `undefined` for none of them.
   */
  encodeExtension(value: object): { tag: number; data: unknown; taken?: unknown } | undefined;
  /** The inverse of {@link encodeExtension}, in the receiving thread. */
  decodeExtension(tag: number, data: unknown): unknown;
  /** An error class by its name. Built-in classes and those of this package are known to the codec itself. */
  errorClass(name: string): (new (...args: never[]) => Error) | undefined;
}
