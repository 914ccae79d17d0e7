import { CorruptRecordError } from '../errors.js';
import { Shape } from './codec/shape.js';

/**
 * The shared memory of a {@link ShapeTable}. All indexes are indexes into {@link i32}.
 *
 * The lock is bounded: when it cannot be had at once, the name stays un-interned this time, and is tried
 * again at a later use.
 */
export interface SharedTable {
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly lockIndex: number;
  /** Word that holds the number of entries that are published. */
  readonly countIndex: number;
  /** First word of the directory: from an id to the first word of its entry. */
  readonly directory: number;
  readonly maxEntries: number;
  /** Word that holds the next free index of the heap. */
  readonly heapNext: number;
  /** First index behind the heap. */
  readonly heapEnd: number;
  tryLock(): boolean;
  unlock(): void;
}

/** Objects with more keys are maps in disguise, and would fill the table. */
export const MAX_KEYS = 64;
const MAX_KEY_LENGTH = 256;
const SHAPE = 1;
const METHOD = 2;
/** Shapes may come from user data, method names hardly: a share of the table is kept for these. */
const SHARE_OF_SHAPES = 0.75;

type Entry =
  | { readonly kind: typeof METHOD; readonly name: string }
  | { readonly kind: typeof SHAPE; readonly shape: Shape };

/**
 * Shapes and method names, one table for all threads: what one thread interned, every other can read, also
 * when the first is dead. It only ever grows.
 *
 * ```text
 *  entry:  | kind | names | name ... |       name:  | length << 1 | wide | units, packed into words |
 * ```
 *
 * An entry is written first, then its directory slot, and the count last: a thread that dies in the middle
 * leaves nothing that anybody would read.
 */
export class ShapeTable {
  readonly #table: SharedTable;
  /** What this thread has read so far, by id. */
  readonly #entries: Entry[] = [];
  readonly #shapeIds = new Map<string, number>();
  readonly #methodIds = new Map<string, number>();

  constructor(table: SharedTable) {
    this.#table = table;
  }

  /** The number of a method's name, or -1 when it cannot be interned now: then write the name itself. */
  methodId(name: string): number {
    return this.#methodIds.get(name) ?? this.#intern(METHOD, [name], this.#methodIds, name);
  }

  /** @throws CorruptRecordError when there is no such method name. */
  methodName(id: number): string {
    const entry = this.#entry(id);
    if (entry.kind !== METHOD)
      throw new CorruptRecordError(`entry ${id} of the shape table is no method name`);
    return entry.name;
  }

  /** The number of the shape with these keys in this order, or -1 when it cannot be interned now. */
  shapeId(keys: readonly string[]): number {
    if (keys.length > MAX_KEYS) return -1;
    const signature = JSON.stringify(keys);
    return this.#shapeIds.get(signature) ?? this.#intern(SHAPE, keys, this.#shapeIds, signature);
  }

  /** @throws CorruptRecordError when there is no such shape. */
  shape(id: number): Shape {
    const entry = this.#entry(id);
    if (entry.kind !== SHAPE) throw new CorruptRecordError(`entry ${id} of the shape table is no shape`);
    return entry.shape;
  }

  #entry(id: number): Entry {
    const known = this.#entries[id];
    if (known !== undefined) return known;
    this.#readUpTo(this.#published());
    const entry = this.#entries[id];
    if (entry === undefined) throw new CorruptRecordError(`entry ${id} of the shape table does not exist`);
    return entry;
  }

  #published(): number {
    const { i32, countIndex, maxEntries } = this.#table;
    // Pairs with the store that publishes: what is counted has been written completely.
    const count = Atomics.load(i32, countIndex);
    if (count < 0 || count > maxEntries) throw new CorruptRecordError(`shape table with ${count} entries`);
    return count;
  }

  #readUpTo(count: number): void {
    for (let id = this.#entries.length; id < count; id++) {
      const entry = this.#readEntry(id);
      this.#entries.push(entry);
      if (entry.kind === METHOD) this.#methodIds.set(entry.name, id);
      else this.#shapeIds.set(JSON.stringify(entry.shape.keys), id);
    }
  }

  #readEntry(id: number): Entry {
    const { i32, directory, heapEnd } = this.#table;
    let at = i32[directory + id];
    const next = (): number => {
      if (at < 0 || at >= heapEnd)
        throw new CorruptRecordError(`entry ${id} of the shape table leaves its heap`);
      return i32[at++];
    };
    const kind = next();
    const count = next();
    if (count < 0 || count > MAX_KEYS) throw new CorruptRecordError(`entry ${id} with ${count} names`);
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(readName(next, id));
    if (kind === SHAPE) return { kind, shape: new Shape(id, names) };
    if (kind === METHOD && count === 1) return { kind, name: names[0] };
    throw new CorruptRecordError(`entry ${id} of the shape table is of kind ${kind}`);
  }

  #intern(kind: number, names: readonly string[], ids: Map<string, number>, signature: string): number {
    if (names.some((name) => name.length > MAX_KEY_LENGTH) || !this.#hasRoom(kind, names)) return -1;
    const table = this.#table;
    if (!table.tryLock()) return -1;
    try {
      // Another thread may have interned the same meanwhile: look again now that nobody else can.
      this.#readUpTo(this.#published());
      const found = ids.get(signature);
      if (found !== undefined) return found;
      if (!this.#hasRoom(kind, names)) return -1;
      this.#append(kind, names);
    } finally {
      table.unlock();
    }
    this.#readUpTo(this.#published());
    return ids.get(signature) ?? -1;
  }

  #hasRoom(kind: number, names: readonly string[]): boolean {
    const { i32, countIndex, maxEntries, heapNext, heapEnd, directory } = this.#table;
    const share = kind === SHAPE ? SHARE_OF_SHAPES : 1;
    const heapStart = Math.min(directory + maxEntries, heapEnd);
    const lastIndex = heapStart + Math.floor((heapEnd - heapStart) * share);
    return (
      Atomics.load(i32, countIndex) < Math.floor(maxEntries * share) &&
      Atomics.load(i32, heapNext) + entryWords(names) <= lastIndex
    );
  }

  #append(kind: number, names: readonly string[]): void {
    const { i32, countIndex, directory, heapNext } = this.#table;
    const id = Atomics.load(i32, countIndex);
    const start = Atomics.load(i32, heapNext);
    let at = start;
    i32[at++] = kind;
    i32[at++] = names.length;
    for (const name of names) at = writeName(i32, at, name);
    i32[directory + id] = start;
    Atomics.store(i32, heapNext, at);
    // Published last: whoever counts this entry finds it whole, and a writer that died before left no trace.
    Atomics.store(i32, countIndex, id + 1);
  }
}

const isWide = (name: string): boolean => /[\u0100-\uffff]/.test(name);

function nameWords(name: string): number {
  return 1 + Math.ceil((name.length * (isWide(name) ? 2 : 1)) / 4);
}

function entryWords(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + nameWords(name), 2);
}

function writeName(i32: Int32Array, at: number, name: string): number {
  const wide = isWide(name) ? 1 : 0;
  const bits = wide ? 16 : 8;
  const perWord = wide ? 2 : 4;
  i32[at++] = (name.length << 1) | wide;
  for (let i = 0; i < name.length; i += perWord) {
    let word = 0;
    for (let j = 0; j < perWord && i + j < name.length; j++) word |= name.charCodeAt(i + j) << (j * bits);
    i32[at++] = word;
  }
  return at;
}

function readName(next: () => number, id: number): string {
  const head = next();
  const length = head >>> 1;
  if (length > MAX_KEY_LENGTH)
    throw new CorruptRecordError(`entry ${id} with a name of ${length} characters`);
  const bits = head & 1 ? 16 : 8;
  const perWord = head & 1 ? 2 : 4;
  const mask = (1 << bits) - 1;
  let name = '';
  for (let i = 0; i < length; i += perWord) {
    const word = next();
    for (let j = 0; j < perWord && i + j < length; j++) {
      name += String.fromCharCode((word >>> (j * bits)) & mask);
    }
  }
  return name;
}
