import { constants } from 'node:buffer';
import { CorruptRecordError } from '../../errors.js';
import { copyBytes } from '../../memory/copy.js';
import { Latin1Reader } from './strings.js';
import * as tag from './tags.js';

const double = new Float64Array(1);
const int64 = new BigInt64Array(double.buffer);
const halves = new Int32Array(double.buffer);

const FEW_BYTES = 64;
/** From here on memory is taken that is not filled with zeros first: a third of the time, measured with 16 kB and more. */
const MANY_BYTES = 4096;
const ofLength = (length: number): Uint8Array => new Uint8Array(length);

/** The words of a record, none read without a look at where it ends; and the values that are no objects. */
export class RecordReader {
  /** The next word to read. */
  position = 0;
  protected words: Int32Array = new Int32Array(0);
  protected end = 0;
  /** Words that are there, in both views. */
  #length = 0;
  #bytes = Buffer.from(this.words.buffer);
  #bytesFrom: Uint8Array = this.#bytes;
  /** The same, whose `slice` copies: that of a Buffer does not. */
  #plain = new Uint8Array(this.words.buffer);
  readonly #latin1 = new Latin1Reader();

  protected open(words: Int32Array, bytes: Uint8Array, start: number, end: number): void {
    // Mostly it is the arena, record after record.
    if (words !== this.words || bytes !== this.#bytesFrom) this.#lookInto(words, bytes);
    if (!(start >= 0 && start <= end && end <= this.#length)) {
      throw new CorruptRecordError(`a record from word ${start} to ${end} of ${words.length}`);
    }
    this.position = start;
    this.end = end;
  }

  #lookInto(words: Int32Array, bytes: Uint8Array): void {
    if (bytes !== this.#bytesFrom) {
      this.#bytesFrom = bytes;
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.words = words;
    // Divided, not shifted: 4 GiB has no 32 bits.
    this.#length = Math.min(words.length, Math.floor(bytes.length / 4));
  }

  /** Passes over so many words, and checks that they are there; the first one's position. */
  skip(words: number): number {
    const at = this.position;
    if (words > this.end - at) throw this.truncated();
    this.position = at + words;
    return at;
  }

  /** Passes over the next word if it is this one. */
  passes(word: number): boolean {
    if (this.position >= this.end || this.words[this.position] !== word) return false;
    this.position++;
    return true;
  }

  /** The count of a tag: its payload, or the next word. */
  long(payload: number): number {
    return payload === tag.LONG ? this.words[this.skip(1)] >>> 0 : payload;
  }

  /** A count of values, which need one word each at least: no memory is taken for more than can be there. */
  checked(count: number): number {
    if (count > this.end - this.position) throw this.truncated();
    return count;
  }

  double(): number {
    const at = this.skip(2);
    halves[0] = this.words[at];
    halves[1] = this.words[at + 1];
    return double[0];
  }

  /** Copies bytes out of the record, once they are known to be there. */
  bytes(length: number): Uint8Array {
    if (length <= FEW_BYTES) return this.byteCopy(length, ofLength);
    const at = this.skip(Math.ceil(length / 4)) * 4;
    // One call out of compiled code makes and fills it.
    if (length < MANY_BYTES) return this.#plain.slice(at, at + length);
    const copy = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    copyBytes(copy, 0, this.#plain.subarray(at, at + length));
    return copy;
  }

  /** Copies bytes out of the record, into what `create` makes once they are known to be there. */
  byteCopy(length: number, create: (length: number) => Uint8Array): Uint8Array {
    const at = this.skip(Math.ceil(length / 4)) * 4;
    const copy = create(length);
    // A loop for a few bytes: the view that `set` wants takes longer to make than they take to copy.
    if (length > FEW_BYTES) copyBytes(copy, 0, this.#bytes.subarray(at, at + length));
    else for (let i = 0; i < length; i++) copy[i] = this.#bytes[at + i];
    return copy;
  }

  protected bigint64(): bigint {
    this.double();
    return int64[0];
  }

  protected latin1(payload: number): string {
    const length = this.long(payload);
    const at = this.skip((length + 3) >>> 2);
    return this.#latin1.read(this.words, this.#bytes, at, checkedLength(length));
  }

  protected utf16(payload: number): string {
    const length = this.long(payload);
    const at = this.skip((length + 1) >>> 1) * 4;
    return this.#bytes.toString('utf16le', at, at + checkedLength(length) * 2);
  }

  protected truncated(): CorruptRecordError {
    return new CorruptRecordError(`a record that ends at word ${this.end}, in the middle of a value`);
  }
}

function checkedLength(length: number): number {
  if (length > constants.MAX_STRING_LENGTH) throw new CorruptRecordError(`a text of ${length} characters`);
  return length;
}
