/** What is measured between two rounds, and what may not have grown in the end. */
import { Arena } from '../../core/memory/arena.js';
import { type Granule, Header, MAX_CLASS, MIN_CLASS, NONE, wordOf } from '../../core/memory/layout.js';
import type { Rounds } from './rounds.js';

export interface Reading {
  readonly minutes: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly arenaBytes: number;
  /** Of the arena: given back, and ready to be taken again. */
  readonly freeBytes: number;
  readonly threads: number;
  /** What keeps the event loop busy, as Node counts it. */
  readonly handles: number;
  readonly actors: number;
}
export type Measured = Exclude<keyof Reading, 'minutes'>;

export function read(rounds: Rounds, minutes: number): Reading {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { arena, threads, actors } = rounds.system.metrics();
  return {
    minutes,
    rssBytes: rss,
    heapBytes: heapUsed,
    arenaBytes: arena.bytesInUse,
    freeBytes: freeBytesIn(rounds.arena),
    threads,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
      .length,
    actors: actors.length,
  };
}

function freeBytesIn(buffer: SharedArrayBuffer): number {
  const { i32 } = Arena.over(buffer);
  let bytes = 0;
  for (let sizeClass = MIN_CLASS; sizeClass <= MAX_CLASS; sizeClass++) {
    for (let b = i32[Header.FREE_HEADS + sizeClass] as Granule; b !== NONE; b = i32[wordOf(b)] as Granule) {
      bytes += 2 ** sizeClass;
    }
  }
  return bytes;
}

/** What of it varies, and by how much at most it may have grown: so many bytes, and so much of it. */
const MAY_GROW: Record<Measured, { readonly by: number; readonly share: number }> = {
  rssBytes: { by: 16 << 20, share: 0.1 },
  // Reports of the last 10,000 that have ended are kept for late joins.
  heapBytes: { by: 6 << 20, share: 0.1 },
  // So many outboxes of one thread are kept, 4 KiB each.
  arenaBytes: { by: 256 << 10, share: 0 },
  freeBytes: { by: 256 << 10, share: 0.1 },
  threads: { by: 0, share: 0 },
  handles: { by: 0, share: 0 },
  actors: { by: 0, share: 0 },
};

export interface Verdict {
  readonly what: Measured;
  readonly before: number;
  readonly after: number;
  readonly hasGrown: boolean;
}

/**
 * The second quarter of the readings against the last: at first caches fill, and memory is kept for the next ones. Each by
 * its median, since a reading may come in the midst of a collection.
 */
export function judge(readings: readonly Reading[]): Verdict[] {
  const quarter = Math.max(1, Math.floor(readings.length / 4));
  const early = readings.slice(quarter, quarter * 2);
  const late = readings.slice(-quarter);
  return (Object.keys(MAY_GROW) as Measured[]).map((what) => {
    const before = median(early.map((reading) => reading[what]));
    const after = median(late.map((reading) => reading[what]));
    const { by, share } = MAY_GROW[what];
    return { what, before, after, hasGrown: after - before > by + before * share };
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
