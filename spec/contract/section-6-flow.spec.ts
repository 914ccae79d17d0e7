/** What flows: every kind of event with its fields, what it costs, and who is harmed by whom. */
import { expect } from 'chai';
import { finalize, type Observable, take } from 'rxjs';
import type { ActorRef, ActorSystem, DeadLetter, FlowEvent, LogEntry } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Carrier } from './actors/copies.js';
import { Hand } from './support/hand.js';

type Of<K extends FlowEvent['kind']> = Extract<FlowEvent, { kind: K }>;

describe('flow$', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let log: LogEntry[];
  let events: FlowEvent[];
  beforeEach(async () => {
    ({ system, deadLetters, log } = await quietSystem({ threads: 1 }));
    events = [];
    system.flow$.subscribe((event) => {
      events.push(event);
    });
  });
  afterEach(() => system.shutdown({ drain: false }));

  const of = <K extends FlowEvent['kind']>(kind: K) => events.filter((e): e is Of<K> => e.kind === kind);

  it('each event has a time, and the path of its actor', async () => {
    // Some events have the fraction of a millisecond that Date.now() cuts off.
    const clocks = () => [Date.now(), performance.timeOrigin + performance.now()];
    const before = Math.min(...clocks());
    const hand = await system.spawn(Hand, { name: 'hand' });
    hand.tell.note(1);
    hand.tell.fail('oops');
    await hand.ask.count();
    await hand.stop();
    hand.tell.note(2);
    await until(() => of('stopped').length === 1 && of('dead-letter').length === 2);
    const after = Math.max(...clocks());
    for (const event of events) {
      expect(event.actor).to.equal('/hand');
      expect(event.time).to.be.within(before, after);
    }
  });

  it('accepted and handled: the method, who sent it, how long it waited and lasted', async () => {
    const one = await system.spawn(Hand, { name: 'one' });
    const two = await system.spawn(Hand, { name: 'two' });
    const gate = new Gate();
    two.tell.busy(gate.shared, 30);
    await gate.reached();
    await one.ask.askSender(two);
    await until(() => of('handled').length === 3);
    const accepted = of('accepted').map(({ actor, method, from }) => [actor, method, from]);
    expect(accepted).to.have.deep.members([
      ['/two', 'busy', undefined],
      ['/one', 'askSender', undefined],
      ['/two', 'sender', '/one'],
    ]);
    const handled = (method: string) => of('handled').find((event) => event.method === method);
    expect(handled('busy')?.serviceMs).to.be.at.least(29);
    expect(handled('sender')?.waitMs).to.be.at.most(handled('askSender')?.serviceMs ?? 0);
    expect(handled('askSender')?.serviceMs).to.be.at.least(handled('sender')?.serviceMs ?? 1e9);
  });

  it('accepted: what the mailbox took, streams as well, and nothing that was refused', async () => {
    const [hand, gone] = [await system.spawn(Hand, { name: 'hand' }), await system.spawn(Hand)];
    await gone.stop();
    expect(gone.tell.note(1)).to.equal(false);
    await rejection(gone.send.note(2));
    await rejection(gone.ask.note(3));
    await rejection(gone.with({ urgent: true }).send.note(4));
    expect(() => hand.tell.note(() => 5)).to.throw(/function/);
    for await (const item of hand.stream.many(1)) expect(item).to.have.length(2);
    await hand.send.note(6);
    expect(await hand.ask.count()).to.equal(1);
    // Each thread's events come when their time has come.
    await until(() => of('handled').length === 3 && of('dead-letter').length === 4);
    await until(() => of('accepted').length >= 3);
    expect(of('accepted').map(({ actor, method }) => `${actor} ${method}`)).to.deep.equal([
      '/hand many',
      '/hand note',
      '/hand count',
    ]);
  });

  it('handled, and processed in metrics: not what was given up, nor what the actor has no method for', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    const gate = new Gate();
    const holding = hand.ask.hold(gate.shared);
    await gate.reached();
    await rejection(hand.with({ timeoutMs: 1 }).ask.note('overdue'));
    const leaving = new AbortController();
    const left = rejection(hand.with({ signal: leaving.signal }).ask.note('left'));
    leaving.abort(new Error('left'));
    await left;
    const unknown = hand as unknown as ActorRef<{ nothing(): void }>;
    const asked = rejection(unknown.ask.nothing());
    unknown.tell.nothing();
    gate.open();
    await Promise.all([holding, asked]);
    expect(await hand.ask.count()).to.equal(0);
    await until(() => of('handled').length === 2 && of('dead-letter').length === 1);
    expect(of('handled').map(({ method }) => method)).to.deep.equal(['hold', 'count']);
    expect(of('failed').map(({ method, error }) => [method, (error as Error).name])).to.deep.equal([
      ['nothing', 'UnknownMethodError'],
    ]);
    expect((await hand.stop()).processed).to.equal(2);
  });

  it('failed: what was thrown, in a tell and in an ask', async () => {
    const hand = await system.spawn(Hand, { supervision: { onError: 'resume' } });
    hand.tell.fail('told');
    await rejection(hand.ask.fail('asked'));
    await until(() => of('failed').length === 2);
    expect(of('failed').map(({ method, error }) => [method, (error as Error).message])).to.deep.equal([
      ['fail', 'told'],
      ['fail', 'asked'],
    ]);
    for (const { waitMs, serviceMs } of of('failed')) {
      expect(waitMs).to.be.at.least(0);
      expect(serviceMs).to.be.at.least(0);
    }
    expect(of('handled')).to.deep.equal([]);
  });

  it('dead-letter: the letter itself', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    await hand.stop();
    hand.tell.note({ n: 1 });
    await until(() => of('dead-letter').length === 1);
    expect(of('dead-letter')[0].letter).to.deep.equal(deadLetters[0]);
    expect(deadLetters[0]).to.deep.equal({
      time: deadLetters[0].time,
      reason: 'stopped',
      to: '/hand',
      type: 'Hand',
      from: undefined,
      kind: 'tell',
      method: 'note',
      args: [{ n: 1 }],
      attempts: 0,
    });
  });

  it('dead-letter: with its arguments also when they hold shared memory, wherever it failed', async () => {
    const shared = new SharedArrayBuffer(4);
    new Int32Array(shared)[0] = 42;
    const [giver, gone] = [await system.spawn(Hand), await system.spawn(Hand)];
    await gone.stop();
    gone.tell.add(shared);
    await giver.ask.give(gone, shared);
    for (const how of ['throw', 'exit']) {
      const carrier = await system.spawn(Carrier);
      carrier.tell.failOn(shared, how);
      await carrier.ask.isHere();
      await carrier.stop();
    }
    const stuck = await system.spawn(Hand);
    const gate = new Gate();
    stuck.tell.hold(gate.shared);
    await gate.reached();
    await stuck.send.add(shared);
    await stuck.kill();
    await until(() => deadLetters.length === 6);
    const shown = deadLetters.map(({ reason, method, args }) => {
      const [memory] = args ?? [];
      return `${reason} ${method} ${memory instanceof SharedArrayBuffer && new Int32Array(memory)[0]}`;
    });
    expect(shown).to.have.members([
      'stopped add 42',
      'stopped add 42',
      'failed failOn 42',
      'in-flight failOn 42',
      'in-flight hold 0',
      'stopped add 42',
    ]);
  });

  it('started, restarted, stopped: the life of an actor, in order', async () => {
    const hand = await system.spawn(Hand, { name: 'hand', supervision: { maxRestarts: 2 } });
    for (const message of ['first', 'second', 'third']) hand.tell.fail(message);
    await hand.join();
    await until(() => of('stopped').length === 1);
    const life = events.filter(({ kind }) => ['started', 'restarted', 'stopped'].includes(kind));
    expect(life.map(({ kind }) => kind)).to.deep.equal(['started', 'restarted', 'restarted', 'stopped']);
    expect(of('started')[0]).to.deep.include({ type: 'Hand', id: hand.id });
    expect(of('restarted').map(({ restarts, error }) => [restarts, (error as Error).message])).to.deep.equal([
      [1, 'first'],
      [2, 'second'],
    ]);
    const [{ reason }] = of('stopped');
    expect(reason.kind === 'failed' && (reason.error as Error).message).to.equal('third');
  });

  it('an actor may watch too, in whichever thread, as long as it lives', async () => {
    const observer = await system.spawn(Hand, { name: 'observer' });
    const [hand, other] = [await system.spawn(Hand, { name: 'hand' }), await system.spawn(Hand)];
    await observer.ask.observe(hand);
    let seen: unknown[] = [];
    while (!seen.includes('handled /hand')) {
      await other.ask.count();
      await hand.ask.count();
      seen = await observer.ask.seen();
    }
    expect(new Set(seen)).to.deep.equal(new Set(['accepted /hand', 'handled /hand']));
    await observer.kill();
    expect(await hand.ask.count()).to.equal(0);
  });

  it('loses none of a few thousand without saying how many', async () => {
    const hand = await system.spawn(Hand);
    const total = 30_000;
    for (let n = 0; n < total; n++) hand.tell.count();
    await hand.ask.count();
    const counted = () =>
      of('handled').length +
      of('accepted').length +
      of('overflow').reduce((sum, { what, count }) => sum + (what === 'events' ? count : 0), 0);
    // Accepted by this thread and handled by the other, each with the ask behind them.
    await until(() => counted() >= 2 * (total + 1));
    await hand.stop();
    await until(() => of('stopped').length === 1);
    expect(counted()).to.equal(2 * (total + 1));
    expect(of('overflow').length).to.be.greaterThan(0);
  });

  it('a subscriber that throws is reported, and harms neither others nor actors', async () => {
    let thrown = 0;
    const bad = () => {
      thrown++;
      throw new Error('a bad subscriber');
    };
    const hand = await system.spawn(Hand);
    const watched = [system.flow$, hand.flow$, system.deadLetters$, system.metrics$];
    for (const stream$ of watched as Observable<unknown>[]) {
      stream$.subscribe(bad);
      // Also where nobody could catch it.
      stream$.pipe(take(1), finalize(bad)).subscribe();
    }
    (hand.tell as unknown as { nothing(): boolean }).nothing();
    expect(await hand.ask.count()).to.equal(0);
    await until(() => deadLetters.length === 1 && of('dead-letter').length === 1);
    await until(
      () => thrown >= 8 && log.filter(({ message }) => message === 'a subscriber threw').length >= 8,
    );
    expect(system.health().problems).to.deep.equal([]);
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`a subscriber of an actor that throws is reported as that actor's, and ends nothing (${placement})`, async () => {
      const observer = await system.spawn(Hand, { name: 'observer', placement });
      const hand = await system.spawn(Hand, { name: 'hand' });
      const seen = new Gate();
      await observer.ask.observeBadly(hand, seen.shared);
      while (seen.arrivals < 2) {
        (hand.tell as unknown as { nothing(): boolean }).nothing();
        await hand.ask.count();
      }
      const said = () =>
        log.filter(({ message, actor }) => message === 'a subscriber threw' && actor === '/observer');
      await until(() => said().length >= 4);
      expect(await observer.ask.count()).to.equal(0);
      expect(system.metrics().actors.map(({ restarts }) => restarts)).to.deep.equal([0, 0]);
    });
  }

  it('an actor that has stopped sees nothing more, also on a thread that others live on', async () => {
    const [gone, stays] = [
      await system.spawn(Hand, { placement: 'shared' }),
      await system.spawn(Hand, { placement: 'shared' }),
    ];
    const hand = await system.spawn(Hand);
    const [seenByGone, seen] = [new Gate(), new Gate()];
    // On a system of one shared thread they hear of an event one behind the other.
    await gone.ask.observeInto(hand, seenByGone.shared);
    await stays.ask.observeInto(hand, seen.shared);
    while (seenByGone.arrivals === 0 || seen.arrivals === 0) await hand.ask.count();
    await gone.stop();
    const before = [seenByGone.arrivals, seen.arrivals];
    while (seen.arrivals < before[1] + 50) await hand.ask.count();
    expect(seenByGone.arrivals).to.equal(before[0]);
  });
});
