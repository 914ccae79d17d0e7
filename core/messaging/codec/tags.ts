/**
 * The words of a record. A record is a row of 32-bit words; the lowest bit says what a word is.
 *
 * ```text
 *   31                                      1   0
 *  +------------------------------------------+---+
 *  | a small integer, 31 bits, signed         | 0 |     no further words
 *  +------------------------------------------+---+
 *
 *   31                       8 7            1   0
 *  +--------------------------+--------------+---+
 *  | payload, 24 bits         | tag          | 1 |     what follows depends on the tag
 *  +--------------------------+--------------+---+
 * ```
 *
 * Where the payload is a count that does not fit, it is {@link LONG} and the count is the next word.
 * Every value is one word at least, so a count of values is checked against the words that are left.
 */

/** The number value 1. */
export const ONE = 1 << 1;

/** The payload that says: the count is in the next word. */
export const LONG = 0xffffff;

export const UNDEFINED = 0x01;
export const NULL = 0x03;
export const TRUE = 0x05;
export const FALSE = 0x07;
/** Two words: the bits of a double. */
export const DOUBLE = 0x09;
/** Payload: characters. One byte each, padded to words with zeros. */
export const LATIN1 = 0x0b;
/** Payload: UTF-16 units, lone surrogates included. Two bytes each, padded with zeros. */
export const UTF16 = 0x0d;
/** Payload: number of the shape. Its values, in the order of its keys. */
export const SHAPED = 0x0f;
/** Payload: properties. First all values, then all keys: the writer knows the shape only at its end. */
export const PAIRS = 0x11;
/** Payload: length. The elements. */
export const ARRAY = 0x13;
/**
 * Payload: elements in front of the first hole. These elements; then the length (a number value), a count
 * (a number value), and as many pairs of key (number or string value) and value.
 */
export const SPARSE_ARRAY = 0x15;
/** Payload: which object of this graph, counted in the order in which their writing began. */
export const BACK_REFERENCE = 0x17;
/** In front of a value with back references: the reader then has to keep the objects it makes. */
export const GRAPH = 0x19;
/** Two words: a signed 64-bit integer. */
export const BIGINT64 = 0x1b;
/** Payload: 1 when negative. A string of hexadecimal digits. */
export const BIGINT_HEX = 0x1d;
/** Two words: the time value as a double, NaN when invalid. */
export const DATE = 0x1f;
/** Two strings: source and flags. */
export const REGEXP = 0x21;
/** One primitive value. */
export const BOXED = 0x23;
/** Payload: entries. Key and value of each. */
export const MAP = 0x25;
/** Payload: members. */
export const SET = 0x27;
/** Payload: 1 when resizable. Byte length, [largest byte length], the bytes padded to words. */
export const ARRAY_BUFFER = 0x29;
/** A Buffer with bytes of its own. Byte length, the bytes padded to words. */
export const BUFFER = 0x2b;
/** Payload: index into {@link VIEW_KINDS}. Byte offset and length (number values), then the buffer. */
export const VIEW = 0x2d;
/** Payload: further properties. Class names, name, message, stack; key, enumerable, value of each. */
export const ERROR = 0x2f;
/** Payload: index into the attachments. */
export const ATTACHMENT = 0x31;
/** Payload: the tag that the hook gave. One value. */
export const EXTENSION = 0x33;

/** Names of the views, in the order of their numbers in a record: append only. */
export const VIEW_KINDS = [
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Buffer',
  'Float16Array',
] as const;
