/**
 * Names in shared memory: path -> actor, for `find` in every thread. The creating thread alone writes; a reader that
 * met a change looks again (a version word: odd while it changes).
 */
import type { Arena } from '../memory/arena.js';
import { Box, type Granule, Header, NAME_BUCKETS, NONE, Region, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { hashOf } from '../messaging/hash.js';
import type { Identity } from '../messaging/ref-world.js';

const bucketOf = (hash: number): number => Region.NAMES + (hash & (NAME_BUCKETS - 1));

/** Writes what a reference needs to know into a block of the box's own, and the box into its bucket. */
export function register(arena: Arena, thread: ThreadRecord, identity: Identity): void {
  const { i32, u8 } = arena;
  const text = Buffer.from(JSON.stringify(identity));
  const block = arena.demand(thread, 4 + text.length);
  i32[wordOf(block)] = text.length;
  u8.set(text, wordOf(block) * 4 + 4);
  const base = wordOf(identity.box);
  const hash = hashOf(identity.path);
  const bucket = bucketOf(hash);
  Atomics.add(i32, Header.NAMES_VERSION, 1);
  i32[base + Box.NAME] = block;
  i32[base + Box.NAME_HASH] = hash | 0;
  i32[base + Box.NEXT_IN_BUCKET] = i32[bucket];
  Atomics.store(i32, bucket, identity.box);
  Atomics.add(i32, Header.NAMES_VERSION, 1);
  thread.letGo();
}

export function unregister(arena: Arena, thread: ThreadRecord, box: Granule): void {
  const { i32 } = arena;
  const base = wordOf(box);
  const block = i32[base + Box.NAME] as Granule;
  if (block === NONE) return;
  let at = bucketOf(i32[base + Box.NAME_HASH] >>> 0);
  Atomics.add(i32, Header.NAMES_VERSION, 1);
  while (i32[at] !== NONE && i32[at] !== box) at = wordOf(i32[at] as Granule) + Box.NEXT_IN_BUCKET;
  if (i32[at] === box) i32[at] = i32[base + Box.NEXT_IN_BUCKET];
  i32[base + Box.NAME] = NONE;
  Atomics.add(i32, Header.NAMES_VERSION, 1);
  arena.free(thread, block);
}

/** What a box says of itself; undefined when it has moved on. */
export function identityAt(arena: Arena, box: Granule, generation: number): Identity | undefined {
  for (;;) {
    const version = Atomics.load(arena.i32, Header.NAMES_VERSION);
    const identity = read(arena, box);
    if ((version & 1) === 0 && Atomics.load(arena.i32, Header.NAMES_VERSION) === version) {
      return identity?.generation === generation ? identity : undefined;
    }
  }
}

function read(arena: Arena, box: Granule): Identity | undefined {
  const { i32, u8 } = arena;
  const block = Atomics.load(i32, wordOf(box) + Box.NAME) as Granule;
  if (block === NONE) return undefined;
  const length = i32[wordOf(block)];
  // Read while it changes: any length may stand here.
  if (length <= 0 || length > 1 << 20) return undefined;
  const at = wordOf(block) * 4 + 4;
  try {
    return JSON.parse(Buffer.from(u8.slice(at, at + length)).toString()) as Identity;
  } catch {
    return undefined;
  }
}

export function findByPath(arena: Arena, path: string): Identity | undefined {
  const { i32 } = arena;
  const hash = hashOf(path);
  for (;;) {
    const version = Atomics.load(i32, Header.NAMES_VERSION);
    let found: Identity | undefined;
    let box = Atomics.load(i32, bucketOf(hash)) as Granule;
    for (let steps = 0; box !== NONE && steps < 1_000_000; steps++) {
      if (i32[wordOf(box) + Box.NAME_HASH] === (hash | 0)) {
        const identity = read(arena, box);
        if (identity?.path === path) {
          found = identity;
          break;
        }
      }
      box = Atomics.load(i32, wordOf(box) + Box.NEXT_IN_BUCKET) as Granule;
    }
    if ((version & 1) === 0 && Atomics.load(i32, Header.NAMES_VERSION) === version) return found;
  }
}
