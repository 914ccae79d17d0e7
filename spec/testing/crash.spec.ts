import { expect } from 'chai';
import { type ActorSystem, type FlowEvent, WrongArgumentError } from '../../core/index.js';
import { crash, stubRef } from '../../core/testing/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Fragile } from './support/shop.js';

describe('crash', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`lets an actor fail that runs ${placement}, and its supervisor brings it back`, async () => {
      const ref = await system.spawn(Fragile, { placement });
      expect(await ref.ask.next()).to.equal(1);
      expect(await ref.ask.next()).to.equal(2);
      const restarted = new Promise<FlowEvent>((resolve) => {
        system.flow$.subscribe((event) => event.kind === 'restarted' && resolve(event));
      });
      await crash(ref);
      expect(await restarted).to.include({ actor: ref.path, restarts: 1 });
      expect(await ref.ask.next()).to.equal(1);
      expect((await ref.stop()).restarts).to.equal(1);
    });
  }

  it('ends for good what is not to be restarted', async () => {
    const ref = await system.spawn(Fragile, { supervision: { restart: 'temporary' } });
    await crash(ref);
    expect((await ref.join()).reason.kind).to.equal('failed');
  });

  it('does nothing to an actor that has ended', async () => {
    const ref = await system.spawn(Fragile);
    await ref.stop();
    await crash(ref);
    expect((await ref.join()).reason).to.deep.equal({ kind: 'stopped' });
  });

  it('refuses what is no ref', async () => {
    for (const value of [stubRef(), {}, null, undefined, 'ref', Object.create(null)]) {
      expect(await rejection(crash(value as never))).to.be.instanceOf(WrongArgumentError);
    }
  });
});
