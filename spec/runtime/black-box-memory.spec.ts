/** The black box and the memory that it lies in: what is given back is not written to, whatever ends late. */
import { expect } from 'chai';
import { Arena } from '../../core/memory/arena.js';
import { BoxKind } from '../../core/memory/layout.js';
import { claimThread, ThreadRecord } from '../../core/memory/thread-record.js';
import { BlackBox, Outcome } from '../../core/runtime/black-box.js';
import { Boxes } from '../../core/runtime/boxes.js';
import type { Clock } from '../../core/runtime/clock.js';

describe('the memory of a black box', () => {
  const arena = Arena.create(8 << 20);
  const thread = new ThreadRecord(arena, claimThread(arena), true);
  const boxes = new Boxes(arena, thread);
  const clock = { micros: 5_000_000, low: 5_000_000, high: 0, read: () => undefined } as unknown as Clock;
  const SIZE = 16;

  it('is taken with the first message, and given back with the box', () => {
    const before = arena.bytesInUse;
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const opened = arena.bytesInUse;
    const box = new BlackBox(arena, thread, address.box, SIZE, clock);
    expect(arena.bytesInUse).to.equal(opened);
    box.end(box.beginJob(), Outcome.HANDLED);
    expect(arena.bytesInUse - opened).to.equal(512);
    expect(boxes.release(address)).to.equal(true);
    expect(arena.bytesInUse).to.equal(opened);
    expect(opened - before).to.equal(256);
  });

  it('is not written to once the actor has ended, also by what ends later', () => {
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const box = new BlackBox(arena, thread, address.box, SIZE, clock);
    const job = box.beginJob();
    box.detach();
    boxes.release(address);
    // The memory is another's by now.
    const others = Array.from({ length: 4 }, () => arena.demand(thread, 504));
    for (const block of others) arena.i32.fill(0, block * 2, block * 2 + 126);
    box.end(job, Outcome.HANDLED);
    box.enter();
    box.leave();
    box.end(box.beginJob(), Outcome.FAILED);
    for (const block of others) {
      expect([...arena.i32.subarray(block * 2, block * 2 + 126)].every((word) => word === 0)).to.equal(true);
    }
  });

  it('shows nothing of a box that holds none, and none at all with 0', () => {
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const before = arena.bytesInUse;
    const box = new BlackBox(arena, thread, address.box, 0, clock);
    expect(box.beginJob()).to.equal(0);
    box.end(0, Outcome.HANDLED);
    box.close();
    expect(arena.bytesInUse).to.equal(before);
  });
});
