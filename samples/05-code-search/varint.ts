import { withRoom } from './growable.js';

/** Unsigned numbers, seven bits a byte, low bits first: small numbers, which postings are full of, take one byte. */
export class VarintWriter {
  #bytes = new Uint8Array(1 << 20);
  #at = 0;

  /** How many bytes have been written. */
  get length(): number {
    return this.#at;
  }

  write(value: number): void {
    if (this.#at + 5 > this.#bytes.length) this.#bytes = withRoom(this.#bytes, this.#at + 5);
    while (value > 0x7f) {
      this.#bytes[this.#at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.#bytes[this.#at++] = value;
  }

  /** The bytes written since the last call; the memory is used again. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return taken;
  }
}

/** Reads what VarintWriter wrote. */
export class VarintReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /** Goes to the numbers at `start` up to `end`. */
  seek(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  read(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}
