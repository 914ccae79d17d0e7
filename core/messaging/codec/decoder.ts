import { CorruptRecordError, TroupeError } from '../../errors.js';
import type { ShapeTable } from '../shape-table.js';
import { decodeSpecial } from './decode-special.js';
import type { CodecHooks } from './hooks.js';
import { RecordReader } from './record-reader.js';
import { defineField, type Shape } from './shape.js';
import * as tag from './tags.js';

/** A hole of more than this is kept without memory for what is not there. */
const LARGEST_GAP = 1024;
const PENDING = Symbol('pending');

/**
 * Bytes to values. Trusts nothing that it reads: a record that was cut off or changed gives a
 * CorruptRecordError, whatever it says about lengths and counts.
 *
 * @example
 * ```ts
 * decoder.begin(words, bytes, start, end, attachments);
 * const message = decoder.value();
 * ```
 */
export class Decoder extends RecordReader {
  readonly hooks: CodecHooks;
  readonly #shapes: ShapeTable;
  readonly #known: Shape[] = [];
  #attachments: readonly unknown[] | undefined = undefined;
  /** What was made so far of a value with back references, in order; undefined for all others. */
  #objects: unknown[] | undefined = undefined;

  constructor(shapes: ShapeTable, hooks: CodecHooks) {
    super();
    this.#shapes = shapes;
    this.hooks = hooks;
  }

  /** Where the record lies: `start` and `end` count words. Both views begin at the same byte. */
  begin(
    words: Int32Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    attachments: readonly unknown[] | undefined,
  ): void {
    this.open(words, bytes, start, end);
    this.#attachments = attachments;
  }

  /** @throws CorruptRecordError */
  value(): unknown {
    try {
      this.#openGraph();
      return this.read();
    } catch (error) {
      throw asCorrupt(error);
    } finally {
      this.#objects = undefined;
    }
  }

  /** Whether the argument list that comes next is of one value that refers to nothing before it: then {@link only} reads it. */
  isOne(): boolean {
    return this.position + 1 < this.end && this.words[this.position] === tag.ONE;
  }

  /** The one value of an argument list, without a list to hold it. @throws CorruptRecordError */
  only(): unknown {
    try {
      this.position++;
      return this.read();
    } catch (error) {
      throw asCorrupt(error);
    }
  }

  /** An argument list. @throws CorruptRecordError */
  values(): unknown[] {
    if (this.isOne()) return [this.only()];
    try {
      this.#openGraph();
      const count = this.count();
      const list: unknown[] = [];
      for (let i = 0; i < count; i++) list.push(this.read());
      return list;
    } catch (error) {
      throw asCorrupt(error);
    } finally {
      this.#objects = undefined;
    }
  }

  #openGraph(): void {
    if (this.position < this.end && this.words[this.position] === tag.GRAPH) {
      this.position++;
      this.#objects = [];
    }
  }

  /** Reads a value inside a value. */
  read(): unknown {
    const at = this.position;
    if (at >= this.end) throw this.truncated();
    const word = this.words[at];
    this.position = at + 1;
    if ((word & 1) === 0) return word >> 1;
    const payload = word >>> 8;
    switch (word & 0xff) {
      case tag.LATIN1:
        return this.latin1(payload);
      case tag.SHAPED:
        return this.#shaped(payload);
      case tag.ARRAY:
        return this.#array(payload);
      case tag.DOUBLE:
        return this.double();
      case tag.UNDEFINED:
        return undefined;
      case tag.NULL:
        return null;
      case tag.TRUE:
        return true;
      case tag.FALSE:
        return false;
      case tag.UTF16:
        return this.utf16(payload);
      case tag.PAIRS:
        return this.#pairs(payload);
      case tag.SPARSE_ARRAY:
        return this.#sparseArray(payload);
      case tag.BACK_REFERENCE:
        return this.#backReference(payload);
      case tag.BIGINT64:
        return this.bigint64();
      case tag.ATTACHMENT:
        return this.#attachment(payload);
      default:
        return decodeSpecial(this, word & 0xff, payload);
    }
  }

  /** As {@link read}, the commonest kinds without a call of it, which calls itself and so is never inlined. */
  field(): unknown {
    const at = this.position;
    if (at < this.end) {
      const word = this.words[at];
      if ((word & 1) === 0) {
        this.position = at + 1;
        return word >> 1;
      }
      if ((word & 0xff) === tag.LATIN1) {
        this.position = at + 1;
        return this.latin1(word >>> 8);
      }
    }
    return this.read();
  }

  /** Place for the next object, to be filled by {@link settle}; -1 when nothing refers back. */
  claim(): number {
    return this.#objects === undefined ? -1 : this.#objects.push(PENDING) - 1;
  }

  settle<T>(slot: number, object: T): T {
    if (slot >= 0) (this.#objects as unknown[])[slot] = object;
    return object;
  }

  count(): number {
    const count = this.size();
    return this.checked(count);
  }

  /** A whole number, not negative. */
  size(): number {
    const size = this.read();
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
      throw new CorruptRecordError('a wrong size');
    return size;
  }

  text(): string {
    const text = this.read();
    if (typeof text !== 'string') throw new CorruptRecordError('a value in place of a text');
    return text;
  }

  #shaped(id: number): object {
    const shape = this.#known[id] ?? (this.#known[id] = this.#shapes.shape(id));
    if (this.#objects === undefined) return shape.build(this);
    const object = this.settle(this.claim(), {});
    for (const key of shape.keys) defineField(object, key, this.read());
    return object;
  }

  #pairs(count: number): object {
    this.checked(count * 2);
    const object = this.settle(this.claim(), {});
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.read());
    for (let i = 0; i < count; i++) defineField(object, this.text(), values[i]);
    return object;
  }

  #array(payload: number): unknown[] {
    const length = this.checked(this.long(payload));
    const array: unknown[] = [];
    if (this.#objects !== undefined) this.settle(this.claim(), array);
    for (let i = 0; i < length; i++) array.push(this.read());
    return array;
  }

  #sparseArray(payload: number): unknown[] {
    const array = this.#array(payload);
    const length = this.size();
    if (length < array.length || length > 0xffffffff)
      throw new CorruptRecordError(`an array of length ${length}`);
    if (length - array.length > LARGEST_GAP) {
      // An element far behind the others makes the engine keep them in a table, not in a row.
      array[length - 1] = undefined;
      delete array[length - 1];
    }
    array.length = length;
    const count = this.count();
    for (let i = 0; i < count; i++) {
      const key = this.read();
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new CorruptRecordError('an array with a wrong key');
      if (key === 'length') throw new CorruptRecordError('an array with two lengths');
      defineField(array, String(key), this.read());
    }
    return array;
  }

  #backReference(payload: number): unknown {
    const objects = this.#objects ?? [];
    const index = this.long(payload);
    if (index >= objects.length || objects[index] === PENDING)
      throw new CorruptRecordError('a reference to no object');
    return objects[index];
  }

  #attachment(index: number): unknown {
    if (this.#attachments === undefined || index >= this.#attachments.length) {
      throw new CorruptRecordError(`attachment ${index} is missing`);
    }
    return this.settle(this.claim(), this.#attachments[index]);
  }
}

/** Wrong patterns, lengths and depths surface as the engine's own errors. */
function asCorrupt(error: unknown): unknown {
  if (error instanceof TroupeError) return error;
  const corrupt = new CorruptRecordError(error instanceof Error ? error.message : String(error));
  corrupt.cause = error;
  return corrupt;
}
