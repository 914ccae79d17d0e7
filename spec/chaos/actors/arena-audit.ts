/** Looks through the arena of a system that has ended: what is neither free nor kept for the next ones has leaked. */

import { Arena, classFor } from '../../../core/memory/arena.js';
import {
  BlockPrefix,
  Box,
  Chain,
  type Granule,
  Header,
  Lane,
  LaneConsumer,
  LINE_WORDS,
  MAX_CLASS,
  MIN_CLASS,
  NONE,
  Outbox,
  Region,
  Thread,
  wordOf,
} from '../../../core/memory/layout.js';
import { idleTableBytes } from '../../../core/queue/lease.js';
import { KindBlock } from '../../../core/runtime/names.js';

export interface Audit {
  leakedBytes: number;
  danglingBytes: number;
  /** What leaked or dangles, in words. */
  leaks: string[];
  /** By how much the count of bytes in use is off. */
  countedOff: number;
  /** In use by what is kept. */
  keptBytes: number;
  freeBytes: number;
}

/** So many are kept of each lane, though empty; so large each at least. */
const MOST_OUTBOXES = 2 * 64;
const OUTBOX_BYTES = 64 + 4096;

const bytesOf = (sizeClass: number): number => 2 ** sizeClass;

/** @param poolSizes of which idle tables are kept */
export function auditArena(buffer: SharedArrayBuffer, poolSizes: readonly number[]): Audit {
  const arena = Arena.over(buffer);
  const { i32 } = arena;
  const classOf = (block: Granule): number => i32[wordOf(block) + BlockPrefix.CLASS];
  const audit: Audit = {
    leakedBytes: 0,
    danglingBytes: 0,
    leaks: [],
    countedOff: 0,
    keptBytes: 0,
    freeBytes: 0,
  };
  const free = new Set<Granule>();
  for (let sizeClass = MIN_CLASS; sizeClass <= MAX_CLASS; sizeClass++) {
    for (let b = i32[Header.FREE_HEADS + sizeClass] as Granule; b !== NONE; b = i32[wordOf(b)] as Granule) {
      if (free.has(b)) throw new Error(`The block ${b} is in a free list twice.`);
      free.add(b);
    }
  }
  const kept = new Set<Granule>();
  /** Free blocks that something refers to, which is worse than a leak. */
  const keep = (block: Granule, whose: string): boolean => {
    if (block === NONE || kept.has(block)) return false;
    if (free.has(block)) {
      audit.danglingBytes += bytesOf(classOf(block));
      audit.leaks.push(
        `${whose} refers to block ${block}, which is free, of ${bytesOf(classOf(block))} bytes, last held by ${i32[wordOf(block) + BlockPrefix.OWNER] - 1}`,
      );
      return false;
    }
    kept.add(block);
    return true;
  };
  const chain = (first: Granule, whose: string): void => {
    for (let b = first; keep(b, whose); ) b = i32[wordOf(b) + Chain.NEXT] as Granule;
  };
  const box = (block: Granule, whose: string): void => {
    const at = wordOf(block);
    if (!keep(block, whose)) return;
    whose += ` of kind ${i32[at + Box.KIND]}, generation ${i32[at + Box.GENERATION]}, head ${i32[at + Box.LANE0_CONSUMER]}, tail ${i32[at + Box.LANE0]}, done ${i32[at + Box.DONE]}, put ${i32[at + Box.LANE0 + 1]}`;
    for (const [producer, consumer] of [
      [Box.LANE0, Box.LANE0_CONSUMER],
      [Box.LANE1, Box.LANE1_CONSUMER],
    ]) {
      chain(i32[at + consumer + LaneConsumer.HEAD_BLOCK] as Granule, `${whose}, head of its chain,`);
      // It was left, and what it refers to is none of its business any more.
      keep(i32[at + producer + Lane.SPARE] as Granule, `${whose}, spare,`);
    }
    keep(i32[at + Box.WAIT_MORE] as Granule, `${whose}, wait slots,`);
  };
  let kind = i32[Header.KINDS] as Granule;
  while (keep(kind, 'the list of kinds')) kind = i32[wordOf(kind) + KindBlock.NEXT] as Granule;
  for (let slot = 0; slot < i32[Header.THREADS]; slot++) {
    const base = Region.THREADS + slot * Thread.WORDS;
    for (let n = 0; n < Thread.READY_CHUNK_COUNT; n++) {
      const block = i32[base + Thread.READY_CHUNKS + n] as Granule;
      keep(block, `thread ${slot}, ready set,`);
    }
    let outboxes = 0;
    for (
      let o = i32[base + Thread.OUTBOXES] as Granule;
      o !== NONE;
      o = i32[wordOf(o) + Outbox.NEXT] as Granule
    ) {
      if (!keep(o, `thread ${slot}, outbox,`)) break;
      chain(i32[wordOf(o) + Outbox.FIRST] as Granule, `thread ${slot}, outbox,`);
      outboxes++;
    }
    if (outboxes > MOST_OUTBOXES) {
      audit.leakedBytes += (outboxes - MOST_OUTBOXES) * OUTBOX_BYTES;
      audit.leaks.push(`thread ${slot} keeps ${outboxes} outboxes`);
    }
    box(i32[base + Thread.INBOX] as Granule, `thread ${slot} in state ${i32[base]}, inbox,`);
  }
  const blocks: Granule[] = [];
  const end = i32[Header.BUMP];
  for (let at = Math.ceil(Region.BLOCKS / LINE_WORDS) * (LINE_WORDS / 2); at < end; ) {
    const block = (at + 1) as Granule;
    const sizeClass = classOf(block);
    if (sizeClass < MIN_CLASS || sizeClass > MAX_CLASS) {
      audit.leakedBytes += LINE_WORDS * 4;
      audit.leaks.push(`what lies at ${block} has no size`);
      at += LINE_WORDS / 2;
      continue;
    }
    blocks.push(block);
    at += 2 ** (sizeClass - 3);
  }
  for (const block of blocks) if (!free.has(block) && isFreeBox(i32, block)) box(block, `free box ${block}`);
  const tables = poolSizes.map((size) => ({ size, sizeClass: classFor(idleTableBytes(size)) }));
  for (const block of blocks) {
    const bytes = bytesOf(classOf(block));
    if (free.has(block)) {
      audit.freeBytes += bytes;
      continue;
    }
    const table = tables.findIndex(
      ({ size, sizeClass }) => classOf(block) === sizeClass && i32[wordOf(block)] === size,
    );
    if (!kept.has(block) && table >= 0) {
      tables.splice(table, 1);
      kept.add(block);
    }
    if (kept.has(block)) audit.keptBytes += bytes;
    else {
      audit.leakedBytes += bytes;
      const at = wordOf(block);
      const words = [...i32.subarray(at, at + 64)].flatMap((word, n) => (word === 0 ? [] : [`${n}:${word}`]));
      audit.leaks.push(
        `${bytes} bytes at ${block}, last held by thread ${i32[at + BlockPrefix.OWNER] - 1}: ${words.join(' ')}`,
      );
    }
  }
  audit.countedOff = arena.bytesInUse - audit.keptBytes - audit.leakedBytes;
  return audit;
}

/** Boxes are never given back: between two lives nothing stands in them but these words. */
function isFreeBox(i32: Int32Array, block: Granule): boolean {
  const at = wordOf(block);
  if (i32[at + BlockPrefix.CLASS] !== classFor(Box.WORDS * 4) || i32[at + Box.GENERATION] < 2) return false;
  const stays: readonly number[] = [Box.GENERATION, Box.REASON, Box.WAIT_MORE];
  for (let word = 0; word < Box.WORDS; word++) {
    if (i32[at + word] !== 0 && !stays.includes(word)) return false;
  }
  return true;
}
