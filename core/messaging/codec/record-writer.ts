import { Refusal } from './refusal.js';
import { isLatin1, SHORT_STRING } from './strings.js';
import * as tag from './tags.js';

const INITIAL_WORDS = 1024;
/** A scratch that one huge message blew up is given back when the next one needs less. */
const KEPT_WORDS = 1 << 18;
const LARGEST_WORDS = 1 << 29;

const double = new Float64Array(1);
const int64 = new BigInt64Array(double.buffer);
const halves = new Int32Array(double.buffer);

/**
 * Where a record is built, and the values that are no objects. That is the place where the record is to lie, if
 * the caller has one ({@link RecordWriter.rewindTo}), or a scratch; a record that outgrows its place moves to the
 * scratch. So positions count from the record's beginning, and are the same in both.
 */
export class RecordWriter {
  /** What is written into, as words and as bytes. Replaced when the record moves: read it again after each call. */
  words: Int32Array;
  bytes: Buffer;
  /** Index of the record's first word. */
  base = 0;
  /** The next free word, and the end of the place, counted from {@link base}. */
  position = 0;
  #limit = INITIAL_WORDS;
  #scratch = new Int32Array(INITIAL_WORDS);
  #scratchBytes = Buffer.from(this.#scratch.buffer);

  constructor() {
    this.words = this.#scratch;
    this.bytes = this.#scratchBytes;
  }

  /** Takes this many words, whatever they hold; their first position. */
  reserve(words: number): number {
    const start = this.position;
    if (start + words > this.#limit) this.#grow(words);
    this.position = start + words;
    return start;
  }

  word(word: number): void {
    if (this.position >= this.#limit) this.#grow(1);
    this.words[this.base + this.position++] = word;
  }

  /** A tag with a count, which takes a word of its own when it is large. */
  counted(kind: number, count: number): void {
    if (count < tag.LONG) {
      this.word((count << 8) | kind);
    } else {
      if (count > 0xffffffff) throw new Refusal(undefined, `${count} units are too many for one message`);
      this.word((tag.LONG << 8) | kind);
      this.word(count | 0);
    }
  }

  double(kind: number, value: number): void {
    const start = this.reserve(3);
    const at = this.base + start;
    const words = this.words;
    double[0] = value;
    words[at] = kind;
    words[at + 1] = halves[0];
    words[at + 2] = halves[1];
  }

  number(value: number): void {
    const doubled = (value | 0) << 1;
    if (doubled >> 1 === value && (value !== 0 || 1 / value > 0)) this.word(doubled);
    else this.double(tag.DOUBLE, value);
  }

  bigint(value: bigint): void {
    int64[0] = value;
    if (int64[0] === value) {
      const start = this.reserve(3);
      const at = this.base + start;
      this.words[at] = tag.BIGINT64;
      this.words[at + 1] = halves[0];
      this.words[at + 2] = halves[1];
    } else {
      this.word(value < 0n ? (1 << 8) | tag.BIGINT_HEX : tag.BIGINT_HEX);
      this.string((value < 0n ? -value : value).toString(16));
    }
  }

  string(value: string): void {
    const length = value.length;
    if (length > SHORT_STRING || !this.#shortString(value, length)) this.#longString(value);
  }

  /** One character after the other; false, and nothing written, when one does not fit into a byte. */
  #shortString(value: string, length: number): boolean {
    if (this.position + 1 + SHORT_STRING / 4 > this.#limit) this.#grow(1 + SHORT_STRING / 4);
    const words = this.words;
    const head = this.base + this.position;
    let at = head + 1;
    let all = 0;
    let word = 0;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      all |= unit;
      word |= unit << ((i & 3) << 3);
      if ((i & 3) === 3) {
        words[at++] = word;
        word = 0;
      }
    }
    if (all > 0xff) return false;
    if ((length & 3) !== 0) words[at++] = word;
    words[head] = (length << 8) | tag.LATIN1;
    this.position = at - this.base;
    return true;
  }

  #longString(value: string): void {
    const narrow = isLatin1(value);
    this.counted(narrow ? tag.LATIN1 : tag.UTF16, value.length);
    const byteLength = narrow ? value.length : value.length * 2;
    const at = this.reserveBytes(byteLength);
    this.bytes.write(value, at, byteLength, narrow ? 'latin1' : 'utf16le');
  }

  /** Takes words for so many bytes, the last one padded with zeros; the index of the first byte. */
  reserveBytes(length: number): number {
    const count = Math.ceil(length / 4);
    const start = this.reserve(count);
    const at = this.base + start;
    if (count > 0) this.words[at + count - 1] = 0;
    return at * 4;
  }

  /** Whether the record outgrew the place it was begun in. */
  get moved(): boolean {
    return this.words === this.#scratch;
  }

  /** Begins a record in the scratch, which is of usual size then. */
  protected rewind(): void {
    if (this.#scratch.length > KEPT_WORDS && this.position < KEPT_WORDS) this.#replaceScratch(KEPT_WORDS);
    this.words = this.#scratch;
    this.bytes = this.#scratchBytes;
    this.base = 0;
    this.position = 0;
    this.#limit = this.#scratch.length;
  }

  /**
   * Begins a record in its place: `room` words from `base` on, which it has at least for its header. Both views begin at
   * the same byte.
   */
  protected rewindTo(words: Int32Array, bytes: Buffer, base: number, room: number, header: number): void {
    // Mostly the place of the record before.
    if (this.words !== words) {
      this.words = words;
      this.bytes = bytes;
    }
    this.base = base;
    this.position = header;
    this.#limit = room;
  }

  #grow(words: number): void {
    const needed = this.position + words;
    if (needed > LARGEST_WORDS) throw new Refusal(undefined, `it takes more than ${LARGEST_WORDS * 4} bytes`);
    const written = this.words.subarray(this.base, this.base + this.position);
    if (needed > this.#scratch.length || this.moved) {
      this.#replaceScratch(Math.min(LARGEST_WORDS, Math.max(needed, this.#scratch.length * 2)));
    }
    this.#scratch.set(written);
    this.words = this.#scratch;
    this.bytes = this.#scratchBytes;
    this.base = 0;
    this.#limit = this.#scratch.length;
  }

  #replaceScratch(length: number): void {
    this.#scratch = new Int32Array(length);
    this.#scratchBytes = Buffer.from(this.#scratch.buffer);
  }
}
