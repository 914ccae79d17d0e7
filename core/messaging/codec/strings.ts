/** Up to this length strings are written by a loop: a native call takes longer. */
export const SHORT_STRING = 24;
/** Strings of up to this many words are looked up among those read before. */
const CACHED_WORDS = 4;
const CACHED_LENGTH = CACHED_WORDS * 4;
const SLOT_BITS = 10;

/** True when every unit fits into a byte. Takes no time for strings that the engine keeps in bytes. */
export function isLatin1(text: string): boolean {
  return !/[\u0100-\uffff]/.test(text);
}

/**
 * Reads strings of one byte a character. Short ones are found again without a native call, when their words
 * are those of a string read before: the values of enumerations, ids of things that come often.
 */
export class Latin1Reader {
  readonly #texts: string[] = new Array<string>(1 << SLOT_BITS).fill('');
  readonly #lengths = new Int32Array(1 << SLOT_BITS);
  readonly #words = new Int32Array(CACHED_WORDS << SLOT_BITS);

  /** The string at word `at`; the caller has checked that its words are there. */
  read(words: Int32Array, bytes: Buffer, at: number, length: number): string {
    if (length > CACHED_LENGTH) return bytes.toString('latin1', at << 2, (at << 2) + length);
    if (length === 0) return '';
    const slot = this.#slot(words, at, length);
    if (this.#lengths[slot] === length && this.#matches(slot, words, at, length)) return this.#texts[slot];
    return this.#remember(slot, words, bytes, at, length);
  }

  #slot(words: Int32Array, at: number, length: number): number {
    let hash = length;
    for (let end = at + ((length + 3) >> 2); at < end; at++) {
      hash = Math.imul(hash ^ words[at], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, 0x85ebca6b) >>> (32 - SLOT_BITS)) | 0;
  }

  #matches(slot: number, words: Int32Array, at: number, length: number): boolean {
    const own = this.#words;
    let i = slot * CACHED_WORDS;
    for (let end = at + ((length + 3) >> 2); at < end; at++, i++) {
      if (own[i] !== words[at]) return false;
    }
    return true;
  }

  #remember(slot: number, words: Int32Array, bytes: Buffer, at: number, length: number): string {
    const text = bytes.toString('latin1', at << 2, (at << 2) + length);
    const count = (length + 3) >> 2;
    for (let i = 0; i < count; i++) this.#words[slot * CACHED_WORDS + i] = words[at + i];
    this.#lengths[slot] = length;
    this.#texts[slot] = text;
    return text;
  }
}
