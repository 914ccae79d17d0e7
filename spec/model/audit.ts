/** Looks through an arena that nobody uses: each block is in a free list once, or part of something, or lost. */
import type { Arena as Blocks } from '../../core/memory/arena.js';
import {
  BlockPrefix,
  type Granule,
  Header,
  LINE_WORDS,
  MAX_CLASS,
  MIN_CLASS,
  Region,
  wordOf,
} from '../../core/memory/layout.js';

const FIRST = Math.ceil(Region.BLOCKS / LINE_WORDS) * (LINE_WORDS / 2);

/** Where in its block a word stands: -1 is the owner word; undefined for a word of no block. */
export function offsetInBlock(i32: Int32Array, word: number): number | undefined {
  let at = FIRST;
  while (at * 2 <= word && at < i32[Header.BUMP]) {
    const start = wordOf((at + 1) as Granule);
    const sizeClass = i32[start + BlockPrefix.CLASS];
    // Fresh memory whose size nobody has said yet.
    if (sizeClass > MAX_CLASS) return undefined;
    at += sizeClass < MIN_CLASS ? LINE_WORDS / 2 : 2 ** (sizeClass - 3);
    if (word < at * 2) return word - start;
  }
  return undefined;
}

/**
 * The owner word of a block is looked at by who buries a thread, with nothing that orders this and the next owner's
 * store: either answer will do, since the next owner is not the dead one.
 */
export const isOwnerWord = (i32: Int32Array, word: number): boolean =>
  word % LINE_WORDS === 1 && offsetInBlock(i32, word) === BlockPrefix.OWNER;

export class Arena {
  readonly i32: Int32Array;
  readonly blocks: Granule[] = [];
  readonly free = new Set<Granule>();
  /** Granules in use, as the arena counts them. */
  readonly counted: number;
  /** What is wrong with the lists. */
  wrong: string | undefined;

  constructor(arena: Blocks) {
    const { i32 } = arena;
    this.i32 = i32;
    this.counted = arena.bytesInUse / 8;
    let at = FIRST;
    while (at < i32[Header.BUMP]) {
      const block = (at + 1) as Granule;
      const sizeClass = i32[wordOf(block) + BlockPrefix.CLASS];
      this.blocks.push(block);
      if (sizeClass < MIN_CLASS || sizeClass > MAX_CLASS) {
        this.wrong = `The block ${block} has no size.`;
        return;
      }
      at += 2 ** (sizeClass - 3);
    }
    for (let sizeClass = MIN_CLASS; sizeClass <= MAX_CLASS; sizeClass++) {
      for (let b = i32[Header.FREE_HEADS + sizeClass] as Granule; b !== 0; b = i32[wordOf(b)] as Granule) {
        if (this.free.has(b)) {
          this.wrong = `The block ${b} is in a free list twice.`;
          return;
        }
        if (i32[wordOf(b) + BlockPrefix.CLASS] !== sizeClass)
          this.wrong = `The block ${b} is in another size's list.`;
        this.free.add(b);
      }
    }
  }

  /** @param used blocks that are part of something @returns what is wrong */
  against(used: Iterable<Granule>): string | undefined {
    if (this.wrong !== undefined) return this.wrong;
    const known = new Set<Granule>();
    let granules = 0;
    for (const block of used) {
      if (known.has(block)) return `The block ${block} is part of two things.`;
      if (this.free.has(block)) return `The block ${block} is free, and in use.`;
      known.add(block);
      granules += 2 ** (this.i32[wordOf(block) + BlockPrefix.CLASS] - 3);
    }
    const lost = this.blocks.filter((b) => !known.has(b) && !this.free.has(b));
    if (lost.length > 0) return `Blocks in nobody's hand: ${lost.join(', ')}`;
    if (this.counted !== granules) {
      return `${granules} granules are in use, and ${this.counted} counted.`;
    }
    return undefined;
  }
}
