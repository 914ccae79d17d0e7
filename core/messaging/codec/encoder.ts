import type { ShapeTable } from '../shape-table.js';
import { encodeSpecial } from './encode-special.js';
import type { CodecHooks } from './hooks.js';
import { FUNCTION_REASON, Refusal, SYMBOL_REASON } from './refusal.js';
import { explained } from './refusal-path.js';
import { SeenObjects } from './seen.js';
import { isLatin1, SHORT_STRING } from './strings.js';
import * as tag from './tags.js';
import { type Transition, TransitionTree } from './transitions.js';

const INITIAL_WORDS = 1024;
/** A scratch that one huge message blew up is given back when the next one needs less. */
const KEPT_WORDS = 1 << 18;
const LARGEST_WORDS = 1 << 29;
/** Deeper than this the receiver might have no stack left to read it. */
const MAX_DEPTH = 1500;

const double = new Float64Array(1);
const int64 = new BigInt64Array(double.buffer);
const halves = new Int32Array(double.buffer);
const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Values to bytes. Builds one record after another in a scratch of its own, from where they are copied.
 *
 * @example
 * ```ts
 * encoder.begin();
 * encoder.value({ type: 'inc', n: 1 });
 * arena.set(encoder.words.subarray(0, encoder.position), at);
 * ```
 */
export class Encoder {
  /** The scratch, as words and as bytes. Replaced when it grows: read it again after each call. */
  words = new Int32Array(INITIAL_WORDS);
  bytes = Buffer.from(this.words.buffer);
  /** The next free word. */
  position = 0;
  /** What travels beside the record: transferred objects and shared memory. The record holds their index. */
  attachments: unknown[] = [];
  /** True when an object occurred more than once in this record. */
  hasBackReferences = false;

  readonly hooks: CodecHooks;
  readonly #tree: TransitionTree;
  readonly #seen = new SeenObjects();
  #depth = 0;
  #busy = false;

  constructor(shapes: ShapeTable, hooks: CodecHooks) {
    this.hooks = hooks;
    this.#tree = new TransitionTree(shapes);
  }

  /** Begins a record. The objects of `transfer` are not copied, but become the first attachments. */
  begin(transfer?: readonly unknown[]): void {
    if (this.#busy) {
      throw explained(new Refusal(undefined, 'its getter sent a message of its own'), undefined, 'value');
    }
    if (this.words.length > KEPT_WORDS && this.position < KEPT_WORDS) this.#replace(KEPT_WORDS);
    this.position = 0;
    this.hasBackReferences = false;
    if (transfer !== undefined) this.attachments = [...transfer];
    else if (this.attachments.length > 0) this.attachments = [];
  }

  /** Takes this many words, whatever they hold; their first position. */
  reserve(words: number): number {
    const start = this.position;
    if (start + words > this.words.length) this.#grow(words);
    this.position = start + words;
    return start;
  }

  /**
   * Appends one value. Objects that occur twice in it arrive as one.
   *
   * @param root - how a path in an error begins
   * @throws MessageNotSerializableError with the path to what cannot travel
   */
  value(value: unknown, root = 'value'): void {
    this.#whole(value, root, false);
  }

  /** Appends an argument list. Paths in errors begin with `args[i]`. */
  values(list: readonly unknown[]): void {
    this.#whole(list, 'args', true);
  }

  #whole(value: unknown, root: string, isList: boolean): void {
    const start = this.position;
    this.#busy = true;
    try {
      if (isList) this.#list(value as readonly unknown[]);
      else this.write(value);
    } catch (error) {
      this.position = start;
      throw explained(error, value, root);
    } finally {
      this.#busy = false;
      this.#depth = 0;
      if (this.#seen.count > 0) this.#endGraph(start);
    }
  }

  #list(list: readonly unknown[]): void {
    this.write(list.length);
    for (let i = 0; i < list.length; i++) this.write(list[i]);
  }

  /** The reader has to know in front whether it must keep what it makes. Rare, so the words move then. */
  #endGraph(start: number): void {
    const referred = this.#seen.referred;
    this.#seen.clear();
    if (!referred || this.position === start) return;
    this.hasBackReferences = true;
    this.reserve(1);
    this.words.copyWithin(start + 1, start, this.position - 1);
    this.words[start] = tag.GRAPH;
  }

  /** Appends a value inside a value. */
  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return this.#number(value);
      case 'string':
        return this.#string(value);
      case 'object':
        return value === null ? this.word(tag.NULL) : this.#object(value);
      case 'boolean':
        return this.word(value ? tag.TRUE : tag.FALSE);
      case 'undefined':
        return this.word(tag.UNDEFINED);
      case 'bigint':
        return this.#bigint(value);
      case 'function':
        throw new Refusal(value, FUNCTION_REASON);
      default:
        throw new Refusal(value, SYMBOL_REASON);
    }
  }

  word(word: number): void {
    if (this.position >= this.words.length) this.#grow(1);
    this.words[this.position++] = word;
  }

  /** A tag with a count, which takes a word of its own when it is large. */
  counted(kind: number, count: number): void {
    if (count < tag.LONG) return this.word((count << 8) | kind);
    if (count > 0xffffffff) throw new Refusal(undefined, `${count} bytes are too many for one message`);
    this.word((tag.LONG << 8) | kind);
    this.word(count | 0);
  }

  double(kind: number, value: number): void {
    const at = this.reserve(3);
    const words = this.words;
    double[0] = value;
    words[at] = kind;
    words[at + 1] = halves[0];
    words[at + 2] = halves[1];
  }

  #number(value: number): void {
    const doubled = (value | 0) << 1;
    if (doubled >> 1 === value && (value !== 0 || 1 / value > 0)) this.word(doubled);
    else this.double(tag.DOUBLE, value);
  }

  #string(value: string): void {
    const length = value.length;
    if (length > SHORT_STRING) return this.#longString(value);
    const head = this.position;
    if (head + 1 + SHORT_STRING / 4 > this.words.length) this.#grow(1 + SHORT_STRING / 4);
    const words = this.words;
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
    if (all > 0xff) return this.#longString(value);
    if ((length & 3) !== 0) words[at++] = word;
    words[head] = (length << 8) | tag.LATIN1;
    this.position = at;
  }

  #longString(value: string): void {
    const narrow = isLatin1(value);
    this.counted(narrow ? tag.LATIN1 : tag.UTF16, value.length);
    const byteLength = narrow ? value.length : value.length * 2;
    const at = this.reserveBytes(byteLength);
    this.bytes.write(value, at, byteLength, narrow ? 'latin1' : 'utf16le');
  }

  /** Takes words for so many bytes, the last one padded with zeros; the position of the first byte. */
  reserveBytes(length: number): number {
    const count = Math.ceil(length / 4);
    const at = this.reserve(count);
    if (count > 0) this.words[at + count - 1] = 0;
    return at * 4;
  }

  #bigint(value: bigint): void {
    int64[0] = value;
    if (int64[0] === value) {
      const at = this.reserve(3);
      this.words[at] = tag.BIGINT64;
      this.words[at + 1] = halves[0];
      this.words[at + 2] = halves[1];
    } else {
      this.word(value < 0n ? (1 << 8) | tag.BIGINT_HEX : tag.BIGINT_HEX);
      this.#string((value < 0n ? -value : value).toString(16));
    }
  }

  #object(value: object): void {
    const before = this.#seen.find(value);
    if (before >= 0) return this.counted(tag.BACK_REFERENCE, before);
    if (++this.#depth > MAX_DEPTH) throw new Refusal(undefined, `nested more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(value)) {
      this.#array(value);
    } else {
      const prototype = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) this.fields(value);
      else encodeSpecial(this, value, prototype);
    }
    this.#depth--;
  }

  /** The own enumerable fields of an object, values first: its shape is known only behind the last key. */
  fields(value: object): void {
    const head = this.reserve(1);
    let node = this.#tree.root;
    let beyond: string[] | undefined;
    for (const key in value) {
      if (!hasOwn.call(value, key)) continue;
      if (node.lastKey === key) {
        node = node.lastNext as Transition;
      } else {
        const next = this.#tree.step(node, key);
        if (next === undefined) (beyond ??= []).push(key);
        else node = next;
      }
      this.write((value as Record<string, unknown>)[key]);
    }
    if (beyond === undefined) {
      const shape = node.shapeId >= 0 ? node.shapeId : this.#tree.use(node);
      if (shape >= 0) {
        this.words[head] = (shape << 8) | tag.SHAPED;
        return;
      }
    }
    this.#keys(head, beyond === undefined ? node.keys() : node.keys().concat(beyond));
  }

  #keys(head: number, keys: readonly string[]): void {
    if (keys.length >= tag.LONG) throw new Refusal(undefined, `an object with ${keys.length} properties`);
    this.words[head] = (keys.length << 8) | tag.PAIRS;
    for (const key of keys) this.#string(key);
  }

  #array(value: readonly unknown[]): void {
    const length = value.length;
    const head = this.position;
    this.counted(tag.ARRAY, length);
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (element === undefined && !hasOwn.call(value, i)) return this.#sparse(head, value, length, i);
      this.write(element);
    }
    if (hasFurtherKeys(value, length)) this.#sparse(head, value, length, length);
  }

  /** Ends an array that has holes, or properties beside its elements, of which `dense` are written. */
  #sparse(head: number, value: readonly unknown[], length: number, dense: number): void {
    if (this.words[head] >>> 8 === tag.LONG) {
      this.words[head] = (tag.LONG << 8) | tag.SPARSE_ARRAY;
      this.words[head + 1] = dense;
    } else {
      this.words[head] = (dense << 8) | tag.SPARSE_ARRAY;
    }
    const keys = Object.keys(value).slice(dense);
    this.write(length);
    this.write(keys.length);
    for (const key of keys) {
      const index = Number(key);
      this.write(String(index >>> 0) === key ? index : key);
      this.write((value as unknown as Record<string, unknown>)[key]);
    }
  }

  /** What was written since is taken back, and forgotten: `mark` is what {@link mark} gave. */
  rollback(mark: Mark): void {
    this.position = mark.position;
    this.#depth = mark.depth;
    this.#seen.forgetFrom(mark.seen);
    this.attachments.length = mark.attachments;
  }

  mark(): Mark {
    return {
      position: this.position,
      depth: this.#depth,
      seen: this.#seen.count,
      attachments: this.attachments.length,
    };
  }

  #grow(words: number): void {
    const needed = this.position + words;
    if (needed > LARGEST_WORDS) throw new Refusal(undefined, `larger than ${LARGEST_WORDS * 4} bytes`);
    const old = this.words;
    this.#replace(Math.min(LARGEST_WORDS, Math.max(needed, old.length * 2)));
    this.words.set(old.subarray(0, this.position));
  }

  #replace(length: number): void {
    this.words = new Int32Array(length);
    this.bytes = Buffer.from(this.words.buffer);
  }
}

/** A place in a record to go back to. */
export interface Mark {
  readonly position: number;
  readonly depth: number;
  readonly seen: number;
  readonly attachments: number;
}

/** No cheaper question tells whether an array carries more than its elements, as the results of `exec` do. */
function hasFurtherKeys(value: readonly unknown[], length: number): boolean {
  return (length <= 16 ? Object.keys(value) : Object.values(value)).length !== length;
}
