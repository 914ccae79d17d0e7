/** A thread that ends as it was told to: only who has to hear of that does. */
import { expect } from 'chai';
import type { ActorSystem } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { Heir, Testator } from './support/large-end.js';
import { Neighbour } from './support/neighbour.js';

describe('a thread that ends', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('wakes no other when nothing of it is under way', async () => {
    const stays = await system.spawn(Neighbour);
    const goes = await Promise.all(Array.from({ length: 4 }, () => system.spawn(Neighbour)));
    const before = await stays.ask.turns();
    await Promise.all(goes.map((one) => one.stop()));
    await until(() => system.metrics().threads === 2);
    // The asks take their turns; each of four ends told of would take another.
    expect((await stays.ask.turns()) - before).to.be.below(4);
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`with a large error is heard of by who watches, also when that one's mailbox is full (${placement})`, async () => {
      const mailbox = { maxItems: 2, maxBytes: 4096 };
      const heir = await system.spawn(Heir, { mailbox });
      const testator = await system.spawn(Testator, { placement, supervision: { restart: 'temporary' } });
      const neighbour = await system.spawn(Testator, { placement });
      await heir.ask.heeds(testator);
      const gate = new Gate();
      heir.tell.hold(gate.shared);
      await gate.reached();
      testator.tell.fill(heir, 10, 8000);
      // What the thread has to say besides goes on.
      await until(() => system.metrics().actors.every(({ path }) => path !== testator.path));
      await neighbour.stop();
      gate.open();
      let ends: string[] = [];
      // By who never hears of it, until the test's time is up.
      while (ends.length === 0) ends = await heir.ask.ends();
      expect(ends).to.deep.equal([`${testator.path} failed`]);
    });
  }

  it('is heard of by whoever answers a question of it still', async () => {
    const asked = await system.spawn(Neighbour);
    const asker = await system.spawn(Neighbour);
    await asker.ask.ask(asked);
    await until(() => system.metrics().actors.some(({ handling }) => handling?.method === 'wait'));
    await asker.stop();
    // By who never hears of it, until the test's time is up.
    while (!(await asked.ask.left())) await new Promise(setImmediate);
    await asked.kill();
  });
});
