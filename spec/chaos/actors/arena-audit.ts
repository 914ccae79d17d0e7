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

export interface Audit {
  leakedBytes: number;
  /** What leaked, in words. */
  leaks: string[];
  /** Claimed by a thread that died before it could note that: known to be lost, see docs/guarantees.md. */
  claimedBytes: number;
  /** By how much the count of bytes in use is off. */
  countedOff: number;
  /** In use by what is kept. */
  keptBytes: number;
  freeBytes: number;
}

const bytesOf = (sizeClass: number): number => 2 ** sizeClass;

/** @param poolSizes of which idle tables are kept */
export function auditArena(buffer: SharedArrayBuffer, poolSizes: readonly number[]): Audit {
  const arena = Arena.over(buffer);
  const { i32 } = arena;
  const classOf = (block: Granule): number => i32[wordOf(block) + BlockPrefix.CLASS];
  const audit: Audit = {
    leakedBytes: 0,
    leaks: [],
    claimedBytes: 0,
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
  const chain = (first: Granule): void => {
    for (let b = first; b !== NONE && !kept.has(b); b = i32[wordOf(b) + Chain.NEXT] as Granule) kept.add(b);
  };
  const box = (block: Granule): void => {
    const at = wordOf(block);
    kept.add(block);
    for (const [producer, consumer] of [
      [Box.LANE0, Box.LANE0_CONSUMER],
      [Box.LANE1, Box.LANE1_CONSUMER],
    ]) {
      chain(i32[at + consumer + LaneConsumer.HEAD_BLOCK] as Granule);
      chain(i32[at + producer + Lane.SPARE] as Granule);
    }
    for (const word of [Box.WAIT_MORE]) if (i32[at + word] !== NONE) kept.add(i32[at + word] as Granule);
  };
  for (let slot = 0; slot < i32[Header.THREADS]; slot++) {
    const base = Region.THREADS + slot * Thread.WORDS;
    for (let n = 0; n < Thread.READY_CHUNK_COUNT; n++) {
      const block = i32[base + Thread.READY_CHUNKS + n] as Granule;
      if (block !== NONE) kept.add(block);
    }
    for (
      let o = i32[base + Thread.OUTBOXES] as Granule;
      o !== NONE;
      o = i32[wordOf(o) + Outbox.NEXT] as Granule
    ) {
      kept.add(o);
      chain(i32[wordOf(o) + Outbox.FIRST] as Granule);
    }
    if (i32[base + Thread.INBOX] !== NONE) box(i32[base + Thread.INBOX] as Granule);
  }
  const blocks: Granule[] = [];
  const end = i32[Header.BUMP];
  for (let at = Math.ceil(Region.BLOCKS / LINE_WORDS) * (LINE_WORDS / 2); at < end; ) {
    const block = (at + 1) as Granule;
    const sizeClass = classOf(block);
    if (sizeClass < MIN_CLASS || sizeClass > MAX_CLASS) {
      // Nobody has said its size yet.
      audit.claimedBytes += LINE_WORDS * 4;
      at += LINE_WORDS / 2;
      continue;
    }
    blocks.push(block);
    at += 2 ** (sizeClass - 3);
  }
  for (const block of blocks) if (!free.has(block) && isFreeBox(i32, block)) box(block);
  const tables = poolSizes.map((size) => ({ size, sizeClass: classFor(idleTableBytes(size)) }));
  for (const block of blocks) {
    const bytes = bytesOf(classOf(block));
    if (free.has(block)) {
      audit.freeBytes += bytes;
      if (kept.has(block)) audit.leaks.push(`block ${block} is free, and in use`);
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
    else if (i32[wordOf(block) + BlockPrefix.OWNER] === 0) audit.claimedBytes += bytes;
    else {
      audit.leakedBytes += bytes;
      const words = [...i32.subarray(wordOf(block), wordOf(block) + 12)].join(' ');
      audit.leaks.push(
        `${bytes} bytes at ${block}, last held by thread ${i32[wordOf(block) - 1] - 1}: ${words} …`,
      );
    }
  }
  audit.countedOff = i32[Header.IN_USE] * 8 - audit.keptBytes - audit.leakedBytes;
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
