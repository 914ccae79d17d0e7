/** Pools: one ref for several. What one worker does, or comes to, is seen through the pool. */
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, type DeadLetter } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Closing, Finding, Hand, Paced } from './support/hand.js';

const placements = ['thread', 'shared', 'inline'] as const;

describe('a pool', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 2 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  for (const placement of placements) {
    it(`leaves a stream with the worker that took it, in order (${placement})`, async () => {
      const pool = await system.pool(Hand, { size: 3, placement });
      const read = async () => {
        const paths = new Set<string>();
        let next = 0;
        for await (const [n, path] of pool.stream.many(3000)) {
          expect(n).to.equal(next++);
          paths.add(path);
        }
        expect(next).to.equal(3000);
        expect(paths.size).to.equal(1);
      };
      await Promise.all([read(), read(), read(), read()]);
    });

    it(`takes what its senders held for want of room (${placement})`, async () => {
      const pool = await system.pool(Hand, { size: 2, placement, mailbox: { maxItems: 2 } });
      // No answers: they would wake the sender, and it would look for room by itself.
      for (let n = 0; n < 20; n++) pool.tell.note(n);
      await until(() => system.metrics().actors[0].processed === 20);
    });

    it(`counts what all have done and left (${placement})`, async () => {
      const pool = await system.pool(Hand, { size: 2, placement, supervision: { onError: 'resume' } });
      const gate = new Gate();
      for (let n = 0; n < 3; n++) pool.tell.note(n);
      pool.tell.fail('one');
      for (let n = 0; n < 2; n++) pool.tell.hold(gate.shared);
      await gate.reached(2);
      const [metrics, ...workers] = system.metrics().actors;
      expect(metrics).to.include({ processed: 3, failed: 1, depth: 0 });
      expect(workers.map(({ handling }) => handling?.method)).to.deep.equal(['hold', 'hold']);
      for (let n = 0; n < 7; n++) pool.tell.note(n);
      const asked = rejection(pool.ask.count());
      const joined = pool.join();
      const report = await pool.kill();
      gate.open();
      expect(report).to.deep.include({ reason: { kind: 'killed' }, processed: 3, leftover: 10, restarts: 0 });
      expect(await joined).to.deep.equal(report);
      expect(await asked).to.be.instanceOf(ActorStoppedError);
      await until(() => deadLetters.length === 11);
      expect(deadLetters.map(({ reason }) => reason).sort()).to.deep.equal([
        'failed',
        ...Array(2).fill('in-flight'),
        ...Array(8).fill('stopped'),
      ]);
    });

    it(`counts the restarts of all (${placement})`, async () => {
      const pool = await system.pool(Hand, { size: 2, placement });
      pool.tell.fail('one');
      pool.tell.fail('two');
      await until(() => deadLetters.length === 2);
      await until(() => system.metrics().actors.every(({ state }) => state === 'running'));
      expect((await pool.stop()).restarts).to.equal(2);
    });

    it(`ends when a worker has used up its budget, and refuses what comes after (${placement})`, async () => {
      const pool = await system.pool(Hand, { size: 2, placement, supervision: { maxRestarts: 0 } });
      const ended = pool.join();
      pool.tell.fail('for good');
      expect((await ended).reason.kind).to.equal('escalated');
      expect(await rejection(pool.ask.count())).to.be.instanceOf(ActorStoppedError);
      expect(system.metrics().actors).to.deep.equal([]);
    });

    it(`goes on when one of its workers is stopped (${placement})`, async () => {
      const pool = await system.pool(Hand, { name: 'pool', size: 2, placement });
      expect((await system.find(Hand, '/pool/0').stop()).reason).to.deep.equal({ kind: 'stopped' });
      for (let n = 0; n < 50; n++) expect(await pool.ask.path()).to.equal('/pool/1');
    });

    it(`ends with its last worker: stopped, killed, or failed without an escalation (${placement})`, async () => {
      const supervision = { onError: 'stop' } as const;
      const pool = await system.pool(Hand, { name: 'pool', size: 3, placement, supervision });
      const gate = new Gate();
      const [first, second, third] = [0, 1, 2].map((n) => system.find(Hand, `/pool/${n}`));
      await first.stop();
      await second.kill();
      const ended = pool.join();
      third.tell.hold(gate.shared);
      third.tell.fail('for good');
      await gate.reached();
      pool.tell.note('left');
      const left = rejection(pool.ask.count());
      gate.open();
      const report = await ended;
      expect(report.reason).to.deep.equal({ kind: 'escalated', from: '/pool/2' });
      expect(report).to.include({ processed: 1, leftover: 2 });
      expect(await left).to.be.instanceOf(ActorStoppedError);
      expect(await rejection(pool.ask.count())).to.be.instanceOf(ActorStoppedError);
      expect(await pool.stop()).to.deep.equal(report);
      await until(() => deadLetters.length === 4);
      expect(deadLetters.map(({ reason }) => reason).sort()).to.deep.equal([
        'failed',
        ...Array(3).fill('stopped'),
      ]);
      expect(system.metrics().actors).to.deep.equal([]);
      expect((await system.pool(Hand, { name: 'pool', size: 1 })).path).to.equal('/pool');
    });

    it(`leaves nothing with a worker that is at mail of its own, or at its end (${placement})`, async () => {
      const gate = new Gate();
      const pool = await system.pool(Closing, { name: 'pool', size: 2, placement });
      // Both have nothing to do by now.
      const [first] = [0, 1].map((n) => system.find(Closing, `/pool/${n}`));
      const work = first.ask.hold(gate.shared);
      await gate.reached();
      for (let n = 0; n < 5; n++) expect(await pool.ask.path()).to.equal('/pool/1');
      gate.open();
      await work;
      const stops = new Gate();
      await first.ask.closeAt(stops.shared);
      const ended = first.stop();
      await stops.reached();
      for (let n = 0; n < 5; n++) expect(await pool.ask.path()).to.equal('/pool/1');
      stops.open();
      await ended;
    });
  }

  it('has its asks given up, in time and by signal, when the thread of a worker has ended', async () => {
    const threads: Worker[] = [];
    const onWorker = (worker: Worker) => threads.push(worker);
    process.on('worker', onWorker);
    const pool = await system.pool(Hand, { name: 'pool', size: 2 });
    process.off('worker', onWorker);
    await system.find(Hand, '/pool/0').stop();
    await until(() => threads.some(({ threadId }) => threadId === -1));
    const gate = new Gate();
    expect((await rejection(pool.with({ timeoutMs: 5 }).ask.hold(gate.shared))).name).to.equal(
      'AskTimeoutError',
    );
    const leaving = new AbortController();
    const left = rejection(pool.with({ signal: leaving.signal }).ask.hold(gate.shared));
    leaving.abort();
    expect((await left).name).to.equal('AbortError');
    gate.open();
    expect(await pool.ask.path()).to.equal('/pool/1');
  });

  it('is found in every thread, also one by key, and by its own workers when they start', async () => {
    const finder = await system.spawn(Hand);
    for (const shardBy of [undefined, '0.key']) {
      const name = `pool-${shardBy}`;
      const props = { finds: `/${name}` };
      const pool = await system.pool(Finding, { name, size: 3, placement: 'shared', shardBy, props });
      expect(await finder.ask.askFound(`/${name}`)).to.match(/^\/pool-.*\/\d$/);
      expect(await pool.ask.path()).to.match(/^\/pool-.*\/\d$/);
      await pool.stop();
    }
  });

  it('can be stopped by a worker of its own, and not be waited for', async () => {
    const pool = await system.pool(Hand, { size: 2 });
    expect(await pool.ask.joinOther(pool)).to.equal('WouldWaitForSelfError');
    const ended = pool.join();
    expect(await pool.ask.stopOther(pool)).to.equal('stopped');
    expect((await ended).reason).to.deep.equal({ kind: 'stopped' });
  });

  it('is not there when a worker has not started, and its name is free', async () => {
    const gate = new Gate();
    const props = { gate: gate.shared, stops: new Gate().shared };
    const pool = system.pool(Paced, { name: 'pool', size: 2, startTimeoutMs: 100, props });
    expect((await rejection(pool)).name).to.equal('StartTimeoutError');
    expect(system.metrics().actors).to.deep.equal([]);
    expect((await system.pool(Hand, { name: 'pool', size: 1 })).path).to.equal('/pool');
  });

  it('says what its props function threw', async () => {
    const props = (index: number) => {
      throw new RangeError(`no props for ${index}`);
    };
    expect((await rejection(system.pool(Hand, { size: 2, props }))).message).to.equal('no props for 0');
    expect(system.metrics().actors).to.deep.equal([]);
  });

  it('lets nothing of one key overtake, whichever sender, through stop', async () => {
    const pool = await system.pool(Hand, { name: 'keys', size: 3, shardBy: '0.key' });
    for (let n = 0; n < 300; n++) pool.tell.note({ key: n % 7, n });
    expect(await pool.stop()).to.include({ processed: 300, leftover: 0 });
    expect(deadLetters).to.deep.equal([]);
  });
});
