/**
 * Which of a thread's boxes have mail: a set of bits in shared memory, one set per thread.
 *
 * Bits, not links: setting one twice is harmless, so neither a dead producer nor a late one (whose box has moved to
 * another thread meanwhile) can break the set; a stray bit costs one look. Chunks double in size and never move.
 *
 * ```
 *  READY_ANY: a bit for each 32nd summary word -> chunk c: | summary: a bit for each 32 boxes' word | words: a bit for each box |
 * ```
 *
 * Of half a million boxes there are 500 summary words: who looked through all of them for one mark took 5 µs.
 */
import type { Arena } from './arena.js';
import { type Granule, NONE, Thread, wordOf } from './layout.js';
import { peek, wake, wakeAnyway } from './parking.js';
import { recordOf, type ThreadRecord } from './thread-record.js';

const INDEX_BITS = 22;
const FIRST_CHUNK = 256;

/** Thread and index in one word, so that both are read at once. */
export type Home = number & { readonly __home: unique symbol };
export const homeOf = (slot: number, index: number): Home => ((slot << INDEX_BITS) | index) as Home;
export const slotOf = (home: number): number => home >>> INDEX_BITS;
export const indexOf = (home: number): number => home & ((1 << INDEX_BITS) - 1);

const chunkOf = (index: number): number => 31 - Math.clz32(index / FIRST_CHUNK + 1);
// By shifts: a power is a call, as long as the rest of a mark.
const firstIndexOf = (chunk: number): number => FIRST_CHUNK * ((1 << chunk) - 1);
const boxWords = (chunk: number): number => (FIRST_CHUNK << chunk) >>> 5;
const summaryWords = (chunk: number): number => (boxWords(chunk) + 31) >>> 5;

/** Makes room for an index in a thread's set: for the creating thread, which says where each actor lives. */
export function reserveReady(arena: Arena, thread: ThreadRecord, index: number, of = thread.base): void {
  const chunk = chunkOf(index);
  const pointer = of + Thread.READY_CHUNKS + chunk;
  if (arena.i32[pointer] !== NONE) return;
  const words = summaryWords(chunk) + boxWords(chunk);
  const block = arena.demand(thread, words * 4);
  arena.i32.fill(0, wordOf(block), wordOf(block) + words);
  Atomics.store(arena.i32, pointer, block);
  thread.letGo();
}

/** Says that a box may have mail, and wakes its thread. To be called after publishing. */
export function markReady(i32: Int32Array, home: number): void {
  const base = recordOf(slotOf(home));
  const index = indexOf(home);
  const chunk = chunkOf(index);
  const block = Atomics.load(i32, base + Thread.READY_CHUNKS + chunk) as Granule;
  if (block === NONE) return;
  const at = index - firstIndexOf(chunk);
  const summary = wordOf(block);
  const word = summary + summaryWords(chunk) + (at >>> 5);
  const bit = 1 << (at & 31);
  // A bit that is set already was seen by nobody yet: the thread will still come by.
  if ((Atomics.load(i32, word) & bit) === 0) {
    Atomics.or(i32, word, bit);
    Atomics.or(i32, summary + (at >>> 10), 1 << ((at >>> 5) & 31));
    Atomics.or(i32, base + Thread.READY_ANY, 1 << ((at >>> 10) & 31));
  }
  wake(i32, base + Thread.PARK);
}

/** Whether anything was marked since the last {@link takeReady}, as far as a {@link peek} shows it. */
export function anyReady(i32: Int32Array, thread: ThreadRecord): boolean {
  return peek(i32, thread.base + Thread.READY_ANY) !== 0;
}

/** Takes all marks and calls back with the index of each. */
export function takeReady(i32: Int32Array, thread: ThreadRecord, each: (index: number) => void): void {
  if (peek(i32, thread.base + Thread.READY_ANY) === 0) return;
  const any = Atomics.exchange(i32, thread.base + Thread.READY_ANY, 0);
  if (any === 0) return;
  for (let chunk = 0; chunk < Thread.READY_CHUNK_COUNT; chunk++) {
    const block = i32[thread.base + Thread.READY_CHUNKS + chunk] as Granule;
    if (block === NONE) break;
    const count = summaryWords(chunk);
    for (let left = any; left !== 0; left &= left - 1) {
      for (let s = lowestBit(left); s < count; s += 32) {
        // A plain look does: whoever marks sets the bit in READY_ANY behind it.
        if (peek(i32, wordOf(block) + s) !== 0) takeGroups(i32, block, chunk, s, each);
      }
    }
  }
}

/** Those of one summary word. */
function takeGroups(
  i32: Int32Array,
  block: Granule,
  chunk: number,
  s: number,
  each: (index: number) => void,
): void {
  const summary = wordOf(block);
  const words = summary + summaryWords(chunk);
  for (let groups = Atomics.exchange(i32, summary + s, 0); groups !== 0; groups &= groups - 1) {
    const word = s * 32 + lowestBit(groups);
    const first = firstIndexOf(chunk) + word * 32;
    for (let bits = Atomics.exchange(i32, words + word, 0); bits !== 0; bits &= bits - 1) {
      each(first + lowestBit(bits));
    }
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Marks everything: after a producer has died between its publishing and its marking, or its marking and its waking. */
export function markAll(i32: Int32Array, slot: number): void {
  const base = recordOf(slot);
  for (let chunk = 0; chunk < Thread.READY_CHUNK_COUNT; chunk++) {
    const block = Atomics.load(i32, base + Thread.READY_CHUNKS + chunk) as Granule;
    if (block === NONE) break;
    const summary = wordOf(block);
    const end = summary + summaryWords(chunk) + boxWords(chunk);
    for (let word = summary + summaryWords(chunk); word < end; word++) Atomics.store(i32, word, -1);
    // A bit only for words that exist: what lies behind the set belongs to another.
    const words = end - summary - summaryWords(chunk);
    const groups = words < 32 ? (1 << words) - 1 : -1;
    for (let s = 0; s < summaryWords(chunk); s++) Atomics.store(i32, summary + s, groups);
  }
  Atomics.store(i32, base + Thread.READY_ANY, -1);
  wakeAnyway(i32, base + Thread.PARK);
}
