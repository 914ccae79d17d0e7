/** The end of a system: whoever asks for it, whenever, it comes once, and its report adds up. */
import { expect } from 'chai';
import { type ActorSystem, child, type DeadLetter } from '../../core/index.js';
import { Faulty, Mark } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand, Paced, Player } from './support/hand.js';
import { runProgram } from './support/run-program.js';

describe('shutdown', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 2 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('handles all that was accepted before, and reports each with exact counts', async () => {
    const hands = await Promise.all(
      (['thread', 'shared', 'inline'] as const).map((placement) =>
        system.spawn(Hand, { name: placement, placement, supervision: { onError: 'resume' } }),
      ),
    );
    for (const [i, hand] of hands.entries()) {
      for (let n = 0; n < 100 * (i + 1); n++) hand.tell.note(n);
      hand.tell.fail('one of them');
    }
    const { actors, timedOut, durationMs } = await system.shutdown();
    expect(timedOut).to.equal(false);
    expect(durationMs).to.be.greaterThan(0);
    const reason = { kind: 'stopped' };
    expect(actors.every(({ lastMessages }) => lastMessages.at(-1)?.method === 'fail')).to.equal(true);
    const counted = actors.map((report) => ({ ...report, lastMessages: report.lastMessages.length }));
    expect(counted.sort((a, b) => a.processed - b.processed)).to.deep.equal([
      { path: '/thread', reason, processed: 100, leftover: 0, restarts: 0, lastMessages: 16 },
      { path: '/shared', reason, processed: 200, leftover: 0, restarts: 0, lastMessages: 16 },
      { path: '/inline', reason, processed: 300, leftover: 0, restarts: 0, lastMessages: 16 },
    ]);
    expect(deadLetters.map(({ reason: why }) => why)).to.deep.equal(Array(3).fill('failed'));
  });

  it('ends top actors in reverse, the last started first', async () => {
    for (const name of ['a', 'b', 'c']) await system.spawn(Hand, { name });
    await system.supervise({ name: 'g', children: ['x', 'y'].map((name) => child(Hand, { name })) });
    await system.pool(Hand, { name: 'p', size: 2 });
    const { actors } = await system.shutdown();
    expect(actors.map(({ path }) => path)).to.deep.equal([
      '/p/1',
      '/p/0',
      '/p',
      '/g/y',
      '/g/x',
      '/g',
      '/c',
      '/b',
      '/a',
    ]);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`lets actors spawn while they drain, below themselves and at the top (${placement})`, async () => {
      const hand = await system.spawn(Hand, { name: 'hand', placement });
      const gate = new Gate();
      const spawned = hand.ask.spawnBehind(gate.shared);
      await gate.reached();
      const ended = system.shutdown();
      expect((await rejection(system.spawn(Hand))).name).to.equal('SystemStoppedError');
      gate.open();
      expect(await spawned).to.deep.equal(['Hand-1', 'Hand-1']);
      expect((await ended).actors.map(({ path }) => path).sort()).to.deep.equal([
        '/Hand-1',
        '/hand',
        '/hand/Hand-1',
      ]);
    });
  }

  it('out of time: what was not handled is left over, and is a dead letter each', async () => {
    const hand = await system.spawn(Hand);
    const gate = new Gate();
    hand.tell.loop(gate.shared);
    await gate.reached();
    for (let n = 0; n < 20; n++) hand.tell.note(n);
    const asked = rejection(hand.ask.count());
    const { actors, timedOut } = await system.shutdown({ timeoutMs: 100 });
    expect(timedOut).to.equal(true);
    expect(actors[0]).to.deep.include({ reason: { kind: 'timed-out' }, processed: 0, leftover: 22 });
    expect((await asked).name).to.equal('ActorStoppedError');
    expect(deadLetters).to.have.length(22);
  });

  it('out of time: others are not cut off for one that is stuck', async () => {
    const [first, second] = [await system.spawn(Hand), await system.spawn(Hand)];
    await first.ask.note(1);
    const gate = new Gate();
    second.tell.hold(gate.shared);
    await gate.reached();
    const { actors, timedOut } = await system.shutdown({ timeoutMs: 1000 });
    expect(timedOut).to.equal(true);
    expect(actors.map(({ path, reason }) => [path, reason.kind])).to.deep.equal([
      [first.path, 'stopped'],
      [second.path, 'timed-out'],
    ]);
  });

  it('without drain, what is in the mailboxes is handled behind which the stop comes', async () => {
    const hand = await system.spawn(Hand);
    for (let n = 0; n < 50; n++) hand.tell.note(n);
    const { actors } = await system.shutdown({ drain: false });
    expect(actors[0]).to.include({ processed: 50, leftover: 0 });
  });

  it('without drain, what actors begin among themselves is not waited for', async () => {
    const [one, two] = [await system.spawn(Player), await system.spawn(Player)];
    await one.ask.play(two);
    await two.ask.play(one);
    one.tell.ball(1);
    const { timedOut, actors } = await system.shutdown({ drain: false });
    expect(timedOut).to.equal(false);
    expect(actors.map(({ reason }) => reason.kind)).to.deep.equal(['stopped', 'stopped']);
  });

  it('is one, whoever asks how often with what', async () => {
    const hand = await system.spawn(Hand);
    const gate = new Gate();
    const held = hand.ask.hold(gate.shared);
    await gate.reached();
    const all = [system.join(), system.shutdown(), system.shutdown({ drain: false }), system.join()];
    gate.open();
    await held;
    const [first, ...others] = await Promise.all(all);
    for (const report of others) expect(report).to.equal(first);
    expect(await system.shutdown({ timeoutMs: 1 })).to.equal(first);
    expect(await system.join()).to.equal(first);
  });

  it('of a system with nothing in it', async () => {
    const report = await system.shutdown();
    expect(report).to.deep.include({ actors: [], timedOut: false, unkillable: [] });
  });

  for (const drain of [true, false]) {
    it(`while actors start: they start first, or fail to, and then they end (drain ${drain})`, async () => {
      const [gate, stops] = [new Gate(), new Gate()];
      const props = { gate: gate.shared, stops: stops.shared };
      const slow = system.spawn(Paced, { name: 'slow', props });
      await gate.reached();
      const down = system.shutdown({ drain });
      gate.open();
      expect((await slow).path).to.equal('/slow');
      const { actors } = await down;
      expect(actors.map(({ path, reason }) => [path, reason.kind])).to.deep.equal([['/slow', 'stopped']]);
      expect(stops.arrivals).to.equal(1);
    });
  }

  it('refuses whoever comes later, and each in its own way', async () => {
    const hand = await system.spawn(Hand);
    await system.shutdown();
    const spawns = [system.spawn(Hand), system.pool(Hand, { size: 1 }), system.supervise({ children: [] })];
    for (const late of spawns) expect((await rejection(late)).name).to.equal('SystemStoppedError');
    expect(hand.tell.note(1)).to.equal(false);
    expect((await rejection(hand.ask.count())).name).to.equal('ActorStoppedError');
    expect((await rejection(hand.send.note(1))).name).to.equal('ActorStoppedError');
    expect(() => system.find(Hand, hand.path)).to.throw(/no actor/);
    expect(system.metrics().actors).to.deep.equal([]);
    expect(system.metrics().threads).to.equal(1);
    await hand.drained();
  });

  it('is no obstacle to who asks later how an actor has ended', async () => {
    const hand = await system.spawn(Hand);
    const stuck = await system.spawn(Hand);
    await hand.ask.note(1);
    const gate = new Gate();
    stuck.tell.native(gate.shared, 2);
    await gate.reached();
    const waiting = stuck.join();
    const { actors, unkillable } = await system.shutdown({ timeoutMs: 100 });
    expect(unkillable).to.deep.equal([stuck.path]);
    const reportOf = (path: string) => actors.find((report) => report.path === path);
    for (const late of [hand.join(), hand.stop(), hand.kill()]) {
      expect(await late)
        .to.deep.equal(reportOf(hand.path))
        .and.to.include({ processed: 1 });
    }
    for (const late of [waiting, stuck.join(), stuck.stop()]) {
      expect(await late).to.deep.equal(reportOf(stuck.path));
    }
  });

  it('a stop while another one waits: once in onStop, one report', async () => {
    const ledger = new Ledger();
    const faulty = await system.spawn(Faulty, { props: { ledger: ledger.shared } });
    const gate = new Gate();
    faulty.tell.hold(gate.shared);
    await gate.reached();
    const stops = [faulty.stop(), faulty.stop(), system.shutdown()];
    gate.open();
    const [first, second, { actors }] = (await Promise.all(stops)) as [
      unknown,
      unknown,
      { actors: unknown[] },
    ];
    expect(second).to.deep.equal(first);
    expect(actors).to.deep.equal([first]);
    expect(ledger.entries).to.deep.equal([Mark.STARTED, Mark.STOPPED]);
  });

  it('a stop while its actor restarts: the replacement handles what is left, and stops', async () => {
    const backoff = { minMs: 50, maxMs: 50 };
    const hand = await system.spawn(Hand, { supervision: { backoff } });
    hand.tell.fail('once');
    hand.tell.note(1);
    await until(() => system.metrics().actors[0].state === 'restarting');
    const report = await hand.stop();
    expect(report).to.deep.include({ reason: { kind: 'stopped' }, processed: 1, leftover: 0, restarts: 1 });
  });
});

describe('the process of a system that has ended', () => {
  it('ends by itself, whatever was observed, joined or subscribed to', async () => {
    expect(await runProgram('handles')).to.deep.equal({ code: 0, out: 'down, listeners 0\n' });
  });

  it('is told which threads are inside a native call, and ends when the call has', async () => {
    expect(await runProgram('unkillable')).to.deep.equal({ code: 0, out: 'true /stuck\n' });
  });
});
