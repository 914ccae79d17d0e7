/** Shared queues and locks in messages between actors. */
import { expect } from 'chai';
import { SENTINEL, type Sentinel, SharedQueue } from '../../core/queue/index.js';
import { Mutex } from '../../core/queue/sync/index.js';
import { quietSystem } from '../support/quiet-system.js';
import { Doubler } from './support/doubler.js';

describe('a shared queue in a message', () => {
  it('is the same queue in the thread of the actor', async () => {
    const { system } = await quietSystem();
    try {
      const doubler = await system.spawn(Doubler);
      const work = {
        jobs: SharedQueue.create<number | Sentinel>(),
        results: { to: SharedQueue.create<number>() },
      };
      const mutex = Mutex.create();
      const answer = doubler.ask.work({ ...work, mutex });
      for (const n of [1, 2, 3]) await work.jobs.put(n);
      await work.jobs.put(SENTINEL);
      expect(await answer).to.equal('SharedQueue true');
      expect([1, 2, 3].map(() => work.results.to.tryGet())).to.deep.equal([2, 4, 6]);
      expect(mutex.isLocked).to.equal(false);
    } finally {
      await system.shutdown({ drain: false });
    }
  });
});
