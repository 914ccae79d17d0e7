/** What has to be heard of, and found no room at first. */
import { expect } from 'chai';
import { type Address, addressKey } from '../../core/messaging/envelope.js';
import { Insisting } from '../../core/messaging/insisting.js';
import type { PostResult } from '../../core/messaging/outgoing.js';
import { until } from '../support/quiet-system.js';

describe('what is insisted on', () => {
  const [one, other] = [1, 2].map((box) => ({ box, generation: 1 }) as Address);
  let room: number;
  let put: string[];
  let failures: unknown[];
  let insisting: Insisting;
  beforeEach(() => {
    room = 0;
    put = [];
    failures = [];
    insisting = new Insisting((error) => failures.push(error));
  });
  const putting = (name: string) => (): PostResult => {
    if (room === 0) return 'no-memory';
    room--;
    put.push(name);
    return 'accepted';
  };

  it('is put at once where there is room', () => {
    room = 1;
    insisting.put(one, putting('a'));
    expect(put).to.deep.equal(['a']);
    expect(insisting.isEmpty).to.equal(true);
  });

  it('waits for room, in order, and is put once', () => {
    insisting.put(one, putting('a'));
    insisting.put(one, putting('b'));
    room = 1;
    // Not before the others.
    insisting.put(one, putting('c'));
    expect(put).to.deep.equal([]);
    insisting.retry();
    expect(put).to.deep.equal(['a']);
    expect(insisting.isEmpty).to.equal(false);
    room = 5;
    insisting.retry();
    insisting.retry();
    expect(put).to.deep.equal(['a', 'b', 'c']);
    expect(insisting.isEmpty).to.equal(true);
  });

  it('does not wait for what goes to somebody else', () => {
    insisting.put(one, () => 'no-memory');
    room = 1;
    insisting.put(other, putting('a'));
    expect(put).to.deep.equal(['a']);
  });

  it('is tried again by itself', async () => {
    insisting.put(one, putting('a'));
    room = 1;
    await until(() => put.length === 1);
    expect(insisting.isEmpty).to.equal(true);
  });

  it('is over when its receiver has ended', () => {
    insisting.put(one, putting('a'));
    let isClosed = false;
    insisting.put(one, () => {
      isClosed = true;
      return 'closed';
    });
    room = 1;
    insisting.retry();
    expect(isClosed).to.equal(true);
    expect(insisting.isEmpty).to.equal(true);
  });

  it('is known to close its receiver, if it is a stop, until all that waits there is put', () => {
    const key = addressKey(one.box, one.generation);
    insisting.put(one, putting('a'));
    expect(insisting.isClosing(key)).to.equal(false);
    insisting.put(one, putting('stop'), true);
    insisting.put(one, putting('b'));
    expect(insisting.isClosing(key)).to.equal(true);
    expect(insisting.isClosing(addressKey(other.box, other.generation))).to.equal(false);
    room = 2;
    insisting.retry();
    expect(insisting.isClosing(key)).to.equal(true);
    room = 1;
    insisting.retry();
    expect(insisting.isClosing(key)).to.equal(false);
  });

  it('holds up nobody when it cannot be put at all, and that is told', () => {
    let tries = 0;
    insisting.put(one, () => {
      if (tries++ === 0) return 'no-memory';
      throw new Error('no way');
    });
    insisting.put(one, putting('a'));
    room = 1;
    insisting.retry();
    expect(put).to.deep.equal(['a']);
    expect(failures.map(String)).to.deep.equal(['Error: no way']);
  });
});
