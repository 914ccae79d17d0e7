/** What the system shows of itself: flow, dead letters, metrics, health. */
import { expect } from 'chai';
import type { ActorSystem, FlowEvent, LogEntry } from '../../core/index.js';
import { Faulty, SlowEar } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';

describe('message flow', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let ledger: Ledger;
  beforeEach(async () => {
    ({ system, log } = await quietSystem());
    ledger = new Ledger();
  });
  afterEach(() => system.shutdown({ drain: false }));
  const props = () => ({ ledger: ledger.shared });

  it('shows what happens to messages and actors, in order per actor', async () => {
    const events: FlowEvent[] = [];
    system.flow$.subscribe((event) => {
      events.push(event);
    });
    const actor = await system.spawn(Faulty, { name: 'f', props: props() });
    actor.tell.note(1);
    actor.tell.fail('oops');
    await actor.ask.count();
    await actor.stop();
    await until(() => events.some((event) => event.kind === 'stopped'));
    const of = (kind: FlowEvent['kind']) => events.filter((event) => event.kind === kind);
    expect(of('started')[0]).to.include({ actor: '/f', type: 'Faulty', id: actor.id });
    expect(of('accepted').map((event) => 'method' in event && event.method)).to.deep.equal([
      'note',
      'fail',
      'count',
    ]);
    await until(() => of('handled').length >= 2);
    expect(of('handled').map((event) => 'method' in event && event.method)).to.deep.equal(['note', 'count']);
    for (const event of of('handled')) {
      if (event.kind !== 'handled') continue;
      expect(event.waitMs).to.be.at.least(0);
      expect(event.serviceMs).to.be.at.least(0);
    }
    const [failed] = of('failed');
    expect(failed).to.include({ actor: '/f', method: 'fail' });
    if (failed.kind === 'failed') expect((failed.error as Error).message).to.equal('oops');
    expect(of('dead-letter')).to.have.length(1);
    expect(of('restarted')[0]).to.include({ actor: '/f', restarts: 1 });
    expect(of('stopped')[0]).to.deep.include({ actor: '/f', reason: { kind: 'stopped' } });
  });

  it('takes no message that it passed over for one that it has shown', async () => {
    const events: FlowEvent[] = [];
    system.flow$.subscribe((event) => {
      events.push(event);
    });
    const spawn = (name: string) => system.spawn(Faulty, { name, props: props() });
    const [first, second] = [await spawn('first'), await spawn('second')];
    // In one go, the first of them as many as are shown in one go.
    for (let n = 0; n < 4000; n++) first.tell.note(n);
    for (let n = 0; n < 100; n++) second.tell.note(n);
    const of = (kind: 'accepted' | 'handled', actor: string) =>
      events.filter((event) => event.kind === kind && event.actor === actor) as { message?: string }[];
    await until(() => of('handled', '/second').length === 100);
    await first.ask.count();
    // What a thread shows goes together, some time after: of this one it may come last.
    await until(() => of('accepted', '/first').length > 0);
    const shown = of('accepted', '/first').map(({ message }) => message);
    expect(shown).to.have.length.within(1000, 3000);
    expect(new Set(shown).size).to.equal(shown.length);
    expect(of('accepted', '/second')).to.deep.equal([]);
    for (const { message } of of('handled', '/second')) expect(shown).to.not.include(message);
    const handled = of('handled', '/first').map(({ message }) => message);
    expect(shown.every((message) => handled.filter((each) => each === message).length <= 1)).to.equal(true);
  });

  it('of one actor shows that one only', async () => {
    const one = await system.spawn(Faulty, { name: 'one', props: props() });
    const two = await system.spawn(Faulty, { name: 'two', props: props() });
    const events: FlowEvent[] = [];
    one.flow$.subscribe((event) => {
      events.push(event);
    });
    await two.ask.count();
    await one.ask.count();
    await until(() => events.some((event) => event.kind === 'handled'));
    expect(new Set(events.map((event) => event.actor))).to.deep.equal(new Set(['/one']));
  });

  it('goes on beside a subscriber that throws', async () => {
    const actor = await system.spawn(Faulty, { name: 'f', props: props() });
    let thrown = 0;
    const events: FlowEvent[] = [];
    system.flow$.subscribe(() => {
      thrown++;
      throw new Error('a bad subscriber');
    });
    system.flow$.subscribe((event) => {
      events.push(event);
    });
    for (let i = 0; i < 3; i++) await actor.ask.count();
    await until(() => events.filter((event) => event.kind === 'handled').length >= 3);
    expect(thrown).to.be.at.least(1);
    await until(() => log.some((entry) => entry.message === 'a subscriber threw'));
    expect(await actor.ask.count()).to.equal(0);
  });

  it('costs nothing once nobody watches', async () => {
    const actor = await system.spawn(Faulty, { props: props() });
    const seen: FlowEvent[] = [];
    const subscription = system.flow$.subscribe((event) => {
      seen.push(event);
    });
    await actor.ask.count();
    await until(() => seen.length > 0);
    subscription.unsubscribe();
    const before = seen.length;
    await actor.ask.count();
    await actor.ask.count();
    expect(seen.length).to.equal(before);
  });

  it('drops events rather than slowing actors, and says how many', async () => {
    const actor = await system.spawn(Faulty, { name: 'f', props: props() });
    let counted = 0;
    let dropped = 0;
    system.flow$.subscribe((event) => {
      if (event.kind === 'overflow' && event.what === 'events') dropped += event.count;
      else if (event.kind === 'accepted') counted++;
    });
    const count = 20_000;
    for (let i = 0; i < count; i++) void actor.tell.thread();
    await actor.ask.count();
    await until(() => counted + dropped >= count);
    expect(counted).to.be.at.most(count + 1);
  });

  it('shows each failure, however much goes by uncounted', async () => {
    const actor = await system.spawn(Faulty, {
      name: 'f',
      props: props(),
      supervision: { onError: 'resume' },
    });
    const failures: FlowEvent[] = [];
    let dropped = 0;
    system.flow$.subscribe((event) => {
      if (event.kind === 'overflow' && event.what === 'events') dropped += event.count;
      if (event.kind === 'failed') failures.push(event);
    });
    for (let i = 0; i < 20_000; i++) void actor.tell.thread();
    actor.tell.fail('in the crowd');
    await actor.ask.count();
    await until(() => failures.length > 0 && dropped > 0);
    expect(failures[0]).to.include({ actor: '/f', method: 'fail' });
    expect((failures[0] as FlowEvent & { waitMs: number }).waitMs).to.be.at.least(0);
  });

  it('ends when the system has ended', async () => {
    let completed = 0;
    system.flow$.subscribe({ complete: () => completed++ });
    system.deadLetters$.subscribe({ complete: () => completed++ });
    await system.shutdown();
    expect(completed).to.equal(2);
  });

  it('metrics answer while an actor is stuck in a loop', async () => {
    const actor = await system.spawn(Faulty, { name: 'stuck', props: props() });
    actor.tell.loop();
    for (let i = 0; i < 10; i++) actor.tell.note(i);
    await ledger.holds(2);
    const read = () => system.metrics().actors.find((a) => a.path === '/stuck');
    await until(() => (read()?.handling?.forMs ?? 0) > 5);
    expect(read()).to.deep.include({
      type: 'Faulty',
      state: 'running',
      depth: 11,
      processed: 0,
      restarts: 0,
    });
    expect(read()?.handling?.method).to.equal('loop');
    expect(read()?.oldestMs).to.be.greaterThan(0);
    expect(read()?.bytes).to.be.greaterThan(0);
    expect(read()?.highWater).to.be.at.least(10);
    await actor.kill();
  });

  it('metrics count what is done, failed, restarted, dead', async () => {
    const supervision = { onError: 'resume' } as const;
    const actor = await system.spawn(Faulty, { name: 'f', props: props(), supervision });
    for (let i = 0; i < 10; i++) actor.tell.note(i);
    actor.tell.fail('once');
    await actor.ask.count();
    // An answer is sent before its message is marked done.
    await until(() => system.metrics().actors[0].depth === 0);
    const metrics = system.metrics();
    expect(metrics.actors[0]).to.deep.include({
      path: '/f',
      depth: 0,
      failed: 1,
      restarts: 0,
      handling: undefined,
    });
    expect(metrics.deadLetters).to.equal(1);
    expect(metrics.threads).to.equal(2);
    expect(metrics.arena.bytesInUse).to.be.within(1, metrics.arena.capacity);
  });

  it('metrics show what is held', async () => {
    const ear = await system.spawn(SlowEar, { name: 'ear', mailbox: { maxItems: 2 } });
    for (let i = 0; i < 100; i++) ear.tell.hear(i);
    const { depth, held } = system.metrics().actors[0];
    expect(depth).to.be.at.most(2);
    expect(held).to.be.at.least(90);
    await ear.drained();
    expect(system.metrics().actors[0].held).to.equal(0);
  });

  it('metrics$ gives a reading at once', async () => {
    const reading = await new Promise((resolve) => {
      const subscription = system.metrics$.subscribe((metrics) => {
        resolve(metrics);
        queueMicrotask(() => subscription.unsubscribe());
      });
    });
    expect(reading).to.have.property('actors').that.is.an('array');
  });

  it('ends with the system, also for who comes later', async () => {
    const ended: string[] = [];
    const watch = () => {
      system.flow$.subscribe({ complete: () => ended.push('flow') });
      system.deadLetters$.subscribe({ complete: () => ended.push('dead letters') });
      system.metrics$.subscribe({ complete: () => ended.push('metrics') });
    };
    watch();
    expect(ended).to.deep.equal([]);
    await system.shutdown();
    expect(ended).to.have.members(['flow', 'dead letters', 'metrics']);
    ended.length = 0;
    watch();
    expect(ended).to.deep.equal(['flow', 'dead letters', 'metrics']);
  });

  it('health: running, ready, live, and what is wrong', async () => {
    expect(system.health()).to.deep.equal({ state: 'running', ready: true, live: true, problems: [] });
    const actor = await system.spawn(Faulty, { name: 'f', props: props(), supervision: { maxRestarts: 0 } });
    const gate = new Gate();
    gate.open();
    actor.tell.fail('for good');
    await actor.join();
    expect(system.health().problems).to.have.length(1);
    expect(system.health().problems[0]).to.contain('/f');
  });
});
