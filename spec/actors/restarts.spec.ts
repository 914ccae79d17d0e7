/** What ready-made actors still know after a restart, and what they leave with the stash when they end. */
import { expect } from 'chai';
import { callByName } from '../../actors/call-by-name.js';
import { EventBus, Ticker } from '../../actors/index.js';
import { Stash } from '../../actors/stash.js';
import { type ActorRef, ActorSystem, type AnyActorRef, type Placement } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { eventually } from '../support/eventually.js';
import { until } from '../support/quiet-system.js';
import { Listener } from './support/listener.js';

for (const placement of ['thread', 'shared', 'inline'] as Placement[]) {
  describe(`after a restart (${placement})`, () => {
    let system: ActorSystem;
    let listener: ActorRef<Listener>;
    beforeEach(async () => {
      system = await ActorSystem.start({ arenaBytes: 1 << 26, logger: () => undefined });
      listener = await system.spawn(Listener, { name: 'listener' });
    });
    afterEach(() => system.shutdown({ drain: false }));

    const restartsOf = (path: string) =>
      system.metrics().actors.find((actor) => actor.path === path)?.restarts;
    type Any = ActorRef<EventBus> | ActorRef<Ticker>;
    // Told, not asked: an error in a tell is the supervisor's.
    const fail = (ref: Any) =>
      void callByName(ref as AnyActorRef, ref.name === 'bus' ? 'subscribe' : 'once', null);
    const ways = { 'that threw': fail, 'whose thread died': (ref: Any) => void crash(ref) };
    for (const [how, end] of Object.entries(ways)) {
      it(`a bus ${how} knows its subscriptions, and none that was ended`, async () => {
        const bus = await system.spawn(EventBus, { name: 'bus', placement });
        await bus.ask.subscribe('orders.*', listener, 'hear');
        await bus.ask.subscribe('gone', listener, 'hear');
        await bus.ask.unsubscribe(listener, 'gone');
        for (let life = 1; life <= 2; life++) {
          end(bus);
          await until(() => (restartsOf('/bus') ?? 0) >= life);
          expect(await bus.ask.publish('orders.placed', life)).to.equal(1);
          expect(await bus.ask.publish('gone', life)).to.equal(0);
        }
        expect(await listener.ask.until(2)).to.deep.equal([
          [1, 'orders.placed'],
          [2, 'orders.placed'],
        ]);
        expect(await bus.ask.subscriptions()).to.have.length(1);
        expect(await bus.ask.unsubscribe(listener)).to.equal(1);
        end(bus);
        // Asked before the death it would be in flight, and reject.
        await until(() => restartsOf('/bus') === 3);
        expect(await bus.ask.subscriptions()).to.deep.equal([]);
      });

      it(`a ticker ${how} goes on with its timers, and none that was cancelled`, async () => {
        const ticker = await system.spawn(Ticker, { name: 'ticker', placement });
        const every = await ticker.ask.every(5, listener, 'hear', 'tick');
        const never = await ticker.ask.once(1_000_000, listener, 'hear', 'never');
        const cancelled = await ticker.ask.once(1_000_000, listener, 'hear', 'cancelled');
        await ticker.ask.cancel(cancelled);
        end(ticker);
        await until(() => restartsOf('/ticker') === 1);
        const { length } = await listener.ask.heard();
        await listener.ask.until(length + 3);
        expect((await ticker.ask.timers()).map(({ id, ms }) => [id, ms])).to.deep.equal([
          [every, 5],
          [never, 1_000_000],
        ]);
        // No id is given twice.
        expect(await ticker.ask.once(1_000_000, listener, 'hear')).to.equal(cancelled + 1);
        expect(await ticker.ask.cancel(every)).to.equal(true);
      });
    }

    it('a ticker tells at once what fell due while it was down', async () => {
      const supervision = { backoff: { minMs: 300, maxMs: 300 } };
      const ticker = await system.spawn(Ticker, { name: 'ticker', placement, supervision });
      await ticker.ask.once(60, listener, 'hear', 'due');
      fail(ticker);
      expect(await listener.ask.until(1)).to.deep.equal([['due']]);
      expect(restartsOf('/ticker')).to.equal(1);
      expect(await ticker.ask.timers()).to.deep.equal([]);
    });

    it('an actor that ended meanwhile is subscribed no longer, nor ticked', async () => {
      const supervision = { backoff: { minMs: 100, maxMs: 100 } };
      const bus = await system.spawn(EventBus, { name: 'bus', placement, supervision });
      const ticker = await system.spawn(Ticker, { name: 'ticker', placement, supervision });
      await bus.ask.subscribe('a', listener, 'hear');
      await ticker.ask.every(1_000, listener, 'hear');
      for (const ref of [bus, ticker]) fail(ref);
      await until(() => restartsOf('/bus') === 1 && restartsOf('/ticker') === 1);
      await listener.kill();
      await eventually(bus.ask.subscriptions, (all) => all.length === 0);
      await eventually(ticker.ask.timers, (all) => all.length === 0);
    });
  });
}

describe('the stash', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    system = await ActorSystem.start({ arenaBytes: 1 << 26, logger: () => undefined });
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('is one for all, and keeps nothing of who has ended', async () => {
    const [listener, ...buses] = await Promise.all([
      system.spawn(Listener),
      ...[1, 2, 3].map(() => system.spawn(EventBus)),
    ]);
    for (const bus of buses) await bus.ask.subscribe('a', listener, 'hear');
    const stash = system.find(Stash, '/troupe.stash');
    const counts = () => Promise.all(buses.map(async (bus) => (await stash.ask.entries(bus)).length));
    expect(await counts()).to.deep.equal([1, 1, 1]);
    await buses[0].stop();
    await buses[1].kill();
    await eventually(counts, ([first, second, third]) => first + second === 0 && third === 1);
  });

  it('gives a successor of the same name nothing', async () => {
    const listener = await system.spawn(Listener);
    const first = await system.spawn(EventBus, { name: 'bus' });
    await first.ask.subscribe('a', listener, 'hear');
    await first.stop();
    const second = await system.spawn(EventBus, { name: 'bus' });
    expect(await second.ask.subscriptions()).to.deep.equal([]);
  });

  it('ends with the system, and holds it up no longer than others', async () => {
    const bus = await system.spawn(EventBus, { name: 'bus' });
    await bus.ask.subscribe('a', await system.spawn(Listener, { name: 'listener' }), 'hear');
    const { actors, timedOut } = await system.shutdown();
    expect(timedOut).to.equal(false);
    expect(actors.map(({ path, reason }) => [path, reason.kind])).to.have.deep.members([
      ['/bus', 'stopped'],
      ['/troupe.stash', 'stopped'],
      ['/listener', 'stopped'],
    ]);
  });
});
