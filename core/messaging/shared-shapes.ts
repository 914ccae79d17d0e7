/** The shape table that all threads of an arena share. */
import type { Arena } from '../memory/arena.js';
import { Header, Region } from '../memory/layout.js';
import { tryLock, unlock } from '../memory/robust-lock.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { ShapeTable } from './shape-table.js';

export function sharedShapes(arena: Arena, thread: ThreadRecord): ShapeTable {
  const lockIndex = Header.DICTIONARY_LOCK;
  return new ShapeTable({
    i32: arena.i32,
    u8: arena.u8,
    lockIndex,
    countIndex: Header.DICTIONARY_COUNT,
    directory: Region.DICTIONARY,
    maxEntries: Region.DICTIONARY_HEAP - Region.DICTIONARY,
    heapNext: Header.DICTIONARY_NEXT,
    heapEnd: Region.BLOCKS,
    tryLock: () => tryLock(thread, lockIndex),
    unlock: () => unlock(thread, lockIndex),
  });
}
