/** However an ask ends: it ends. Time-outs, aborts, deaths, and answers that come too late. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  ActorStoppedError,
  type ActorSystem,
  AskCycleError,
  AskTimeoutError,
  WouldWaitForSelfError,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Counter, Recorder } from '../actors-for-specs/basics.js';
import { Slow, Thrower } from '../actors-for-specs/failing.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Asked, TakingBack } from './support/taking-back.js';

describe('an ask', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ askTimeoutMs: 5000 }));
  });
  after(() => system.shutdown({ drain: false }));

  it('ends with the time-out that the call, the spawn or the system sets', async () => {
    const slow = await system.spawn(Slow, { askTimeoutMs: 10 });
    const gate = new Gate();
    slow.tell.hold(gate.shared);
    await gate.reached();
    const error = await rejection(slow.with({ timeoutMs: 5 }).ask.hold(gate.shared));
    expect(error).to.be.instanceOf(AskTimeoutError);
    expect(error.message).to.include('/Slow-1').and.include('hold()').and.include('5 ms');
    expect(await rejection(slow.ask.taken()))
      .to.be.instanceOf(AskTimeoutError)
      .with.property('timeoutMs', 10);
    gate.open();
    const quick = await quickSystem(7);
    try {
      const other = await quick.spawn(Slow, { stopTimeoutMs: 20 });
      expect(await rejection(other.ask.never())).to.have.property('timeoutMs', 7);
    } finally {
      await quick.shutdown({ drain: false });
    }
  });

  it('waits for ever with Infinity', async () => {
    const slow = await system.spawn(Slow, { askTimeoutMs: 1 });
    const gate = new Gate();
    const asked = slow.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.hold(gate.shared);
    await gate.reached();
    gate.open();
    expect(await asked).to.equal('late');
  });

  it('that was taken back too late leaves nothing that another life could take for a word about its own', async () => {
    const asked = await system.spawn(Asked);
    const supervision = { maxRestarts: Number.POSITIVE_INFINITY };
    const asker = await system.spawn(TakingBack, { supervision });
    await asker.ask.tooLate(asked, new Gate().shared);
    // Each life has a thread of its own, which begins to count its questions anew.
    await crash(asker);
    await asker.ask.isUp();
    // The inbox of the dead one is used again when as many others have come and gone.
    const others = await Promise.all(
      Array.from({ length: 70 }, () => system.spawn(Counter, { placement: 'inline' })),
    );
    await Promise.all(others.map((other) => other.stop()));
    await crash(asker);
    expect(await asker.ask.asks(asked, new Gate().shared)).to.equal('answered');
  });

  it('that timed out before it was taken is dropped', async () => {
    const slow = await system.spawn(Slow);
    const gate = new Gate();
    const holding = slow.ask.hold(gate.shared);
    await gate.reached();
    expect(await rejection(slow.with({ timeoutMs: 5 }).ask.note('dropped'))).to.be.instanceOf(
      AskTimeoutError,
    );
    const leaving = new AbortController();
    const left = rejection(slow.with({ signal: leaving.signal }).ask.note('left'));
    leaving.abort();
    expect((await left).name).to.equal('AbortError');
    gate.open();
    await holding;
    expect(await slow.ask.taken()).to.deep.equal(['hold']);
  });

  it('that is given up aborts the signal of its handler, by time or by signal', async () => {
    const slow = await system.spawn(Slow);
    for (const how of ['time', 'signal']) {
      const begun = new Gate();
      const aborted = new Gate();
      const leaving = new AbortController();
      // Long enough that it is taken before, however busy the machine is.
      const options = how === 'time' ? { timeoutMs: 500 } : { signal: leaving.signal };
      const asked = rejection(slow.with(options).ask.untilAborted(begun.shared, aborted.shared));
      await begun.reached();
      if (how === 'signal') leaving.abort(new Error('enough'));
      await aborted.reached();
      const error = await asked;
      if (how === 'time') expect(error).to.be.instanceOf(AskTimeoutError);
      else expect(error.message).to.equal('enough');
    }
    expect(await slow.ask.taken()).to.deep.equal([]);
  });

  it('shares its listener with all that wait for the same signal, and leaves none when it has ended', async () => {
    const slow = await system.spawn(Slow);
    const gone = await system.spawn(Slow, { stopTimeoutMs: 20 });
    const gate = new Gate();
    const leaving = new AbortController();
    const { signal } = leaving;
    const listeners = () => getEventListeners(signal, 'abort').length;
    const holding = slow.ask.hold(gate.shared);
    await gate.reached();
    const asked = Array.from({ length: 1000 }, () => slow.with({ signal }).ask.taken());
    const joined = slow.join({ signal });
    expect(listeners()).to.equal(1);
    gate.open();
    await Promise.all([holding, ...asked]);
    expect(listeners()).to.equal(1);
    expect((await rejection(gone.with({ signal, timeoutMs: 5 }).ask.never())).name).to.equal(
      'AskTimeoutError',
    );
    await rejection(slow.join({ signal, timeoutMs: 5 }));
    const never = Array.from({ length: 20 }, () => rejection(gone.with({ signal }).ask.never()));
    leaving.abort(new Error('enough'));
    for (const error of await Promise.all([rejection(joined), ...never])) {
      expect(error.message).to.equal('enough');
    }
    expect(listeners()).to.equal(0);
    const { signal: other } = new AbortController();
    await slow.with({ signal: other }).ask.taken();
    await rejection(slow.join({ signal: other, timeoutMs: 5 }));
    expect(getEventListeners(other, 'abort')).to.deep.equal([]);
  });

  it('with a signal that has aborted already is not sent', async () => {
    const slow = await system.spawn(Slow);
    const reason = new Error('before');
    const gone = slow.with({ signal: AbortSignal.abort(reason) });
    expect(await rejection(gone.ask.note('a'))).to.equal(reason);
    expect(await rejection(gone.send.note('b'))).to.equal(reason);
    expect(await slow.ask.taken()).to.deep.equal([]);
  });

  it('answered too late is answered no more, and disturbs no other', async () => {
    const slow = await system.spawn(Slow);
    const gate = new Gate();
    const leaving = new AbortController();
    const asked = rejection(slow.with({ signal: leaving.signal }).ask.hold(gate.shared));
    await gate.reached();
    leaving.abort();
    expect((await asked).name).to.equal('AbortError');
    const { lateAnswers } = system.metrics();
    const dropped = rejection(slow.with({ timeoutMs: 1 }).ask.note('not begun, so never answered'));
    await dropped;
    gate.open();
    expect(await slow.ask.taken()).to.deep.equal(['hold']);
    expect(system.metrics().lateAnswers).to.equal(lateAnswers + 1);
  });

  it('queued behind a stop is refused, before it is answered', async () => {
    const recorder = await system.spawn(Recorder);
    const gate = new Gate();
    const holding = recorder.ask.hold(gate.shared);
    await gate.reached();
    const before = recorder.ask.count();
    const stopped = recorder.stop();
    const behind = rejection(recorder.ask.count());
    gate.open();
    await holding;
    expect(await before).to.equal(0);
    expect(await behind).to.be.instanceOf(ActorStoppedError);
    expect((await stopped).processed).to.equal(2);
    expect(recorder.tell.note(1)).to.equal(false);
  });

  it('queued or being handled rejects at a kill, with the reason', async () => {
    const recorder = await system.spawn(Recorder);
    const gate = new Gate();
    const asks = [recorder.ask.hold(gate.shared), recorder.ask.count(), recorder.ask.count()].map(rejection);
    await gate.reached();
    const report = await recorder.kill();
    expect(report.reason).to.deep.equal({ kind: 'killed' });
    for (const asked of asks) {
      const error = await asked;
      expect(error).to.be.instanceOf(ActorStoppedError);
      expect(error.reason).to.deep.equal({ kind: 'killed' });
    }
    expect(await rejection(recorder.ask.count()))
      .to.have.property('reason')
      .that.deep.equals({ kind: 'killed' });
  });

  it('in flight rejects at the death of the thread; those behind it wait for the replacement', async () => {
    const thrower = await system.spawn(Thrower);
    const gate = new Gate();
    const inFlight = rejection(thrower.ask.crashLater(gate.shared));
    await gate.reached();
    const behind = thrower.ask.count();
    gate.open();
    const error = await inFlight;
    expect(error).to.be.instanceOf(ActorStoppedError);
    expect((error.reason as { kind: string }).kind).to.equal('failed');
    expect(await behind).to.equal(1);
  });

  it('rejects when the death is final', async () => {
    const thrower = await system.spawn(Thrower, { supervision: { restart: 'temporary' } });
    const gate = new Gate();
    const inFlight = rejection(thrower.ask.crashLater(gate.shared));
    await gate.reached();
    const behind = rejection(thrower.ask.count());
    gate.open();
    expect(await inFlight).to.be.instanceOf(ActorStoppedError);
    expect(await behind).to.be.instanceOf(ActorStoppedError);
    expect(await rejection(thrower.ask.count())).to.be.instanceOf(ActorStoppedError);
  });

  it('of itself names the circle in its time-out, or is refused at once', async () => {
    const slow = await system.spawn(Slow);
    const error = await rejection(slow.ask.askSelf());
    expect(error).to.be.instanceOf(AskTimeoutError);
    expect(error.cycle).to.deep.equal([slow.path, slow.path]);
    const strict = (await quietSystem({ askCycle: 'reject' })).system;
    try {
      const other = await strict.spawn(Slow);
      expect(await rejection(other.ask.askSelf())).to.be.instanceOf(AskCycleError);
    } finally {
      await strict.shutdown({ drain: false });
    }
  });

  it('of an actor that would wait for its own end does not hang', async () => {
    const slow = await system.spawn(Slow);
    expect(await rejection(slow.ask.joinSelf())).to.be.instanceOf(WouldWaitForSelfError);
    expect(await slow.ask.stopSelf()).to.equal('stopped');
    expect((await slow.join()).reason).to.deep.equal({ kind: 'stopped' });
  });

  it('that is under way at a shutdown ends with it', async () => {
    const { system: own } = await quietSystem();
    const counter = await own.spawn(Counter);
    const slow = await own.spawn(Slow, { stopTimeoutMs: 20 });
    const gate = new Gate();
    const asked = rejection(slow.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.hold(gate.shared));
    await gate.reached();
    await own.shutdown({ drain: false });
    expect(await asked).to.be.instanceOf(ActorStoppedError);
    expect((await rejection(counter.ask.total())).message).to.match(/stopped/);
    expect(counter.tell.add(1)).to.equal(false);
  });
});

async function quickSystem(askTimeoutMs: number): Promise<ActorSystem> {
  return (await quietSystem({ askTimeoutMs })).system;
}
