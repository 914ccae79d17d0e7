/** Where actors are put: a place in a thread's ready set for each. */
import { expect } from 'chai';
import { ArenaFullError } from '../../core/index.js';
import { Arena } from '../../core/memory/arena.js';
import { Box, type Granule, NONE, Thread, wordOf } from '../../core/memory/layout.js';
import { homeOf } from '../../core/memory/ready-set.js';
import { claimThread, recordOf, ThreadRecord } from '../../core/memory/thread-record.js';
import { ReadyBits } from '../../core/runtime/ready-bits.js';
import type { ThreadEntry } from '../../core/runtime/thread.js';
import type { ActorNode } from '../../core/supervision/actor-node.js';
import { Ground } from '../../core/supervision/ground.js';
import { Placement } from '../../core/supervision/placement.js';
import { Tree } from '../../core/supervision/tree.js';

describe('the place of an actor', () => {
  const arena = Arena.create(4 << 20);
  const thread = new ThreadRecord(arena, claimThread(arena), true);
  const entry = { slot: claimThread(arena), dead: false, readyBits: new ReadyBits(1) } as ThreadEntry;
  const chunk = recordOf(entry.slot) + Thread.READY_CHUNKS;
  const options = { sharedThreads: 1, warmThreads: 0 };
  const ground = new Ground(
    arena,
    thread,
    {} as never,
    {} as never,
    { create: () => entry } as never,
    options as never,
  );
  const placement = new Placement(ground, new Tree(ground));
  const box = arena.demand(thread, Box.WORDS * 4);
  thread.letGo();
  const node = () => ({ spec: { placement: 'shared' }, identity: { box } }) as unknown as ActorNode;

  it('has room in the ready set of its thread before that hears of it', () => {
    const first = node();
    placement.place(first);
    expect(arena.i32[chunk]).to.be.greaterThan(0);
    expect(arena.i32[wordOf(box) + Box.HOME]).to.equal(homeOf(entry.slot, first.index));
  });

  it('is refused where the arena has no room for it, and is there once it has', () => {
    // The first part of the set.
    for (let index = 2; index < 256; index++) placement.place(node());
    const taken: Granule[] = [];
    for (let bytes = 1 << 20; bytes >= 56; bytes >>= 1) {
      for (let block = arena.take(thread, bytes - 8); block !== NONE; block = arena.take(thread, bytes - 8)) {
        thread.letGo();
        taken.push(block);
      }
    }
    for (let tries = 0; tries < 3; tries++) expect(() => placement.place(node())).to.throw(ArenaFullError);
    for (const block of taken) arena.free(thread, block);
    const late = node();
    placement.place(late);
    expect(late.index).to.equal(256);
    expect(arena.i32[chunk + 1]).to.be.greaterThan(0);
  });
});
