import { MessageNotSerializableError } from '../../errors.js';
import type { ShapeTable } from '../shape-table.js';
import { encodeSpecial } from './encode-special.js';
import type { CodecHooks } from './hooks.js';
import { RecordWriter } from './record-writer.js';
import { FUNCTION_REASON, Refusal, SYMBOL_REASON } from './refusal.js';
import { explained } from './refusal-path.js';
import { SeenObjects } from './seen.js';
import * as tag from './tags.js';
import { type Transition, TransitionTree } from './transitions.js';

/** Deeper than this the receiver might have no stack left to read it. */
const MAX_DEPTH = 1500;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Values to bytes. Builds one record after another, in its place or in a scratch of its own.
 *
 * @example
 * ```ts
 * encoder.begin();
 * encoder.value({ type: 'inc', n: 1 });
 * arena.set(encoder.words.subarray(0, encoder.position), at);
 * ```
 */
export class Encoder extends RecordWriter {
  /** What travels beside the record: transferred objects and shared memory. The record holds their index. */
  attachments: unknown[] = [];
  /** Buffers that are taken from the sender once the record holds their bytes. */
  copied: readonly unknown[] | undefined;
  /** What the hooks have noted of this record: see {@link CodecHooks.encodeExtension}. */
  taken: unknown[] = [];
  /** True when an object occurred more than once in this record. */
  hasBackReferences = false;

  /** What is written is an argument list. */
  isArguments = false;

  readonly hooks: CodecHooks;
  readonly #tree: TransitionTree;
  readonly #seen = new SeenObjects();
  #depth = 0;
  #busy = false;

  constructor(shapes: ShapeTable, hooks: CodecHooks) {
    super();
    this.hooks = hooks;
    this.#tree = new TransitionTree(shapes);
  }

  /**
   * Begins a record in the scratch.
   * @param transfer is not copied, but becomes the first attachments
   * @param copies it is copied all the same, each of the buffers as a whole: see {@link copied}
   */
  begin(transfer?: readonly unknown[], copies = false): void {
    this.#checkIdle();
    this.rewind();
    this.hasBackReferences = false;
    this.copied = copies ? transfer : undefined;
    if (transfer !== undefined && !copies) this.attachments = [...transfer];
    else if (this.attachments.length > 0) this.attachments = [];
    if (this.taken.length > 0) this.taken = [];
  }

  /**
   * Begins a record in its place, `room` words from `base` on, the first of which are left for its header. It moves to the
   * scratch when it outgrows that.
   */
  beginAt(words: Int32Array, bytes: Buffer, base: number, room: number, header: number): void {
    this.#checkIdle();
    this.rewindTo(words, bytes, base, room, header);
    this.hasBackReferences = false;
    this.copied = undefined;
    if (this.attachments.length > 0) this.attachments = [];
    if (this.taken.length > 0) this.taken = [];
  }

  /** In the midst of a record: a getter of what is sent runs user code. */
  get busy(): boolean {
    return this.#busy;
  }

  #checkIdle(): void {
    if (this.#busy) {
      throw new MessageNotSerializableError('value', 'one of its getters sends a message of its own');
    }
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

  /** Appends an argument list of one. */
  only(value: unknown): void {
    const start = this.position;
    this.#busy = true;
    this.isArguments = true;
    try {
      this.word(tag.ONE);
      if (typeof value === 'object' && value !== null) this.#alone(value);
      else this.write(value);
    } catch (error) {
      this.position = start;
      this.#end();
      throw explained(error, [value], 'args', this.hooks);
    }
    this.#busy = false;
    if (this.#seen.count === 0) return;
    if (this.#seen.referred) this.#markGraph(start);
    this.#end();
  }

  /** All of the record is in its place, with nothing beside it. */
  get isInPlace(): boolean {
    return !this.moved && this.attachments.length === 0 && this.taken.length === 0;
  }

  #whole(value: unknown, root: string, isList: boolean): void {
    const start = this.position;
    this.#busy = true;
    this.isArguments = isList;
    try {
      if (isList) this.#list(value as readonly unknown[]);
      else this.write(value);
      if (this.#seen.referred) this.#markGraph(start);
    } catch (error) {
      this.position = start;
      throw explained(error, value, root, this.hooks);
    } finally {
      this.#end();
    }
  }

  /** Nothing is under way, and nothing remembered of it. */
  #end(): void {
    this.#busy = false;
    this.#depth = 0;
    if (this.#seen.count > 0) this.#seen.clear();
  }

  #list(list: readonly unknown[]): void {
    this.number(list.length);
    for (let i = 0; i < list.length; i++) this.write(list[i]);
  }

  /** The reader has to know in front that it must keep what it makes. Rare, so the words move then. */
  #markGraph(start: number): void {
    this.hasBackReferences = true;
    this.reserve(1);
    const at = this.base + start;
    this.words.copyWithin(at + 1, at, this.base + this.position - 1);
    this.words[at] = tag.GRAPH;
  }

  /** Appends a value inside a value. */
  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        break;
      case 'string':
        this.string(value);
        break;
      case 'object':
        if (value === null) this.word(tag.NULL);
        else this.#object(value);
        break;
      case 'boolean':
        this.word(value ? tag.TRUE : tag.FALSE);
        break;
      case 'undefined':
        this.word(tag.UNDEFINED);
        break;
      case 'bigint':
        this.bigint(value);
        break;
      case 'function':
        throw new Refusal(value, FUNCTION_REASON);
      default:
        throw new Refusal(value, SYMBOL_REASON);
    }
  }

  #object(value: object): void {
    const before = this.#seen.find(value);
    if (before >= 0) {
      this.counted(tag.BACK_REFERENCE, before);
      return;
    }
    if (++this.#depth > MAX_DEPTH) throw new Refusal(undefined, `nested more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(value)) this.#array(value);
    // To ask for the prototype is a call out of compiled code, 7 ns. An object whose constructor is Object, and that has
    // fields, is a plain one or as good as that; without fields it may be an iterator.
    else if (value.constructor !== Object || !this.#fields(value, false)) this.#byPrototype(value);
    this.#depth--;
  }

  /**
   * The first object of a record, with nothing behind it: it is noted only if it has others in it, which most have not.
   * To note it makes work for the collector, which has to know of each new object that an old one holds.
   */
  #alone(value: object): void {
    this.#depth = 1;
    const isDone = value.constructor === Object && !Array.isArray(value) && this.#fields(value, true);
    this.#depth = 0;
    if (!isDone) this.#object(value);
  }

  #byPrototype(value: object): void {
    const prototype = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (isPlain && !(Symbol.asyncIterator in value && prototype !== null)) this.fields(value);
    else encodeSpecial(this, value, prototype);
  }

  /** Whether an object comes for the first time in this record; it is known from here on. */
  meets(value: object): boolean {
    return this.#seen.find(value) < 0;
  }

  /** The own enumerable fields of an object. */
  fields(value: object): void {
    if (!this.#fields(value, false)) this.#keys(this.reserve(1), []);
  }

  /**
   * Values first: the shape is known only behind the last key.
   * @param isUnseen it is to be noted before the first object in it
   * @returns false, and nothing written, if there are none
   */
  #fields(value: object, isUnseen: boolean): boolean {
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
      // The commonest kinds without another call of write, which calls itself and so is never inlined (5 ns of 50).
      const item = (value as Record<string, unknown>)[key];
      if (typeof item === 'string') this.string(item);
      else if (typeof item === 'number') this.number(item);
      else {
        if (isUnseen && typeof item === 'object' && item !== null) {
          isUnseen = false;
          this.#seen.find(value);
        }
        this.write(item);
      }
    }
    if (beyond === undefined) {
      if (node.depth === 0) {
        this.position = head;
        return false;
      }
      const shape = node.shapeId >= 0 ? node.shapeId : this.#tree.use(node);
      if (shape >= 0) {
        this.words[this.base + head] = (shape << 8) | tag.SHAPED;
        return true;
      }
    }
    this.#keys(head, beyond === undefined ? node.keys() : node.keys().concat(beyond));
    return true;
  }

  #keys(head: number, keys: readonly string[]): void {
    if (keys.length >= tag.LONG) throw new Refusal(undefined, `an object with ${keys.length} properties`);
    this.words[this.base + head] = (keys.length << 8) | tag.PAIRS;
    for (const key of keys) this.string(key);
  }

  #array(value: readonly unknown[]): void {
    const length = value.length;
    const head = this.position;
    this.counted(tag.ARRAY, length);
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (element === undefined && !hasOwn.call(value, i)) {
        this.#sparse(head, value, length, i);
        return;
      }
      this.write(element);
    }
    if (hasFurtherKeys(value, length)) this.#sparse(head, value, length, length);
  }

  /** Ends an array that has holes, or properties beside its elements, of which `dense` are written. */
  #sparse(head: number, value: readonly unknown[], length: number, dense: number): void {
    const { words } = this;
    const at = this.base + head;
    if (words[at] >>> 8 === tag.LONG) {
      words[at] = (tag.LONG << 8) | tag.SPARSE_ARRAY;
      words[at + 1] = dense;
    } else {
      words[at] = (dense << 8) | tag.SPARSE_ARRAY;
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
    this.taken.length = mark.taken;
  }

  mark(): Mark {
    return {
      position: this.position,
      depth: this.#depth,
      seen: this.#seen.count,
      attachments: this.attachments.length,
      taken: this.taken.length,
    };
  }
}

/** A place in a record to go back to. */
export interface Mark {
  readonly position: number;
  readonly depth: number;
  readonly seen: number;
  readonly attachments: number;
  readonly taken: number;
}

/** No cheaper question tells whether an array carries more than its elements, as the results of `exec` do. */
function hasFurtherKeys(value: readonly unknown[], length: number): boolean {
  return (length <= 16 ? Object.keys(value) : Object.values(value)).length !== length;
}
