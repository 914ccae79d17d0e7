/** The boxes of an arena: made, given back and reused by the creating thread alone. */
import type { Arena } from '../memory/arena.js';
import { Box, BoxFlag, type Granule, NONE, wordOf } from '../memory/layout.js';
import { lock, unlock } from '../memory/robust-lock.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import { releaseChain } from '../queue/block-chain.js';
import { idleTableBytes, initIdleTable, releaseLeases } from '../queue/lease.js';
import { releaseBlackBox } from './black-box.js';

export interface BoxShape {
  readonly kind: number;
  readonly maxItems: number;
  /** Infinity for boxes without limits. */
  readonly maxBytes: number;
  readonly maxHeld?: number;
  readonly dropOldest?: boolean;
}

/** Slots that rest before they are used again, so that stale ids are told apart for long. */
const RESTING = 64;

/** What stays with a box when it is given back. */
const KEPT: readonly number[] = [Box.LOCK, Box.GENERATION, Box.CONSUMER_LOCK, Box.REASON, Box.WAIT_MORE];
const FORGOTTEN = Array.from({ length: Box.WORDS }, (_, word) => word).filter((word) => !KEPT.includes(word));

export class Boxes {
  /** Those that were given back, the first one at {@link #next}: `shift` would move a hundred thousand, each time. */
  #free: Granule[] = [];
  #next = 0;
  /** Idle tables by their size. Not given back to the arena: whoever told the pool last may be reading one still. */
  readonly #idleTables = new Map<number, Granule[]>();

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
  ) {}

  open(shape: BoxShape): Address {
    const { arena, thread } = this;
    const { i32 } = arena;
    let box = this.#rested();
    if (box === undefined) {
      box = arena.demand(thread, Box.WORDS * 4);
      i32.fill(0, wordOf(box), wordOf(box) + Box.WORDS);
      thread.letGo();
    }
    const base = wordOf(box);
    const generation = (i32[base + Box.GENERATION] + 1) | 0;
    i32[base + Box.KIND] = shape.kind;
    i32[base + Box.REASON] = 0;
    i32[base + Box.MAX_ITEMS] = Math.min(shape.maxItems, 0x7fffffff);
    i32[base + Box.MAX_WORDS] = Math.min(Math.ceil(shape.maxBytes / 4), 0x7fffffff);
    i32[base + Box.HELD] = shape.maxHeld ?? 0;
    i32[base + Box.FLAGS] =
      (Number.isFinite(shape.maxBytes) ? 0 : BoxFlag.UNLIMITED) |
      (shape.dropOldest === true ? BoxFlag.DROP_OLDEST : 0);
    // The generation last: whoever holds this id finds the box whole.
    Atomics.store(i32, base + Box.GENERATION, generation);
    return { box, generation };
  }

  #rested(): Granule | undefined {
    const { length } = this.#free;
    if (length - this.#next <= RESTING) return undefined;
    const box = this.#free[this.#next++];
    if (this.#next > RESTING && this.#next * 2 > length) {
      this.#free = this.#free.slice(this.#next);
      this.#next = 0;
    }
    return box;
  }

  /**
   * Moves the generation on, so that whoever publishes finds the box gone, and gives its memory back.
   * @returns false when the lock was not to be had: try again later
   */
  release(address: Address): boolean {
    const { arena, thread } = this;
    const { i32 } = arena;
    const base = wordOf(address.box);
    if (i32[base + Box.GENERATION] !== address.generation) return true;
    if (!lock(thread, base + Box.LOCK)) return false;
    Atomics.store(i32, base + Box.GENERATION, address.generation + 1);
    unlock(thread, base + Box.LOCK);
    releaseChain(arena, thread, address.box);
    releaseLeases(arena, thread, address.box);
    releaseBlackBox(arena, thread, address.box);
    const props = i32[base + Box.PROPS] as Granule;
    if (props !== NONE) arena.free(thread, props);
    const idle = i32[base + Box.IDLE] as Granule;
    if (idle !== NONE) this.releaseIdleTable(idle);
    // The reason stays until the slot is used again: who asks a dead actor is told why.
    // The slots stay with the box for good: who answers a dead asker may be about to write into them.
    for (const word of FORGOTTEN) i32[base + word] = 0;
    this.#free.push(address.box);
    return true;
  }

  /** Where a pool notes which of its workers are idle. */
  openIdleTable(workers: number): Granule {
    const { arena, thread } = this;
    let table = this.#idleTables.get(workers)?.pop();
    if (table === undefined) {
      table = arena.demand(thread, idleTableBytes(workers));
      thread.letGo();
    }
    initIdleTable(arena, table, workers);
    return table;
  }

  releaseIdleTable(table: Granule): void {
    const workers = this.arena.i32[wordOf(table)];
    const kept = this.#idleTables.get(workers);
    if (kept === undefined) this.#idleTables.set(workers, [table]);
    else kept.push(table);
  }
}

/** Closes a box for further mail. @returns false when the lock was not to be had */
export function closeBox(arena: Arena, thread: ThreadRecord, address: Address): boolean {
  const { i32 } = arena;
  const base = wordOf(address.box);
  if (!lock(thread, base + Box.LOCK)) return false;
  if (i32[base + Box.GENERATION] === address.generation) i32[base + Box.FLAGS] |= BoxFlag.CLOSED;
  unlock(thread, base + Box.LOCK);
  return true;
}
