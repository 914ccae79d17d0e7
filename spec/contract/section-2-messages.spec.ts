/** Section 2: which functions a message may name, and what their results may be. */
import { expect } from 'chai';
import {
  type ActorRef,
  type ActorSystem,
  OptionOutOfRangeError,
  UnknownMethodError,
} from '../../core/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { BadConcurrency, HalfStarted, Leaf, Monologue, Named, Thenables } from './actors/messages.js';

type Untyped = Record<PropertyKey, (...args: unknown[]) => Promise<unknown>>;

describe('contract 2: the function that a message names', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  after(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`may have any name, and be inherited (${placement})`, async () => {
      const named = await system.spawn(Named, { placement });
      expect(await named.ask.inherited()).to.equal('inherited');
      expect(await named.ask['a name with spaces']()).to.equal('spaces');
      expect(await named.ask.名()).to.equal('letters');
      expect(await named.ask[0]()).to.equal('zero');
    });

    it(`is no accessor, static, or member of a field (${placement})`, async () => {
      const named = await system.spawn(Named, { placement });
      const ask = named.ask as unknown as Untyped;
      for (const name of [
        'accessor',
        'write',
        'onClass',
        'data',
        'data.call',
        '',
        '#private',
        'inject',
        'props',
      ]) {
        expect(await rejection(ask[name]()), name).to.be.instanceOf(UnknownMethodError);
      }
      expect(ask[Symbol.iterator]).to.equal(undefined);
      expect(await named.ask.inherited()).to.equal('inherited');
    });

    it(`may give a thenable whose then throws (${placement})`, async () => {
      const actor = await system.spawn(Thenables, { placement });
      expect((await rejection(actor.ask.throwing())).message).to.equal('no then');
    });

    it(`may give a thenable that resolves to a promise, which is awaited as well (${placement})`, async () => {
      const actor = await system.spawn(Thenables, { placement });
      expect(await actor.ask.nested()).to.equal('inner');
    });

    it(`may give a thenable that settles twice: no other message is lost (${placement})`, async () => {
      const actor = await system.spawn(Thenables, { placement });
      const first = actor.ask.twice();
      for (let i = 0; i < 5; i++) actor.tell.note(i);
      actor.tell.twice();
      for (let i = 5; i < 10; i++) actor.tell.note(i);
      expect(await first).to.equal(1);
      expect(await actor.ask.notes()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it(`handles what it tells itself behind the present message, in order (${placement})`, async () => {
      const actor = await system.spawn(Monologue, { placement });
      await actor.ask.begin(300);
      const said = ['begun', ...Array.from({ length: 300 }, (_, i) => `tell ${i}`), 'send'];
      expect(await actor.ask.said()).to.deep.equal(said);
    });
  }

  it('refuses a concurrency that is no whole number', async () => {
    const error = await rejection(system.spawn(BadConcurrency));
    expect(error).to.be.instanceOf(OptionOutOfRangeError).with.property('option', 'concurrency');
  });

  for (const how of ['throws', 'hangs'] as const) {
    it(`leaves no children behind when a start ${how}`, async () => {
      const parent = system.spawn(HalfStarted, {
        name: 'half',
        props: { how },
        startTimeoutMs: how === 'hangs' ? 1500 : 20_000,
      });
      await rejection(parent);
      expect(() => system.find(Leaf, '/half/leaf')).to.throw('/half/leaf');
      const again = await system.spawn(Leaf, { name: 'half' });
      await again.stop();
    });
  }

  it('of one ref is one function, so that it can be kept', async () => {
    const leaf: ActorRef<Leaf> = await system.spawn(Leaf);
    const { ask, tell } = leaf;
    const { ping } = ask;
    expect(ping).to.equal(leaf.ask.ping);
    expect(tell).to.equal(leaf.tell);
    expect(await ping()).to.equal('pong');
    expect(JSON.stringify({ leaf })).to.be.a('string');
  });
});
