/**
 * The shared memory of a process's queues and locks, as one thread sees it: the arena, the thread's record in
 * it, and its waiting tasks.
 *
 * The thread that imports this first makes the arena, and hands it to its workers as environment data. Each
 * worker's record is reserved by the thread that makes the worker, which will also hear of its death.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from 'node:worker_threads';
import { ThreadNotTrackedError } from '../../errors.js';
import { Arena } from '../../memory/arena.js';
import { Header, Thread, ThreadState } from '../../memory/layout.js';
import { sleepWhile } from '../../memory/parking.js';
import { claimThread, recordOf, ThreadRecord } from '../../memory/thread-record.js';
import type { ItemCodec } from './item-codec.js';
import { Waits } from './waits.js';

const ENVIRONMENT_KEY = 'troupe/queue';
const ARENA_SIZES = [1 << 30, 1 << 28, 1 << 26];
/** How long a worker waits for its record, when trackWorker is called a little after it was made. */
const JOIN_LOOKS = 100;
const JOIN_LOOK_MS = 5;

export class Space {
  readonly waits: Waits;
  #codec: ItemCodec | undefined;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
  ) {
    this.waits = new Waits(thread);
    Atomics.store(arena.i32, thread.base + Thread.STATE, ThreadState.ALIVE);
  }

  get codec(): ItemCodec {
    this.#codec ??= makeCodec(this);
    return this.#codec;
  }
}

let makeCodec: (space: Space) => ItemCodec = () => {
  throw new TypeError("Import 'troupe/queue' by its own name: its entrance brings the codec along.");
};

/** The entrance brings the codec, which lies in a room above this one. */
export function useCodec(make: (space: Space) => ItemCodec): void {
  makeCodec = make;
}

const spaces = new Map<number, Space>();
let own: Space | undefined;

/** Where this thread makes new structures. */
export function ownSpace(): Space {
  own ??= inherited() ?? founded();
  return own;
}

/** Where a structure of another thread lies. @throws ThreadNotTrackedError */
export function spaceOver(buffer: SharedArrayBuffer): Space {
  const arena = Arena.over(buffer);
  const id = arena.i32[Header.ARENA_ID];
  if (own === undefined) ownSpace();
  const known = spaces.get(id) ?? joined(arena, JOIN_LOOKS);
  if (known === undefined) throw new ThreadNotTrackedError(threadId);
  return known;
}

function inherited(): Space | undefined {
  const buffer = isMainThread ? undefined : getEnvironmentData(ENVIRONMENT_KEY);
  return buffer instanceof SharedArrayBuffer ? joined(Arena.over(buffer), JOIN_LOOKS) : undefined;
}

/** The space in which somebody has reserved a record for this thread. */
function joined(arena: Arena, looks: number): Space | undefined {
  const { i32 } = arena;
  for (let look = 0; look < looks; look++) {
    const threads = Atomics.load(i32, Header.THREADS);
    for (let slot = 0; slot < threads; slot++) {
      const base = recordOf(slot);
      if (i32[base + Thread.NODE_ID] !== threadId) continue;
      const state = Atomics.load(i32, base + Thread.STATE);
      if (state === ThreadState.STARTING) return entered(arena, slot, isMainThread);
    }
    if (isMainThread) break;
    // Nobody changes this word: it is slept upon for its time-out's sake.
    sleepWhile(i32, Header.MAGIC, i32[Header.MAGIC], JOIN_LOOK_MS);
  }
  return undefined;
}

function founded(): Space {
  const arena = newArena();
  // Tells arenas apart: the same memory is another object in each message that brings it. Math.random is seeded
  // anew in each thread and process; loading node:crypto would take 4 ms of every thread's start.
  arena.i32[Header.ARENA_ID] = 1 + Math.floor(Math.random() * (2 ** 31 - 1));
  const slot = claimThread(arena);
  arena.i32[recordOf(slot) + Thread.NODE_ID] = threadId;
  setEnvironmentData(ENVIRONMENT_KEY, arena.buffer);
  return entered(arena, slot, true);
}

/** Memory costs nothing until touched, but address space may be limited. */
function newArena(): Arena {
  for (const bytes of ARENA_SIZES) {
    try {
      return Arena.create(bytes);
    } catch (error) {
      if (!(error instanceof RangeError) || bytes === ARENA_SIZES.at(-1)) throw error;
    }
  }
  throw new RangeError('No arena.');
}

function entered(arena: Arena, slot: number, neverWaits: boolean): Space {
  const space = new Space(arena, new ThreadRecord(arena, slot, neverWaits));
  spaces.set(arena.i32[Header.ARENA_ID], space);
  return space;
}
