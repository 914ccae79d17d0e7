/** Sections 2 and 8: an error thrown while answering goes to the asker. */
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, RemoteError } from '../../core/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Deeper, Denied, Throws } from './actors/errors.js';
import { Denied as OtherDenied, Refuser } from './actors/refused.js';

const THROWN = ['null', 'number', 'object', 'function', 'symbol', 'promise'] as const;

describe('contract 2: an error while answering', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  after(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('is instanceof the class that the module exports, and of those it extends', async () => {
        const actor = await system.spawn(Throws, { placement });
        const error = await rejection(actor.ask.deny());
        expect(error).to.be.instanceOf(Denied).and.include({ message: 'by errors.ts', from: 'errors.ts' });
        const deeper = await rejection(actor.ask.deeper());
        expect(deeper)
          .to.be.instanceOf(Deeper)
          .and.instanceOf(Denied)
          .and.include({ level: 21, twice: 42, name: 'Denied' });
      });

      it('brings cause and errors, each of its class', async () => {
        const actor = await system.spawn(Throws, { placement });
        expect((await rejection(actor.ask.caused())).cause).to.be.instanceOf(Denied);
        const aggregate = await rejection(actor.ask.aggregate());
        expect(aggregate).to.be.instanceOf(AggregateError);
        expect((aggregate.errors as Error[])[0]).to.be.instanceOf(Denied);
        expect((aggregate.errors as Error[])[1]).to.be.instanceOf(RangeError);
      });

      it('that is no Error, at once or later, is a RemoteError; the actor goes on', async () => {
        const actor = await system.spawn(Throws, { placement });
        for (const what of THROWN) {
          for (const asked of [actor.ask.anything(what), actor.ask.later(what)])
            expect(await rejection(asked), what).to.be.instanceOf(RemoteError);
        }
        expect(await rejection(actor.ask.anything('object')))
          .to.be.instanceOf(RemoteError)
          .with.deep.property('value', { code: 'E_PLAIN', deep: [1] });
        expect(await actor.ask.ok()).to.equal('ok');
      });

      it('leaves behind what cannot travel, and keeps the rest', async () => {
        const actor = await system.spawn(Throws, { placement });
        const half = await rejection(actor.ask.unsendable());
        expect(half).to.be.instanceOf(RangeError).and.include({ message: 'half', code: 'E_HALF' });
        expect(half.fine).to.deep.equal([1]);
        expect(half).to.not.have.any.keys('socket', 'own');
        expect((await rejection(actor.ask.getter())).message).to.equal('getter');
        const round = await rejection(actor.ask.circular());
        expect(round.self === round && round.cause === round).to.equal(true);
        expect(await rejection(actor.ask.frozen())).to.be.instanceOf(TypeError);
      });

      it('keeps its class on its way through an actor in between', async () => {
        const [first, second] = [
          await system.spawn(Throws, { placement }),
          await system.spawn(Throws, { placement }),
        ];
        expect(await rejection(first.ask.passOn(second, 'deeper'))).to.be.instanceOf(Deeper);
      });

      it('is of its class also for an asker that was only given the ref', async () => {
        const [first, second] = [
          await system.spawn(Throws, { placement }),
          await system.spawn(Throws, { placement }),
        ];
        expect(await first.ask.sees(second)).to.equal(true);
      });

      it('is of the class in its own module when another module has one of that name', async () => {
        const actor = await system.spawn(Throws, { placement });
        const refuser = await system.spawn(Refuser, { placement });
        for (let round = 0; round < 2; round++) {
          expect(await rejection(actor.ask.deny())).to.be.instanceOf(Denied);
          const errors = await Promise.all([rejection(refuser.ask.deny()), rejection(refuser.ask.deny())]);
          for (const error of errors) expect(error).to.be.instanceOf(OtherDenied).and.not.instanceOf(Denied);
        }
      });

      it('goes on through an actor in between, with the stack of each', async () => {
        const [first, second] = [
          await system.spawn(Throws, { placement }),
          await system.spawn(Throws, { placement }),
        ];
        const error = await rejection(first.ask.passOn(second, 'deeper'));
        expect(error).to.include({ level: 21, name: 'Denied', from: 'errors.ts' });
        expect(error.stack).to.match(/Throws\.deeper[\s\S]*asked by[\s\S]*passOn[\s\S]*asked by/);
        await second.kill();
        const ended = await rejection(first.ask.askEnded(second));
        expect(ended).to.be.instanceOf(ActorStoppedError).with.property('code', 'ERR_TROUPE_ACTOR_STOPPED');
        expect(ended.reason).to.deep.equal({ kind: 'killed' });
      });
    });
  }
});
