import { once } from 'node:events';
import { expect } from 'chai';
import { ActorSystem } from '../../core/index.js';
import { Publisher } from '../../core/messaging/publisher.js';
import { Gate } from '../support/gate.js';
import { Crowded } from './support/crowded.js';

describe('a turn', () => {
  it('goes by who has waited longest: who has more mail than fits into one comes behind the others', async () => {
    const system = await ActorSystem.start({ threads: 1, arenaBytes: 1 << 26 });
    const shared = { placement: 'shared' } as const;
    const [first, second, quick] = await Promise.all(
      ['first', 'second', 'quick'].map((name) => system.spawn(Crowded, { name, ...shared })),
    );
    const gate = new Gate();
    first.tell.hold(gate.shared);
    await gate.reached();
    for (const busy of [first, second]) for (let i = 0; i < 1000; i++) busy.tell.work();
    const seen = quick.ask.look();
    gate.open();
    const handled = await seen;
    expect(handled.first).to.be.below(1000);
    expect(handled.second).to.be.below(1000);
    // Nothing of it is lost.
    for (const busy of [first, second]) await busy.ask.look();
    expect(await quick.ask.look()).to.deep.equal({ first: 1000, second: 1000 });
    await system.shutdown();
  });

  it('is not the last one when it throws, which is a defect that the program may catch', async () => {
    const system = await ActorSystem.start({ threads: 1, arenaBytes: 1 << 26 });
    const far = await system.spawn(Crowded, { placement: 'shared' });
    const near = await system.spawn(Crowded, { placement: 'inline' });
    const { flush } = Publisher.prototype;
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const caught = once(process, 'uncaughtException');
      Publisher.prototype.flush = () => {
        Publisher.prototype.flush = flush;
        throw new Error('a defect');
      };
      near.tell.work();
      expect((await caught)[0]).to.have.property('message', 'a defect');
    } finally {
      Publisher.prototype.flush = flush;
      for (const each of listeners) process.on('uncaughtException', each);
    }
    // Its answer wakes this thread.
    expect(await far.ask.look()).to.deep.equal({});
    await system.shutdown();
  });
});
