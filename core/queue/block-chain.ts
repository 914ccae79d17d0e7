/**
 * A queue is a chain of blocks, and the tail publishes.
 *
 * A producer (producer.ts) takes the box's lock, copies whole records behind the last one and stores the block's
 * COMMITTED. What lies beyond COMMITTED does not exist: so there are no half-written records, and no holes. The consumer
 * (reader.ts) moves the head. A drained block becomes the chain's spare; in the steady state two or three blocks go round
 * and stay in cache.
 */
import type { Arena } from '../memory/arena.js';
import { Box, Chain, type Granule, Lane, LaneConsumer, NONE, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { Rec } from './record.js';

/** Where a lane's words lie: see {@link Lane}, {@link LaneConsumer}, and how many of its items are done. */
export const producerWords = (box: Granule, lane: number): number =>
  wordOf(box) + (lane === 0 ? Box.LANE0 : Box.LANE1);
export const consumerWords = (box: Granule, lane: number): number =>
  wordOf(box) + (lane === 0 ? Box.LANE0_CONSUMER : Box.LANE1_CONSUMER);
export const doneWord = (box: Granule, lane: number): number =>
  wordOf(box) + (lane === 0 ? Box.DONE : Box.URGENT_DONE);

/** Items accepted and not yet done. */
export function depthOf(i32: Int32Array, box: Granule): number {
  const own = (i32[producerWords(box, 0) + Lane.PUT] - i32[doneWord(box, 0)]) | 0;
  return own + ((i32[producerWords(box, 1) + Lane.PUT] - i32[doneWord(box, 1)]) | 0);
}

/** Where a block's records end, also for who looks at one that may be another's by now. */
export const endOf = (i32: Int32Array, word: number): number =>
  word + Math.min(Atomics.load(i32, word + Chain.COMMITTED), i32[word + Chain.CAPACITY]);

/**
 * Index of the record with a number, counted from the chain's start, or 0 when it is not in this block. For others than
 * the consumer too: the block may go on to another use meanwhile, so they look afterwards whether it still is what it was.
 */
export function recordAt(i32: Int32Array, block: Granule, sequence: number): number {
  if (block === NONE) return 0;
  const word = wordOf(block);
  const end = endOf(i32, word);
  let at = word + Chain.DATA;
  let skip = (sequence - i32[word + Chain.BASE]) | 0;
  if (skip < 0) return 0;
  for (; skip > 0 && at < end && i32[at + Rec.LENGTH] > 0; skip--) at += i32[at + Rec.LENGTH];
  return skip === 0 && at < end ? at : 0;
}

/** If the record at DONE was begun by `Reader.begin`, counts that as an attempt in the record itself. */
export function countBegun(i32: Int32Array, box: Granule, record: number): void {
  const base = wordOf(box);
  if (i32[base + Box.BEGUN] !== ((i32[base + Box.DONE] + 1) | 0)) return;
  i32[record + Rec.ATTEMPTS]++;
  i32[base + Box.BEGUN] = i32[base + Box.DONE];
}

/** Whether the record that stands at DONE was begun. */
export const isBegun = (i32: Int32Array, box: Granule, record: number): boolean =>
  i32[record + Rec.ATTEMPTS] > 0 || i32[wordOf(box) + Box.BEGUN] === ((i32[wordOf(box) + Box.DONE] + 1) | 0);

/** Gives all blocks of a box back; nobody may publish into it any more (its generation has moved on). */
export function releaseChain(arena: Arena, thread: ThreadRecord, box: Granule): void {
  const { i32 } = arena;
  for (let lane = 0; lane < 2; lane++) {
    const p = producerWords(box, lane);
    const c = consumerWords(box, lane);
    let block = i32[c + LaneConsumer.HEAD_BLOCK] as Granule;
    while (block !== NONE) {
      const next = i32[wordOf(block) + Chain.NEXT] as Granule;
      arena.free(thread, block);
      block = next;
    }
    const spare = i32[p + Lane.SPARE] as Granule;
    if (spare !== NONE) arena.free(thread, spare);
    i32.fill(0, p, p + 4);
    i32.fill(0, c, c + 3);
    i32[doneWord(box, lane)] = 0;
  }
}
