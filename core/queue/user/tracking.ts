/**
 * Whose death is known: workers made after this was imported in the thread that makes them, or given to
 * {@link trackWorker}. What a dead thread held is given back, and what it had half done is undone.
 */
import { channel } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { type Granule, Header, Thread, ThreadState, wordOf } from '../../memory/layout.js';
import { locksHeldBy, takeFromDead, tryLock, unlock, wakeNextOf } from '../../memory/robust-lock.js';
import { claimThread, recordOf } from '../../memory/thread-record.js';
import { KINDS, Member, Structure } from './layout.js';
import { undo, wakeAll } from './locked-block.js';
import { ownSpace, type Space } from './space.js';
import type { SharedStructure } from './structure.js';
import { structures } from './structure-list.js';

const TRY_AGAIN_MS = 5;
const CLAIM_TRIES = 10_000;

type Gravedigger = (space: Space, block: Granule, generation?: number) => SharedStructure;
const kinds = new Map<number, Gravedigger>();

/** Each kind of structure says how its dead members are settled. */
export function buriedBy(kind: (typeof KINDS)[number], make: Gravedigger): void {
  kinds.set(KINDS.indexOf(kind), make);
}

/** The queue or lock at a place, as this thread sees it. */
export function structureAt(
  space: Space,
  kind: (typeof KINDS)[number],
  block: Granule,
  generation: number,
): SharedStructure {
  const make = kinds.get(KINDS.indexOf(kind));
  if (make === undefined) throw new TypeError(`To receive a ${kind}, import it in this thread first.`);
  return make(space, block, generation);
}

const tracked = new WeakSet<Worker>();

/**
 * Makes the death of a worker known to the queues and locks that it shares. Needed only for workers made before
 * `troupe/queue` was imported; call it in the thread that made the worker, right after.
 *
 * @example
 * ```ts
 * const worker = new Worker(url, { workerData: jobs.handle });
 * trackWorker(worker);
 * ```
 */
export function trackWorker(worker: Worker): void {
  if (tracked.has(worker) || worker.threadId <= 0) return;
  tracked.add(worker);
  const space = ownSpace();
  const slot = claimFor(space, worker.threadId);
  if (slot < 0) return;
  worker.once('exit', () => bury(space, slot));
}

function claimFor({ arena, thread }: Space, threadId: number): number {
  // From here on this thread delivers proofs of death: it must not sleep on a lock of one that it has to bury.
  thread.neverWaits = true;
  for (let i = 0; i < CLAIM_TRIES; i++) {
    if (!tryLock(thread, Header.CLAIM_LOCK)) continue;
    const slot = claimThread(arena);
    if (slot >= 0) {
      const base = recordOf(slot);
      arena.i32[base + Thread.PARENT] = thread.id;
      // Last: by this the worker finds its record.
      Atomics.store(arena.i32, base + Thread.NODE_ID, threadId);
    }
    unlock(thread, Header.CLAIM_LOCK);
    return slot;
  }
  return -1;
}

/** Follows every worker that this thread makes from here on. */
export function trackAll(): void {
  // At once, where process.on('worker') comes a tick later: a creator that blocks itself then is no matter.
  channel('worker_threads').subscribe((message) => trackWorker((message as { worker: Worker }).worker));
  process.on('worker', trackWorker);
}

/** A thread has ended, and with it those that it had made. */
function bury(space: Space, slot: number): void {
  const { i32 } = space.arena;
  for (const child of withDescendants(i32, slot)) {
    Atomics.store(i32, recordOf(child) + Thread.STATE, ThreadState.DEAD);
    buryOne(space, child);
  }
}

function withDescendants(i32: Int32Array, slot: number): number[] {
  const found = [slot];
  for (const parent of found) {
    for (let s = 0; s < i32[Header.THREADS]; s++) {
      const base = recordOf(s);
      const state = Atomics.load(i32, base + Thread.STATE);
      if (state === ThreadState.FREE || state === ThreadState.DEAD) continue;
      if (i32[base + Thread.PARENT] === parent + 1 && !found.includes(s)) found.push(s);
    }
  }
  return found;
}

/** Never waits: what is in use by the living is tried again later. */
function buryOne(space: Space, slot: number): void {
  const { arena, thread } = space;
  const { i32 } = arena;
  const base = recordOf(slot);
  const locks = locksHeldBy(i32, { base, id: slot + 1 });
  for (const structure of structures(i32)) {
    const make = kinds.get(i32[wordOf(structure) + Structure.KIND]);
    if (make !== undefined) make(space, structure).mend((lock) => locks.includes(lock));
    else if (locks.includes(wordOf(structure) + Structure.LOCK)) undo(i32, wordOf(structure));
  }
  for (const lock of locks) takeFromDead(i32, lock);
  wakeNextOf(i32, { base });
  i32.fill(0, base + Thread.LOCKS, base + Thread.LOCKS + Thread.LOCK_COUNT);
  let done = true;
  for (const structure of structures(i32)) {
    const make = kinds.get(i32[wordOf(structure) + Structure.KIND]);
    if (make !== undefined && !make(space, structure).bury(slot)) done = false;
  }
  // Members and items say themselves, at the same offset, whether they belong somewhere.
  const isLinked = (block: Granule) =>
    i32[wordOf(block) + Member.LINKED] === 1 || [...structures(i32)].includes(block);
  if (done) done = arena.settleHands(thread, slot, isLinked);
  // It may have been about to say so of one that it had disposed of.
  Atomics.store(i32, Header.SPARE_STRUCTURES, 1);
  wakeAll(i32);
  if (done) Atomics.store(i32, base + Thread.STATE, ThreadState.FREE);
  else setTimeout(() => buryOne(space, slot), TRY_AGAIN_MS);
}
