/** What has to be heard of, and found no room at first. */
import { expect } from 'chai';
import { Insisting } from '../../core/messaging/insisting.js';
import type { PostResult } from '../../core/messaging/outgoing.js';

describe('what is insisted on', () => {
  let room: number;
  let put: string[];
  let calls: number;
  let insisting: Insisting;
  beforeEach(() => {
    room = 0;
    put = [];
    calls = 0;
    insisting = new Insisting(() => calls++);
  });
  const putting = (name: string) => (): PostResult => {
    // A post may flush, and that tries again.
    insisting.retry();
    if (room === 0) return 'no-memory';
    room--;
    put.push(name);
    return 'accepted';
  };

  it('is put at once where there is room', () => {
    room = 1;
    insisting.put(putting('a'));
    expect(put).to.deep.equal(['a']);
    expect(calls).to.equal(0);
  });

  it('waits for room, in order, and is put once', () => {
    insisting.put(putting('a'));
    insisting.put(putting('b'));
    room = 1;
    // Not before the others.
    insisting.put(putting('c'));
    expect(put).to.deep.equal([]);
    insisting.retry();
    expect(put).to.deep.equal(['a']);
    const asked = calls;
    insisting.retry();
    expect(calls).to.equal(asked + 1);
    room = 5;
    insisting.retry();
    insisting.retry();
    expect(put).to.deep.equal(['a', 'b', 'c']);
  });

  it('is over when its receiver has ended', () => {
    insisting.put(putting('a'));
    let isClosed = false;
    insisting.put(() => {
      isClosed = true;
      return 'closed';
    });
    room = 1;
    insisting.retry();
    expect(isClosed).to.equal(true);
    const asked = calls;
    insisting.retry();
    expect(calls).to.equal(asked);
  });
});
