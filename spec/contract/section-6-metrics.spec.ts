/** Each number of `metrics()` against a situation that is known, also while an actor never gives its thread back. */
import { threadId } from 'node:worker_threads';
import { expect } from 'chai';
import { type ActorMetrics, type ActorSystem, child, type SystemMetrics } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand, Kin, Paced } from './support/hand.js';

describe('metrics()', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const of = (path: string) => system.metrics().actors.find((actor) => actor.path === path) as ActorMetrics;

  it('of an idle actor: zeroes', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    expect(of('/hand')).to.deep.equal({
      id: hand.id,
      path: '/hand',
      type: 'Hand',
      kind: 'actor',
      placement: 'thread',
      thread: of('/hand').thread,
      state: 'running',
      depth: 0,
      bytes: 0,
      highWater: 0,
      held: 0,
      processed: 0,
      failed: 0,
      restarts: 0,
      deadLetters: 0,
      oldestMs: 0,
      handling: undefined,
      threadBusyMs: 0,
    });
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`of one in an endless loop, and of others beside it (${placement})`, async () => {
      const stuck = await system.spawn(Hand, { name: 'stuck', placement, mailbox: { maxItems: 6 } });
      const free = await system.spawn(Hand, { name: 'free' });
      for (let n = 0; n < 3; n++) await stuck.ask.note(n);
      const gate = new Gate();
      stuck.tell.loop(gate.shared);
      await gate.reached();
      for (let n = 0; n < 10; n++) stuck.tell.note('x'.repeat(100));
      await free.ask.note(1);
      const first = of('/stuck');
      expect(first).to.include({ state: 'running', processed: 3, failed: 0, restarts: 0, depth: 6, held: 5 });
      expect(first.highWater).to.equal(6);
      expect(first.handling?.method).to.equal('loop');
      await until(() => of('/stuck').handling?.occupiesThread === true);
      expect(first.bytes).to.be.within(500, 2000);
      await until(() => of('/stuck').oldestMs > first.oldestMs + 20);
      expect(of('/stuck').handling?.forMs).to.be.at.least((first.handling?.forMs ?? 0) + 20);
      await until(() => of('/free').depth === 0);
      expect(of('/free')).to.include({ processed: 1, held: 0 });
      await stuck.kill();
    });
  }

  it('of one in an endless loop behind an await: seen while it is watched', async () => {
    const stuck = await system.spawn(Hand, { name: 'stuck' });
    const gate = new Gate();
    stuck.tell.loopLater(gate.shared);
    await gate.reached();
    await until(() => of('/stuck').handling?.occupiesThread === true);
    await stuck.kill();
  });

  it('of a shared thread in an endless loop behind an await: of all its actors, since it is not known whose it is', async () => {
    const placement = 'shared' as const;
    const [stuck, waiting, idle] = await Promise.all(
      ['stuck', 'waiting', 'idle'].map((name) => system.spawn(Hand, { name, placement })),
    );
    const [gate, held] = [new Gate(), new Gate()];
    waiting.tell.hold(held.shared);
    await held.reached();
    stuck.tell.loopLater(gate.shared);
    await gate.reached();
    await until(() => of('/idle').threadBusyMs > 50);
    for (const path of ['/stuck', '/waiting']) {
      expect(of(path).threadBusyMs).to.be.above(50);
      expect(of(path).handling?.occupiesThread).to.equal(false);
    }
    await stuck.kill();
    await until(() => of('/idle').threadBusyMs === 0);
    expect(await idle.ask.count()).to.equal(0);
  });

  it('of one in an endless loop of a schedule', async () => {
    const stuck = await system.spawn(Hand, { name: 'stuck' });
    const gate = new Gate();
    stuck.tell.loopByClock(gate.shared);
    await gate.reached();
    await until(() => of('/stuck').handling?.occupiesThread === true);
    expect(of('/stuck').handling?.method).to.equal('schedule');
    await stuck.kill();
  });

  it('of a pool leave out a worker that has ended for good, whose box may be another’s', async () => {
    const supervision = { restart: 'temporary' } as const;
    const pool = await system.pool(Hand, { name: 'pool', size: 3, placement: 'inline', supervision });
    const paths = () => system.metrics().actors.map(({ path }) => path);
    expect(paths()).to.deep.equal(['/pool', '/pool/0', '/pool/1', '/pool/2']);
    pool.tell.fail('once');
    await until(() => paths().length === 3);
    expect(system.metrics().ended.map(({ type, actors }) => [type, actors])).to.deep.equal([['Hand', 1]]);
  });

  for (const pooled of [false, true]) {
    const where = pooled ? "of a pool's mail" : 'of its own mail';
    it(`for how long it handles one message, not those before it as well (${where})`, async () => {
      const hand = pooled
        ? await system.pool(Hand, { name: 'hand', size: 1 })
        : await system.spawn(Hand, { name: 'hand' });
      const handling = () => of(pooled ? '/hand/0' : '/hand').handling;
      const [first, second] = [new Gate(), new Gate()];
      hand.tell.spinUntil(first.shared);
      hand.tell.spinUntil(second.shared);
      await first.reached();
      await until(() => (handling()?.forMs ?? 0) > 50);
      const opened = performance.now();
      first.open();
      await second.reached();
      const { method, forMs } = handling() ?? {};
      expect(method).to.equal('spinUntil');
      expect(forMs).to.be.at.most(performance.now() - opened);
      second.open();
    });
  }

  it('where an actor lives: its placement, and the thread', async () => {
    const own = await system.spawn(Hand, { name: 'own' });
    const shared = await system.spawn(Hand, { name: 'shared', placement: 'shared' });
    await system.spawn(Hand, { name: 'inline', placement: 'inline' });
    await system.pool(Hand, { name: 'pool', size: 1, placement: 'shared' });
    await system.supervise({ name: 'group', children: [child(Hand, { name: 'one', placement: 'inline' })] });
    expect(of('/own')).to.include({ kind: 'actor', placement: 'thread', thread: await own.ask.thread() });
    const sharedThread = await shared.ask.thread();
    expect(of('/shared')).to.include({ kind: 'actor', placement: 'shared', thread: sharedThread });
    expect(of('/inline')).to.include({ kind: 'actor', placement: 'inline', thread: threadId });
    expect(of('/pool')).to.include({ kind: 'pool', placement: 'shared', thread: undefined });
    expect(of('/pool/0')).to.include({ kind: 'actor', placement: 'shared', thread: sharedThread });
    expect(of('/group')).to.include({ kind: 'group', placement: undefined, thread: undefined });
    expect(of('/group/one')).to.include({ kind: 'actor', placement: 'inline', thread: threadId });
    own.tell.exit();
    await until(() => of('/own').restarts === 1 && of('/own').state === 'running');
    expect(of('/own').thread).to.equal(await own.ask.thread());
  });

  it('for how long an async handler runs, however often its actor is looked at meanwhile', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    const gate = new Gate();
    hand.tell.hold(gate.shared);
    await gate.reached();
    const begun = performance.now();
    await until(() => (of('/hand').handling?.forMs ?? 0) > 100);
    await until(() => of('/hand').handling?.occupiesThread === false);
    hand.tell.note('more mail');
    // Its time-out has been heard of over there when another one's mail has.
    await rejection(hand.with({ timeoutMs: 20 }).ask.count());
    const atLeast = performance.now() - begun;
    expect(of('/hand').handling?.forMs).to.be.at.least(atLeast);
    gate.open();
  });

  it('depth goes down to 0, and the high water stays', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    const gate = new Gate();
    hand.tell.hold(gate.shared);
    await gate.reached();
    for (let n = 0; n < 40; n++) await hand.send.note(n);
    expect(of('/hand')).to.include({ depth: 41, processed: 0 });
    gate.open();
    // Room is given back in batches, some messages after they are done.
    await until(() => of('/hand').depth === 0 && of('/hand').bytes === 0);
    expect(of('/hand')).to.include({ processed: 41, oldestMs: 0, handling: undefined });
    expect(of('/hand').highWater).to.be.within(40, 41);
  });

  it('failed and restarts, through the lives of an actor', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    await hand.ask.note(1);
    hand.tell.fail('once');
    await hand.ask.note(2);
    hand.tell.exit();
    await hand.ask.note(3);
    await until(() => of('/hand').depth === 0);
    expect(of('/hand')).to.include({ processed: 3, failed: 1, restarts: 2 });
  });

  it('states: starting, restarting, stopping; and gone', async () => {
    const [gate, stops] = [new Gate(), new Gate()];
    const spawning = system.spawn(Paced, {
      name: 'paced',
      props: { gate: gate.shared, stops: stops.shared },
    });
    await gate.reached();
    expect(of('/paced').state).to.equal('starting');
    gate.open();
    const paced = await spawning;
    expect(of('/paced').state).to.equal('running');
    await paced.stop();
    expect(of('/paced')).to.equal(undefined);

    const supervision = { backoff: { minMs: 100, maxMs: 100 } };
    const hand = await system.spawn(Hand, { name: 'hand', supervision });
    hand.tell.fail('once');
    await until(() => of('/hand').state === 'restarting');
    expect(system.health()).to.deep.include({ ready: true, live: true });
    expect(system.health().problems).to.deep.equal(['/hand is being restarted']);
    await hand.ask.count();
    expect(system.health().problems).to.deep.equal([]);

    const kin = await system.spawn(Kin, { name: 'kin', props: { placement: 'thread' } });
    const child = await kin.ask.child();
    const held = new Gate();
    child.tell.hold(held.shared);
    await held.reached();
    const stopped = kin.stop();
    await until(() => of('/kin').state === 'stopping');
    held.open();
    await stopped;
    expect(of('/kin')).to.equal(undefined);
  });

  it('threads are counted with the one that started the system', async () => {
    expect(system.metrics().threads).to.equal(1);
    const hands = [await system.spawn(Hand), await system.spawn(Hand)];
    await system.spawn(Hand, { placement: 'inline' });
    for (let n = 0; n < 5; n++) await system.spawn(Hand, { placement: 'shared' });
    expect(system.metrics().threads).to.equal(4);
    for (const hand of hands) await hand.stop();
    await until(() => system.metrics().threads === 2);
  });

  it('metrics$ reads again and again, until nobody listens', async () => {
    const readings: SystemMetrics[] = [];
    await new Promise<void>((resolve) => {
      const subscription = system.metrics$.subscribe((reading) => {
        if (readings.push(reading) === 2) resolve(queueMicrotask(() => subscription.unsubscribe()));
      });
    });
    const [first, second] = readings;
    expect(second.time).to.be.greaterThan(first.time);
    expect(Object.keys(second).sort()).to.deep.equal(Object.keys(system.metrics()).sort());
  });
});
