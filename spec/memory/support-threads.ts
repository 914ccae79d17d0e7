/** Bodies of worker threads for the specs of memory: each is told an arena and what to do with it. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Arena } from '../../core/memory/arena.js';
import { type Granule, wordOf } from '../../core/memory/layout.js';
import { lock, unlock } from '../../core/memory/robust-lock.js';
import { ThreadRecord } from '../../core/memory/thread-record.js';

export interface Task {
  readonly buffer: SharedArrayBuffer;
  readonly slot: number;
  readonly what: 'count' | 'die-with-lock' | 'wait-for-lock' | 'blocks';
  /** Index of the lock's word; the word behind it is what it guards. */
  readonly lock: number;
  readonly rounds: number;
}

export function start(task: Task): Worker {
  return new Worker(new URL(import.meta.url), { workerData: { memorySpec: task } });
}

/** Resolves with what the worker says at its end. */
export function result(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let said: unknown;
    worker.on('message', (message) => {
      said = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(said));
  });
}

function perform({ buffer, slot, what, lock: index, rounds }: Task): void {
  const arena = Arena.over(buffer);
  const { i32 } = arena;
  const thread = new ThreadRecord(arena, slot, false);
  if (what === 'count') {
    for (let i = 0; i < rounds; i++) {
      lock(thread, index);
      i32[index + 1]++;
      unlock(thread, index);
    }
  } else if (what === 'die-with-lock') {
    lock(thread, index);
    arena.take(thread, 100);
    process.exit(1);
  } else if (what === 'wait-for-lock') {
    parentPort?.postMessage('waiting');
    lock(thread, index);
    unlock(thread, index);
    parentPort?.postMessage('had it');
  } else {
    parentPort?.postMessage(shuffleBlocks(arena, thread, rounds));
  }
}

/** Takes blocks, writes its mark into them, and gives them back. @returns how many were not its own any more */
function shuffleBlocks(arena: Arena, thread: ThreadRecord, rounds: number): number {
  const { i32 } = arena;
  const kept: Granule[] = [];
  let torn = 0;
  for (let i = 0; i < rounds; i++) {
    const block = arena.take(thread, 60 + (i % 5) * 100);
    i32[wordOf(block)] = thread.id * 1_000_000 + i;
    i32[wordOf(block) + 1] = i32[wordOf(block)];
    thread.letGo();
    kept.push(block);
    if (kept.length < 8) continue;
    const old = kept.splice(i % 8, 1)[0];
    if (i32[wordOf(old)] !== i32[wordOf(old) + 1] || Math.floor(i32[wordOf(old)] / 1_000_000) !== thread.id)
      torn++;
    arena.free(thread, old);
  }
  for (const block of kept) arena.free(thread, block);
  return torn;
}

const task = (workerData as { memorySpec?: Task } | null)?.memorySpec;
if (!isMainThread && task !== undefined) perform(task);
