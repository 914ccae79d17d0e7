/** Section 2: never does an ask hang, and what ends it says why. */
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, AskTimeoutError, type DeadLetter } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Answers } from './actors/asks.js';

describe('contract 2: an ask', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false, timeoutMs: 2000 }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('with more time than a timer counts is answered', async () => {
        const actor = await system.spawn(Answers, { placement });
        for (const timeoutMs of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
          expect(await actor.with({ timeoutMs }).ask.note('long'), String(timeoutMs)).to.equal('long');
      });

      it('whose answer finds no room rejects', async () => {
        const small = (await quietSystem({ arenaBytes: 16 << 20 })).system;
        try {
          const actor = await small.spawn(Answers, { placement });
          const error = await rejection(actor.with({ timeoutMs: 8000 }).ask.text(60 << 20));
          expect(error).to.not.be.instanceOf(AskTimeoutError);
          expect(await actor.ask.note('goes on')).to.equal('goes on');
        } finally {
          await small.shutdown({ drain: false });
        }
      });

      it('that is given up is dropped when it is queued, also after very many were', async () => {
        const actor = await system.spawn(Answers, { placement });
        const gate = new Gate();
        const round = async (what: string, count: number) => {
          const holding = actor.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.hold(gate.shared);
          await gate.reached();
          const left = new AbortController();
          const asks = Array.from({ length: count }, () =>
            rejection(actor.with({ signal: left.signal, timeoutMs: 1 }).ask.note(what)),
          );
          await Promise.all(asks);
          const last = rejection(
            actor.with({ signal: left.signal, timeoutMs: Number.POSITIVE_INFINITY }).ask.note('aborted'),
          );
          left.abort(new Error('left'));
          await last;
          gate.open();
          await holding;
        };
        await round('late', 10_050);
        expect(await actor.ask.handled()).to.deep.equal([]);
      });

      it('with no time at all ends, and the actor goes on', async () => {
        const actor = await system.spawn(Answers, { placement });
        const gate = new Gate();
        actor.tell.hold(gate.shared);
        await gate.reached();
        expect(await rejection(actor.with({ timeoutMs: 0 }).ask.note('none'))).to.be.instanceOf(
          AskTimeoutError,
        );
        gate.open();
        expect(await actor.ask.handled()).to.deep.equal([]);
      });

      it('aborted before, while queued, while handled, after: reason given, nothing else disturbed', async () => {
        const actor = await system.spawn(Answers, { placement });
        const reason = { why: 'enough' };
        const before = AbortSignal.abort(reason);
        expect(await rejection(actor.with({ signal: before }).ask.note('before'))).to.equal(reason);
        const gate = new Gate();
        actor.tell.hold(gate.shared);
        await gate.reached();
        const queued = new AbortController();
        const waiting = rejection(actor.with({ signal: queued.signal }).ask.note('queued'));
        queued.abort(reason);
        expect(await waiting).to.equal(reason);
        gate.open();
        const [begun, aborted] = [new Gate(), new Gate()];
        const handled = new AbortController();
        const asked = rejection(
          actor.with({ signal: handled.signal }).ask.untilAborted(begun.shared, aborted.shared),
        );
        await begun.reached();
        handled.abort(reason);
        expect(await asked).to.equal(reason);
        await aborted.reached();
        const after = new AbortController();
        expect(await actor.with({ signal: after.signal }).ask.note('after')).to.equal('after');
        after.abort();
        expect(await actor.ask.handled()).to.deep.equal(['after']);
      });

      it('of a stopped, a killed and a failed actor rejects at once with the reason', async () => {
        for (const end of ['stop', 'kill', 'fail'] as const) {
          const actor = await system.spawn(Answers, { placement, supervision: { onError: 'stop' } });
          const ended = actor.join();
          if (end === 'fail') actor.tell.fail();
          else await actor[end]();
          await ended;
          const error = await rejection(actor.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.nothing());
          expect(error).to.be.instanceOf(ActorStoppedError);
          const kind = { stop: 'stopped', kill: 'killed', fail: 'failed' }[end];
          expect((error.reason as { kind: string }).kind).to.equal(kind);
        }
      });

      it('queued at a final failure rejects with the error that ended the actor', async () => {
        const actor = await system.spawn(Answers, { placement, supervision: { onError: 'stop' } });
        const gate = new Gate();
        actor.tell.hold(gate.shared);
        await gate.reached();
        actor.tell.fail();
        const asked = rejection(actor.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.nothing());
        gate.open();
        const error = await asked;
        expect(error).to.be.instanceOf(ActorStoppedError);
        expect(error.reason).to.have.property('kind', 'failed');
        expect((error.reason as { error: Error }).error).to.have.property('message', 'for good');
      });
    });
  }

  it('asked ten thousand times at once gets each its answer', async () => {
    const actor = await system.spawn(Answers);
    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, i) => actor.ask.note(`${i}`)));
    expect(answers).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => `${i}`));
    expect(deadLetters).to.deep.equal([]);
  });
});
