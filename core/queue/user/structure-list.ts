/** Where structures lie: the list of all, the making of new ones, and the handles that name them. */
import { inspect } from 'node:util';
import { DisposedError } from '../../errors.js';
import { type Granule, Header, NONE, wordOf } from '../../memory/layout.js';
import { tryLock, unlock } from '../../memory/robust-lock.js';
import { KINDS, type KindName, STRUCTURE_BYTES, Structure } from './layout.js';
import { ownSpace, type Space, spaceOver } from './space.js';

/** What another thread needs to use a queue or lock: goes into `workerData` or through `postMessage`. */
export interface SharedHandle<Kind extends KindName = KindName> {
  readonly kind: Kind;
  readonly buffer: SharedArrayBuffer;
  /** Where in the buffer. */
  readonly at: number;
  /** Which of those that have lain there. */
  readonly generation: number;
}

/** What a structure is made of in this thread. */
export type Place = readonly [space: Space, block: Granule, generation: number];

/** All structures of an arena, also those that were disposed of. */
export function* structures(i32: Int32Array): Generator<Granule> {
  for (let s = Atomics.load(i32, Header.STRUCTURES) as Granule; s !== NONE; s = i32[wordOf(s)] as Granule)
    yield s;
}

/** A new structure of zeros, known to all threads from here on. */
export function newStructure(kind: KindName, prepare?: (i32: Int32Array, base: number) => void): Place {
  const space = ownSpace();
  const { i32 } = space.arena;
  const block = usedAgain(space, kind, prepare) || freshlyMade(space, kind, prepare);
  return [space, block, i32[wordOf(block) + Structure.GENERATION]];
}

function freshlyMade({ arena, thread }: Space, kind: KindName, prepare?: Prepare): Granule {
  const { i32 } = arena;
  const block = arena.demand(thread, STRUCTURE_BYTES);
  const base = wordOf(block);
  i32.fill(0, base, base + STRUCTURE_BYTES / 4);
  i32[base + Structure.KIND] = KINDS.indexOf(kind);
  i32[base + Structure.GENERATION] = 1;
  prepare?.(i32, base);
  for (;;) {
    const first = Atomics.load(i32, Header.STRUCTURES);
    i32[base + Structure.NEXT] = first;
    if (Atomics.compareExchange(i32, Header.STRUCTURES, first, block) === first) break;
  }
  thread.letGo();
  return block;
}
type Prepare = (i32: Int32Array, base: number) => void;

/** The block of one that was disposed of. */
function usedAgain({ arena, thread }: Space, kind: KindName, prepare?: Prepare): Granule {
  const { i32 } = arena;
  // Taken back before the list is gone through: one that is disposed of meanwhile marks it anew.
  if (Atomics.exchange(i32, Header.SPARE_STRUCTURES, 0) === 0) return NONE;
  for (const block of structures(i32)) {
    const base = wordOf(block);
    if (Atomics.load(i32, base + Structure.KIND) !== 0) continue;
    // Somebody who knew the old one may have its lock for a moment: then leave it.
    if (!tryLock(thread, base + Structure.LOCK)) continue;
    const free = i32[base + Structure.KIND] === 0;
    if (free) {
      i32.fill(0, base + Structure.STATE, base + Structure.LOG);
      prepare?.(i32, base);
      // Last: until then it is nobody's, and a death leaves it so.
      Atomics.store(i32, base + Structure.KIND, KINDS.indexOf(kind));
    }
    unlock(thread, base + Structure.LOCK);
    Atomics.store(i32, Header.SPARE_STRUCTURES, 1);
    if (free) return block;
  }
  return NONE;
}

/**
 * The place that a handle names.
 * @throws TypeError when it is no handle of that kind
 * @throws DisposedError
 */
export function placeOf(handle: SharedHandle, kind: KindName): Place {
  const given = inspect(handle, { depth: 0 });
  const wrong = (why: string) => new TypeError(`${kind}.attach() takes the handle of a ${kind}, but ${why}.`);
  if (typeof handle !== 'object' || handle === null) throw wrong(`got ${given}`);
  if (!(handle.buffer instanceof SharedArrayBuffer)) {
    throw wrong('handle' in handle ? `got ${given}: give it its .handle` : `got ${given}`);
  }
  if (handle.kind !== kind) {
    const known = (KINDS as readonly unknown[]).includes(handle.kind);
    throw wrong(known ? `got that of a ${handle.kind}: use ${handle.kind}.attach()` : `got ${given}`);
  }
  const space = spaceOver(handle.buffer);
  const { i32 } = space.arena;
  for (const block of structures(i32)) {
    if (block !== handle.at) continue;
    const now = i32[wordOf(block) + Structure.GENERATION];
    if (Number.isInteger(handle.generation) && handle.generation > 0 && handle.generation < now)
      throw new DisposedError(kind);
    if (handle.generation !== now || i32[wordOf(block) + Structure.KIND] !== KINDS.indexOf(kind)) break;
    return [space, block, now];
  }
  throw wrong(`nothing of that kind lies at ${given}`);
}
