import type { CodecHooks } from '../../../core/messaging/codec/codec.js';
import { Decoder, Encoder } from '../../../core/messaging/codec/codec.js';
import { ShapeTable, type SharedTable } from '../../../core/messaging/shape-table.js';

export interface TableOptions {
  maxEntries?: number;
  heapWords?: number;
  buffer?: SharedArrayBuffer;
}

const LOCK = 0;
const COUNT = 1;
const HEAP_NEXT = 2;
const DIRECTORY = 3;

/** A table of its own over shared memory, with a lock that fails when it is taken. */
export function sharedTable(options: TableOptions = {}): SharedTable {
  const { maxEntries = 256, heapWords = 8192 } = options;
  const heapStart = DIRECTORY + maxEntries;
  const buffer = options.buffer ?? new SharedArrayBuffer((heapStart + heapWords) * 4);
  const i32 = new Int32Array(buffer);
  // Only the first to come finds no start of the heap; for the others it is where it was.
  Atomics.compareExchange(i32, HEAP_NEXT, 0, heapStart);
  return {
    i32,
    u8: new Uint8Array(buffer),
    lockIndex: LOCK,
    countIndex: COUNT,
    directory: DIRECTORY,
    maxEntries,
    heapNext: HEAP_NEXT,
    heapEnd: heapStart + heapWords,
    tryLock: () => Atomics.compareExchange(i32, LOCK, 0, 1) === 0,
    unlock: () => {
      Atomics.store(i32, LOCK, 0);
    },
  };
}

export const noHooks: CodecHooks = {
  encodeExtension: () => undefined,
  decodeExtension: (tag) => {
    throw new Error(`no extension ${tag}`);
  },
  errorClass: () => undefined,
};

/** Both ends of a wire: two tables over the same memory, as two threads have. */
export function wire(hooks: CodecHooks = noHooks, options: TableOptions = {}) {
  const table = sharedTable(options);
  const encoder = new Encoder(new ShapeTable(table), hooks);
  const decoder = new Decoder(new ShapeTable(table), hooks);
  return {
    table,
    encoder,
    decoder,
    /** What arrives when this is sent. */
    send<T>(value: T, transfer?: readonly unknown[]): T {
      encoder.begin(transfer);
      encoder.value(value);
      decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, encoder.attachments);
      return decoder.value() as T;
    },
  };
}

/** The array with these elements taken out, so that holes are left. */
export function holed<T>(array: T[], ...holes: number[]): T[] {
  for (const at of holes) delete array[at];
  return array;
}
