/** Section 2: which functions a message may name, and what their results may be. */
import { expect } from 'chai';
import { type ActorSystem, UnknownMethodError } from '../../core/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Shifting } from './actors/messages.js';

type Untyped = Record<PropertyKey, (...args: unknown[]) => Promise<unknown>>;

describe('contract 2: the function that a message names', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  after(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`is what the field holds now, not what it held at the first call (${placement})`, async () => {
      const actor = await system.spawn(Shifting, { placement });
      expect(await actor.ask.step()).to.equal('first');
      await actor.ask.shift();
      expect(await actor.ask.step()).to.equal('second');
    });

    it(`may be a field that came later than the first attempt (${placement})`, async () => {
      const actor = await system.spawn(Shifting, { placement });
      expect(await rejection((actor.ask as unknown as Untyped).later())).to.be.instanceOf(UnknownMethodError);
      await actor.ask.shift();
      expect(await (actor.ask as unknown as Untyped).later()).to.equal('here now');
    });
  }
});
