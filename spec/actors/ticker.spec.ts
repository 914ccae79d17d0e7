import { expect } from 'chai';
import { Ticker } from '../../actors/index.js';
import {
  type ActorRef,
  type ActorSystem,
  OptionOutOfRangeError,
  WrongArgumentError,
} from '../../core/index.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Gated, Listener } from './support/listener.js';

describe('Ticker', () => {
  let system: ActorSystem;
  let ticker: ActorRef<Ticker>;
  let owner: ActorRef<Listener>;
  beforeEach(async () => {
    ({ system } = await quietSystem());
    [ticker, owner] = await Promise.all([
      system.spawn(Ticker, { supervision: { onError: 'resume' } }),
      system.spawn(Listener),
    ]);
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('tells once, with the arguments given', async () => {
    const id = await ticker.ask.once(1, owner, 'hear', 'wake up', { n: 1 });
    expect(await owner.ask.until(1)).to.deep.equal([['wake up', { n: 1 }]]);
    expect(await ticker.ask.timers()).to.deep.equal([]);
    expect(await ticker.ask.cancel(id)).to.equal(false);
  });

  it('tells again and again, until it is cancelled', async () => {
    const id = await ticker.ask.every(1, owner, 'hear', 'tick');
    await owner.ask.until(5);
    const [timer] = await ticker.ask.timers();
    expect(timer).to.include({ id, owner: owner.path, method: 'hear', kind: 'every', ms: 1, skipped: 0 });
    expect(timer.ticks).to.be.at.least(5);
    expect(await ticker.ask.cancel(id)).to.equal(true);
    expect(await ticker.ask.timers()).to.deep.equal([]);
  });

  it('cancels one timer and leaves the others, also of the same owner', async () => {
    const never = await ticker.ask.once(1_000_000, owner, 'hear', 'never');
    await ticker.ask.every(1, owner, 'hear', 'tick');
    expect(await ticker.ask.cancel(never)).to.equal(true);
    const heard = await owner.ask.until(3);
    expect(heard.every(([what]) => what === 'tick')).to.equal(true);
    await owner.kill();
    await eventually(ticker.ask.timers, (timers) => timers.length === 0);
  });

  it('ends a timer with its owner', async () => {
    const other = await system.spawn(Listener);
    await ticker.ask.every(1, owner, 'hear');
    await ticker.ask.once(1_000_000, owner, 'hear');
    await ticker.ask.every(1, other, 'hear');
    await owner.stop();
    const [left, ...more] = await eventually(ticker.ask.timers, (timers) => timers.length < 3);
    expect([left.owner, more.length]).to.deep.equal([other.path, 0]);
    await other.ask.until(1);
  });

  it('begins none that lasts for an owner that has ended', async () => {
    await owner.kill();
    await ticker.ask.every(1, owner, 'hear');
    await eventually(ticker.ask.timers, (timers) => timers.length === 0);
  });

  it('leaves out ticks that the owner has no room for', async () => {
    const gate = new Gate();
    const slow = await system.spawn(Gated, { props: { gate: gate.shared }, mailbox: { maxItems: 1 } });
    await ticker.ask.every(1, slow, 'hear');
    const ofSlow = await eventually(
      async () => (await ticker.ask.timers())[0],
      ({ skipped }) => skipped >= 10,
    );
    // One in its handler, one in the mailbox, one held.
    expect(ofSlow.ticks).to.be.at.most(3);
    gate.open();
    await eventually(slow.ask.heard, (heard) => heard > 5);
  });

  it('refuses nonsense, and goes on', async () => {
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5' as never]) {
      expect(await rejection(ticker.ask.once(ms, owner, 'hear'))).to.be.instanceOf(OptionOutOfRangeError);
    }
    expect(await rejection(ticker.ask.every(0, owner, 'hear'))).to.be.instanceOf(OptionOutOfRangeError);
    expect(await rejection(ticker.ask.once(1, {} as never, 'hear'))).to.be.instanceOf(WrongArgumentError);
    expect(await rejection(ticker.ask.once(1, owner, ''))).to.be.instanceOf(TypeError);
    ticker.tell.once(-1, owner, 'hear');
    await ticker.ask.once(0, owner, 'hear', 'still here');
    expect(await owner.ask.until(1)).to.deep.equal([['still here']]);
  });

  it('stops with its timers', async () => {
    await ticker.ask.every(1, owner, 'hear');
    await owner.ask.until(1);
    expect((await ticker.stop()).reason).to.deep.equal({ kind: 'stopped' });
    const before = (await owner.ask.heard()).length;
    expect(await owner.ask.heard()).to.have.length(before);
  });
});
