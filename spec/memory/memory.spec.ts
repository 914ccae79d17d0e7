/** The ground that all stands on: blocks, locks that survive their owner, ready sets, parking. */
import { once } from 'node:events';
import { expect } from 'chai';
import { Arena, classFor, wordsIn } from '../../core/memory/arena.js';
import {
  BlockPrefix,
  type Granule,
  Header,
  NONE,
  Thread,
  ThreadState,
  wordOf,
} from '../../core/memory/layout.js';
import { announce, park, wake } from '../../core/memory/parking.js';
import {
  anyReady,
  homeOf,
  indexOf,
  markAll,
  markReady,
  reserveReady,
  slotOf,
  takeReady,
} from '../../core/memory/ready-set.js';
import { lock, locksHeldBy, ownerOf, takeFromDead, tryLock, unlock } from '../../core/memory/robust-lock.js';
import { claimThread, recordOf, ThreadRecord } from '../../core/memory/thread-record.js';
import { result, start } from './support-threads.js';

function newArena(bytes = 16 << 20) {
  const arena = Arena.create(bytes);
  const slot = claimThread(arena);
  return { arena, i32: arena.i32, slot, thread: new ThreadRecord(arena, slot, true) };
}

/** A line of an arena's own memory to play with: words that no structure uses. */
function playground({ arena, thread }: ReturnType<typeof newArena>): number {
  const block = arena.demand(thread, 64);
  thread.letGo();
  arena.i32.fill(0, wordOf(block), wordOf(block) + 8);
  return wordOf(block);
}

describe('the arena', () => {
  it('rounds up to powers of two, the prefix included', () => {
    expect(classFor(1)).to.equal(6);
    expect(classFor(56)).to.equal(6);
    expect(classFor(57)).to.equal(7);
    expect(wordsIn(6)).to.equal(14);
  });

  it('gives a block back to whoever asks for that size next', () => {
    const { arena, thread } = newArena();
    const before = arena.bytesInUse;
    const block = arena.demand(thread, 100);
    expect(arena.wordsOf(block) * 4).to.be.at.least(100);
    expect(arena.bytesInUse - before).to.equal(128);
    arena.give(thread, block);
    expect(arena.bytesInUse).to.equal(before);
    const again = arena.demand(thread, 110);
    expect(again).to.equal(block);
    const other = arena.demand(thread, 110);
    expect(other).to.not.equal(block);
  });

  it('says when it is full, keeps a share for control, and goes on after a block came back', () => {
    const { arena, thread } = newArena(8 << 20);
    const taken: Granule[] = [];
    for (let block = arena.take(thread, 60_000); block !== NONE; block = arena.take(thread, 60_000)) {
      thread.letGo();
      taken.push(block);
    }
    expect(() => arena.demand(thread, 60_000))
      .to.throw()
      .with.property('name', 'ArenaFullError');
    const reserved = arena.take(thread, 60_000, true);
    expect(reserved).to.not.equal(NONE);
    thread.letGo();
    arena.free(thread, taken[0]);
    // As much has to be left as before.
    expect(arena.take(thread, 60_000)).to.equal(NONE);
    arena.free(thread, reserved);
    expect(arena.take(thread, 60_000)).to.equal(reserved);
    expect(arena.take(thread, 2 ** 31)).to.equal(NONE);
  });

  it('keeps half of that share for small blocks, also when all of it has been used before', () => {
    const { arena, thread } = newArena(8 << 20);
    while (arena.take(thread, 60_000) !== NONE) thread.letGo();
    const fill = (bytes: number) => {
      const taken: Granule[] = [];
      for (
        let block = arena.take(thread, bytes, true);
        block !== NONE;
        block = arena.take(thread, bytes, true)
      ) {
        thread.letGo();
        taken.push(block);
      }
      return taken;
    };
    for (let round = 0; round < 2; round++) {
      const large = fill(60_000);
      expect(large.length).to.be.within(2, 4);
      const small = fill(1000);
      expect(small.length).to.be.greaterThan(round === 0 ? 128 : 1);
      expect(arena.take(thread, 60_000)).to.equal(NONE);
      for (const block of [...large, ...small]) arena.free(thread, block);
      expect(arena.take(thread, 60_000)).to.equal(NONE);
    }
  });

  it('gives a larger block that is free to what a share is kept for, when nothing else is left', () => {
    const { arena, thread } = newArena(4 << 20);
    const large = arena.take(thread, 100_000, true);
    while (arena.take(thread, 1000, true) !== NONE) thread.letGo();
    arena.free(thread, large);
    const inUse = arena.bytesInUse;
    expect(arena.take(thread, 1000)).to.equal(NONE);
    expect(arena.take(thread, 1000, true)).to.equal(large);
    expect(arena.bytesInUse).to.equal(inUse + (1 << 17));
    arena.give(thread, large);
    expect(arena.bytesInUse).to.equal(inUse);
  });

  it('has words and bytes up to its end, also at the largest size that there is', () => {
    const { arena, thread } = newArena(2 ** 32);
    expect([arena.i32.length, arena.u8.length, arena.f64.length]).to.deep.equal([2 ** 30, 2 ** 32, 2 ** 29]);
    expect(arena.capacity).to.equal(2 ** 32);
    // The last of these ends above 3 GiB.
    const blocks = [1, 2, 3].map(() => arena.take(thread, 2 ** 30 - 8));
    expect(blocks).to.not.include(NONE);
    const last = wordOf(blocks[2]) + wordsIn(30) - 1;
    arena.i32[last] = 7;
    expect(arena.u8[last * 4]).to.equal(7);
  });

  it('is known by its mark', () => {
    expect(() => Arena.over(new SharedArrayBuffer(1 << 20))).to.throw(TypeError);
    const { arena } = newArena();
    expect(Arena.over(arena.buffer).capacity).to.equal(arena.capacity);
  });

  it('hands no block out twice to threads that take and give at once, and uses again what they give', async () => {
    const { arena } = newArena(64 << 20);
    const slots = [claimThread(arena), claimThread(arena), claimThread(arena)];
    const before = arena.bytesInUse;
    const used = arena.i32[Header.BUMP];
    const torn = await Promise.all(
      slots.map((slot) =>
        result(start({ buffer: arena.buffer, slot, what: 'blocks', lock: 0, rounds: 20_000 })),
      ),
    );
    expect(torn).to.deep.equal([0, 0, 0]);
    expect(arena.bytesInUse).to.equal(before);
    // Each has nine blocks of 128, 256 and 512 bytes at most at a time.
    expect((arena.i32[Header.BUMP] - used) * 8).to.be.at.most(3 * 9 * (128 + 256 + 512));
  });
});

describe('the robust lock', () => {
  it('is its owner’s until it is given back', () => {
    const space = newArena();
    const { arena, i32, thread } = space;
    const other = new ThreadRecord(arena, claimThread(arena), true);
    const word = playground(space);
    expect(tryLock(thread, word)).to.equal(true);
    expect(ownerOf(i32, word)).to.equal(thread.id);
    expect(locksHeldBy(i32, thread)).to.deep.equal([word]);
    expect(tryLock(other, word)).to.equal(false);
    // The thread that delivers death proofs gives up after a bounded attempt.
    expect(lock(other, word)).to.equal(false);
    expect(locksHeldBy(i32, other)).to.deep.equal([]);
    unlock(thread, word);
    expect(ownerOf(i32, word)).to.equal(0);
    expect(lock(other, word)).to.equal(true);
  });

  it('excludes threads from each other', async () => {
    const space = newArena();
    const word = playground(space);
    const rounds = 50_000;
    const { buffer } = space.arena;
    const slots = [claimThread(space.arena), claimThread(space.arena)];
    await Promise.all(
      slots.map((slot) => result(start({ buffer, slot, what: 'count', lock: word, rounds }))),
    );
    expect(space.i32[word + 1]).to.equal(2 * rounds);
    expect(space.i32[word]).to.equal(0);
  });

  it('of a dead owner is found and freed, its block too, and who sleeps on it wakes', async () => {
    const space = newArena();
    const { arena, i32, thread } = space;
    const word = playground(space);
    const before = arena.bytesInUse;
    const task = { buffer: arena.buffer, lock: word, rounds: 0 } as const;
    const [deadSlot, liveSlot] = [claimThread(arena), claimThread(arena)];
    await result(start({ ...task, slot: deadSlot, what: 'die-with-lock' }));
    const dead = { base: recordOf(deadSlot), id: deadSlot + 1 };
    expect(locksHeldBy(i32, dead)).to.deep.equal([word]);
    const waiter = start({ ...task, slot: liveSlot, what: 'wait-for-lock' });
    const ended = result(waiter);
    await once(waiter, 'message');
    takeFromDead(i32, word);
    expect(await ended).to.equal('had it');
    expect(i32[dead.base + Thread.HANDS]).to.not.equal(NONE);
    expect(arena.settleHands(thread, deadSlot, () => false)).to.equal(true);
    expect(arena.bytesInUse).to.equal(before);
    expect(i32[dead.base + Thread.HANDS]).to.equal(NONE);
  });

  it('leaves a dead one’s block alone when it has become part of a structure, or another’s', () => {
    const { arena, i32, thread } = newArena();
    const slot = claimThread(arena);
    const dead = new ThreadRecord(arena, slot, false);
    const linked = arena.demand(dead, 100);
    arena.settleHands(thread, slot, (block) => block === linked);
    const next = arena.demand(thread, 100);
    expect(next).to.not.equal(linked);
    const block = arena.demand(new ThreadRecord(arena, slot, false), 1000);
    i32[wordOf(block) + BlockPrefix.OWNER] = thread.id;
    const before = arena.bytesInUse;
    arena.settleHands(thread, slot, () => false);
    expect(arena.bytesInUse).to.equal(before);
  });
});

describe('the ready set', () => {
  const taken = (i32: Int32Array, thread: ThreadRecord) => {
    const indexes: number[] = [];
    takeReady(i32, thread, (index) => indexes.push(index));
    return indexes.sort((a, b) => a - b);
  };

  it('packs slot and index into one word', () => {
    const home = homeOf(1023, 4_000_000);
    expect([slotOf(home), indexOf(home)]).to.deep.equal([1023, 4_000_000]);
  });

  it('gives each mark once, over all of its chunks', () => {
    const { arena, i32, slot, thread } = newArena();
    const marks = [0, 1, 31, 32, 255, 256, 767, 768, 1023, 5000, 32_511, 32_512, 65_279, 100_000];
    for (const index of marks) reserveChunksUpTo(arena, thread, index);
    expect(taken(i32, thread)).to.deep.equal([]);
    for (const index of [...marks, ...marks]) markReady(i32, homeOf(slot, index));
    expect(anyReady(i32, thread)).to.equal(true);
    expect(taken(i32, thread)).to.deep.equal(marks);
    expect(anyReady(i32, thread)).to.equal(false);
    expect(taken(i32, thread)).to.deep.equal([]);
  });

  it('marks all there is after a death, and nothing beside it', () => {
    const { arena, i32, slot, thread } = newArena();
    reserveChunksUpTo(arena, thread, 5000);
    const fence = arena.demand(thread, 4000);
    i32.fill(7, wordOf(fence), wordOf(fence) + 1000);
    markAll(i32, slot);
    const all = taken(i32, thread);
    expect(all.length).to.equal(new Set(all).size);
    expect(all[0]).to.equal(0);
    expect(all).to.include(300).and.include(5000);
    expect(i32.subarray(wordOf(fence), wordOf(fence) + 1000).every((word) => word === 7)).to.equal(true);
  });

  it('shows the next owner of a record what the last one had not taken', () => {
    const { arena, i32 } = newArena();
    const slot = claimThread(arena);
    const dead = new ThreadRecord(arena, slot, false);
    reserveChunksUpTo(arena, dead, 5000);
    for (const index of [1, 5000]) markReady(i32, homeOf(slot, index));
    Atomics.store(i32, dead.base + Thread.STATE, ThreadState.FREE);
    expect(claimThread(arena)).to.equal(slot);
    const next = new ThreadRecord(arena, slot, false);
    for (const index of [1, 5000]) markReady(i32, homeOf(slot, index));
    expect(taken(i32, next)).to.deep.equal([1, 5000]);
  });

  it('passes over a mark for a place that was never reserved', () => {
    const { i32, slot, thread } = newArena();
    markReady(i32, homeOf(slot, 300));
    expect(taken(i32, thread)).to.deep.equal([]);
  });

  function reserveChunksUpTo(arena: Arena, thread: ThreadRecord, index: number): void {
    for (let at = 0; at < index; at = at * 2 + 256) reserveReady(arena, thread, at);
    reserveReady(arena, thread, index);
  }
});

describe('parking', () => {
  it('wakes one that waits, and one that was about to', async () => {
    const space = newArena();
    const word = playground(space);
    announce(space.i32, word);
    const waiting = park(space.i32, word);
    expect(waiting).to.not.equal(undefined);
    wake(space.i32, word);
    await waiting;
    announce(space.i32, word);
    wake(space.i32, word);
    expect(park(space.i32, word)).to.equal(undefined);
  });
});
