/** Where actors run: placements, pools, finding them, and options out of their range. */
import { expect } from 'chai';
import {
  Actor,
  ActorStoppedError,
  ActorSystem,
  type DeadLetter,
  type SystemOptions,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Faulty, Finder, Watcher, Worker } from '../actors-for-supervision/faulty.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

describe('placement', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 2 }));
  });
  afterEach(() => system.shutdown({ drain: false }));
  const counters = (count: number) => new SharedArrayBuffer(count * 4);
  const sharedLedger = () => new SharedArrayBuffer(1 << 16);

  it('thread: each its own; shared: one of the shared ones; inline: the spawner’s', async () => {
    const props = { ledger: sharedLedger() };
    const threads = async (placement: 'thread' | 'shared' | 'inline') => {
      const refs = await Promise.all([1, 2, 3].map(() => system.spawn(Faulty, { placement, props })));
      return new Set(await Promise.all(refs.map((ref) => ref.ask.thread())));
    };
    expect((await threads('thread')).size).to.equal(3);
    expect((await threads('shared')).size).to.equal(2);
    expect([...(await threads('inline'))]).to.deep.equal([0]);
  });

  it('shared: a death is charged to the actor that caused it; the others come back uncharged', async () => {
    await system.shutdown();
    ({ system } = await quietSystem({ threads: 1 }));
    const props = { ledger: sharedLedger() };
    const supervision = { maxRestarts: 1 };
    const [guilty, other] = await Promise.all(
      ['guilty', 'other'].map((name) =>
        system.spawn(Faulty, { name, placement: 'shared', props, supervision }),
      ),
    );
    const ended = guilty.join();
    guilty.tell.exit(3);
    expect(await other.ask.count()).to.equal(0);
    guilty.tell.exit(3);
    expect((await ended).reason.kind).to.equal('failed');
    expect(await other.ask.count()).to.equal(0);
    expect(await rejection(guilty.ask.count())).to.be.instanceOf(ActorStoppedError);
  });

  it('shared: thousands of actors', async () => {
    const refs = await Promise.all(
      Array.from({ length: 2000 }, () => system.spawn(Watcher, { placement: 'shared' })),
    );
    for (const ref of refs) ref.tell.hear(1);
    const seen = await Promise.all(refs.map((ref) => ref.ask.seen()));
    expect(seen.every((list) => list.length === 1)).to.equal(true);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`pools (${placement})`, () => {
      it('have their size, and give each worker props of its own', async () => {
        const props = (index: number) => ({ ledger: sharedLedger(), index });
        const pool = await system.pool(Worker, { name: 'pool', size: 3, placement, props });
        const gate = new Gate();
        const paths = [1, 2, 3].map(() => pool.ask.hold(gate.shared));
        await gate.reached(3);
        gate.open();
        expect((await Promise.all(paths)).sort()).to.deep.equal(['/pool/0', '/pool/1', '/pool/2']);
        for (let i = 0; i < 3; i++) expect(await system.find(Worker, `/pool/${i}`).ask.index()).to.equal(i);
      });

      it('let the free one take the next', async () => {
        const pool = await system.pool(Worker, { size: 2, placement });
        const gate = new Gate();
        const held = pool.ask.hold(gate.shared);
        await gate.reached();
        const counts = counters(100);
        for (let i = 0; i < 100; i++) pool.tell.count(counts, i);
        await until(() => [...new Int32Array(counts)].every((n) => n === 1));
        gate.open();
        await held;
      });

      it('drain at a stop, and report as one', async () => {
        const pool = await system.pool(Worker, { size: 2, placement });
        const counts = counters(200);
        for (let i = 0; i < 200; i++) pool.tell.count(counts, i);
        const report = await pool.stop();
        expect([...new Int32Array(counts)]).to.deep.equal(Array.from({ length: 200 }, () => 1));
        expect(report).to.deep.include({ reason: { kind: 'stopped' }, processed: 200, leftover: 0 });
        expect(await rejection(pool.ask.path())).to.be.instanceOf(ActorStoppedError);
      });

      it('by key: one worker per key, in order', async () => {
        const pool = await system.pool(Worker, { size: 3, placement, shardBy: '0.customerId' });
        const customers = ['ann', 'bob', 'cid', 'dan', 'eve'];
        for (let n = 0; n < 30; n++) for (const customerId of customers) pool.tell.keyed({ customerId, n });
        const paths = new Set<string>();
        for (const customerId of customers) {
          const { path, seen } = await pool.ask.ordersOf({ customerId });
          paths.add(path);
          expect(seen).to.deep.equal(Array.from({ length: 30 }, (_, n) => n));
        }
        expect(paths.size).to.be.greaterThan(1);
        const report = await pool.stop();
        expect(report).to.include({ processed: 155, leftover: 0 });
      });
    });
  }

  it('a pool loses nothing when workers die (retry)', async () => {
    const supervision = { inFlight: 'retry', maxRestarts: 100 } as const;
    const pool = await system.pool(Worker, { size: 2, supervision });
    const counts = counters(200);
    const deaths = counters(200);
    for (let i = 0; i < 200; i++) pool.tell.countOrExit(counts, i, deaths);
    await until(() => [...new Int32Array(counts)].every((n) => n === 1));
    expect([...new Int32Array(deaths)].filter((n) => n === 1)).to.have.length(4);
    expect((await pool.stop()).leftover).to.equal(0);
    expect(deadLetters).to.deep.equal([]);
  });

  it('a pool skips what was in flight, and nothing else (skip)', async () => {
    const pool = await system.pool(Worker, { size: 2, supervision: { maxRestarts: 100 } });
    const counts = counters(200);
    const deaths = counters(200);
    for (let i = 0; i < 200; i++) pool.tell.countOrExit(counts, i, deaths);
    const sum = () => new Int32Array(counts).reduce((a, b) => a + b, 0);
    await until(() => sum() === 196 && deadLetters.length === 4);
    expect(deadLetters.map((letter) => letter.reason)).to.deep.equal(Array(4).fill('in-flight'));
    await pool.stop();
  });

  it('a pool by key keeps its order over a restart', async () => {
    const supervision = { inFlight: 'retry' } as const;
    const pool = await system.pool(Worker, { name: 'keys', size: 2, shardBy: '0.customerId', supervision });
    const { path } = await pool.ask.ordersOf({ customerId: 'ann' });
    const gate = new Gate();
    const worker = system.find(Worker, path);
    worker.tell.hold(gate.shared);
    await gate.reached();
    for (let n = 0; n < 20; n++) pool.tell.keyed({ customerId: 'ann', n });
    await crash(worker);
    gate.open();
    expect((await pool.ask.ordersOf({ customerId: 'ann' })).seen).to.deep.equal(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });
});

describe('find', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('gives the one ref of an actor, with and without the leading slash', async () => {
    const worker = await system.spawn(Worker, { name: 'one' });
    expect(system.find(Worker, '/one')).to.equal(worker);
    expect(system.find(Worker, 'one')).to.equal(worker);
    expect(system.find(Actor, '/one')).to.equal(worker);
  });

  it('works in every thread', async () => {
    const worker = await system.spawn(Worker, { name: 'far' });
    const finder = await system.spawn(Finder);
    expect(await finder.ask.askFound('/far')).to.equal('/far');
    expect(await finder.ask.tryFind('/far')).to.equal('WrongActorTypeError');
    expect(await finder.ask.tryFind('/nobody')).to.equal('ActorNotFoundError');
    await worker.stop();
    expect(await finder.ask.tryFind('/far')).to.equal('ActorNotFoundError');
  });

  it('tells of another class, and of nobody', async () => {
    await system.spawn(Worker, { name: 'two' });
    expect(() => system.find(Watcher, '/two'))
      .to.throw('Worker')
      .with.property('name', 'WrongActorTypeError');
    expect(() => system.find(Watcher, '/none'))
      .to.throw()
      .with.property('name', 'ActorNotFoundError');
  });
});

describe('options out of their range', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  const wrong: [string, Record<string, unknown>][] = [
    ['name', { name: 'a/b' }],
    ['name', { name: '' }],
    ['placement', { placement: 'moon' }],
    ['mailbox.maxItems', { mailbox: { maxItems: 0 } }],
    ['mailbox.maxBytes', { mailbox: { maxBytes: 1.5 } }],
    ['mailbox.maxHeld', { mailbox: { maxHeld: -1 } }],
    ['supervision.restart', { supervision: { restart: 'always' } }],
    ['supervision.onError', { supervision: { onError: 'ignore' } }],
    ['supervision.inFlight', { supervision: { inFlight: 'drop' } }],
    ['supervision.maxRestarts', { supervision: { maxRestarts: -1 } }],
    ['supervision.maxAttempts', { supervision: { maxAttempts: 0 } }],
    ['supervision.withinMs', { supervision: { withinMs: Number.NaN } }],
    ['supervision.backoff.minMs', { supervision: { backoff: { minMs: -1, maxMs: 1 } } }],
    ['supervision.backoff.jitter', { supervision: { backoff: { minMs: 1, maxMs: 1, jitter: 2 } } }],
    ['startTimeoutMs', { startTimeoutMs: -1 }],
    ['stopTimeoutMs', { stopTimeoutMs: '1' }],
    ['hangTimeoutMs', { hangTimeoutMs: -5 }],
    ['askTimeoutMs', { askTimeoutMs: -5 }],
  ];
  for (const [option, options] of wrong) {
    it(`spawn: ${JSON.stringify(options)} names ${option}`, async () => {
      const error = await rejection(system.spawn(Worker, options as object));
      expect(error.name).to.equal('OptionOutOfRangeError');
      expect(error.message).to.contain(option);
    });
  }

  it('pool: size', async () => {
    expect((await rejection(system.pool(Worker, { size: 0 }))).message).to.contain('size');
  });

  const wrongSystems: [string, SystemOptions][] = [
    ['arenaBytes', { arenaBytes: 100 }],
    ['arenaBytes', { arenaBytes: 2 ** 33 }],
    ['threads', { threads: 0 }],
    ['warmThreads', { warmThreads: -1 }],
    ['askTimeoutMs', { askTimeoutMs: -1 }],
    ['name', { name: '' }],
    ['supervision.restart', { supervision: { restart: 'ever' as 'permanent' } }],
  ];
  for (const [option, options] of wrongSystems) {
    it(`start: ${JSON.stringify(options)} names ${option}`, async () => {
      const error = await rejection(ActorSystem.start(options).then((started) => started.shutdown()));
      expect(error.name).to.equal('OptionOutOfRangeError');
      expect(error.message).to.contain(option);
    });
  }
});
