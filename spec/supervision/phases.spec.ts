/** Stop, kill and shutdown at every moment of a life: while it starts, restarts, waits its backoff, stops. */
import { expect } from 'chai';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  type ExitReport,
  type ShutdownReport,
} from '../../core/index.js';
import { Stubborn } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { counter, Member, NOTE, START, STOP } from '../actors-for-supervision/members.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';

/** Longer than any spec waits. */
const LONG_MS = 3_600_000;

describe('an actor', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let ledger: Ledger;
  let gate: Gate;
  beforeEach(async () => {
    ledger = new Ledger();
    gate = new Gate();
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const props = (more: object = {}) => ({
    number: 0,
    ledger: ledger.shared,
    reasons: new Ledger().shared,
    ...more,
  });
  const paths = () => system.metrics().actors.map((actor) => actor.path);
  /** Nobody is there any more, and the name is free. */
  const isGone = async (placement: 'thread' | 'shared' | 'inline') => {
    expect(paths()).to.deep.equal([]);
    const again = await system.spawn(Member, { name: 'm', placement, props: props() });
    expect(await again.ask.here()).to.equal('/m');
    await again.stop();
  };

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    /** Waits in `onStart` until the gate opens. */
    const starting = async () => {
      const spawning = system.spawn(Member, {
        name: 'm',
        placement,
        props: props({ free: counter(0), gate: gate.shared }),
      });
      const settled = spawning.then(
        () => 'up',
        (error: Error) => error,
      );
      await gate.reached();
      const ref: ActorRef<Member> = system.find(Member, '/m');
      ref.tell.note(1);
      return { ref, settled };
    };
    /** Has failed, and waits in the `onStart` of its next life. */
    const restarting = async () => {
      const ref = await system.spawn(Member, {
        name: 'm',
        placement,
        props: props({ free: counter(1), gate: gate.shared }),
      });
      ref.tell.fail('fault');
      ref.tell.note(1);
      await gate.reached();
      return ref;
    };
    /** Has failed, and waits for its backoff to end. */
    const backingOff = async (mail: readonly number[] = [1]) => {
      const ref = await system.spawn(Member, {
        name: 'm',
        placement,
        supervision: { backoff: { minMs: LONG_MS, maxMs: LONG_MS } },
        props: props(),
      });
      ref.tell.fail('fault');
      await ledger.has(STOP);
      for (const n of mail) ref.tell.note(n);
      await until(() => system.health().problems.length > 0);
      return ref;
    };

    describe(`(${placement}) that starts`, () => {
      it('is killed: spawn rejects, and its mail is dead', async () => {
        const { ref, settled } = await starting();
        expect(await ref.kill()).to.deep.include({ reason: { kind: 'killed' }, processed: 0, leftover: 1 });
        const error = await settled;
        expect(error).to.be.instanceOf(ActorStoppedError);
        expect((error as ActorStoppedError).reason).to.deep.equal({ kind: 'killed' });
        gate.open();
        await isGone(placement);
      });

      it('is stopped: it comes up, handles its mail, and stops', async () => {
        const { ref, settled } = await starting();
        const stopped = ref.stop();
        gate.open();
        expect(await settled).to.equal('up');
        expect(await stopped).to.deep.include({ reason: { kind: 'stopped' }, processed: 1, leftover: 0 });
        expect(ledger.entries).to.deep.equal([START, NOTE + 1, STOP]);
        await isGone(placement);
      });

      it('is stopped, and takes too long: spawn rejects', async () => {
        const { ref, settled } = await starting();
        expect((await ref.stop({ timeoutMs: 30 })).reason).to.deep.equal({ kind: 'timed-out' });
        expect(await settled).to.be.instanceOf(ActorStoppedError);
        gate.open();
        await isGone(placement);
      });

      for (const drain of [true, false]) {
        it(`ends with the system (drain ${drain}), once it is up`, async () => {
          const { settled } = await starting();
          const down = system.shutdown({ drain });
          gate.open();
          expect(await settled).to.equal('up');
          expect((await down).actors.map(({ reason, processed }) => [reason.kind, processed])).to.deep.equal([
            ['stopped', 1],
          ]);
        });
      }

      it('ends with the system, which waits for nobody for longer than its time limit', async () => {
        const { settled } = await starting();
        const report = await system.shutdown({ timeoutMs: 100 });
        expect(report).to.deep.include({ timedOut: true, unkillable: [] });
        expect(report.actors.map(({ reason }) => reason.kind)).to.deep.equal(['timed-out']);
        expect(await settled).to.be.instanceOf(Error);
      });
    });

    describe(`(${placement}) that restarts`, () => {
      it('is killed', async () => {
        const ref = await restarting();
        expect(await ref.kill()).to.deep.include({ reason: { kind: 'killed' }, leftover: 1, restarts: 1 });
        gate.open();
        await isGone(placement);
      });

      it('is stopped: it handles its mail first', async () => {
        const ref = await restarting();
        const stopped = ref.stop();
        gate.open();
        expect(await stopped).to.deep.include({ reason: { kind: 'stopped' }, leftover: 0, restarts: 1 });
        expect(ledger.entries).to.deep.equal([START, STOP, START, NOTE + 1, STOP]);
        await isGone(placement);
      });

      it('ends with the system', async () => {
        await restarting();
        const down = system.shutdown();
        gate.open();
        expect((await down).actors[0]).to.deep.include({ reason: { kind: 'stopped' }, leftover: 0 });
        expect(ledger.entries).to.deep.equal([START, STOP, START, NOTE + 1, STOP]);
      });
    });

    describe(`(${placement}) that waits for its backoff`, () => {
      const ends: Record<string, (ref: ActorRef<Member>) => Promise<ExitReport | ShutdownReport>> = {
        'is stopped': (ref) => ref.stop(),
        'ends with the system': () => system.shutdown(),
        'ends with the system, without drain': () => system.shutdown({ drain: false }),
      };
      for (const [what, end] of Object.entries(ends)) {
        it(`${what}: it comes back at once for its mail`, async () => {
          await end(await backingOff());
          expect(ledger.entries).to.deep.equal([START, STOP, START, NOTE + 1, STOP]);
          expect(deadLetters.map(({ method }) => method)).to.deep.equal(['fail']);
        });

        it(`${what}: with no mail it does not come back`, async () => {
          const ref = await backingOff([]);
          const ended = ref.join();
          await end(ref);
          expect(await ended).to.deep.include({ reason: { kind: 'stopped' }, leftover: 0, restarts: 1 });
          expect(ledger.entries).to.deep.equal([START, STOP]);
        });
      }

      it('is killed: its mail is dead', async () => {
        const ref = await backingOff();
        expect(await ref.kill()).to.deep.include({ reason: { kind: 'killed' }, leftover: 1, restarts: 1 });
        expect(ledger.entries).to.deep.equal([START, STOP]);
        await isGone(placement);
      });
    });

    describe(`(${placement}) that stops`, () => {
      const stuck = async (how: 'on-stop' | 'pending') => {
        const ref = await system.spawn(Stubborn, { name: 'm', placement, props: { how, gate: gate.shared } });
        ref.tell.work();
        if (how === 'pending') await gate.reached();
        const stopped = ref.stop();
        if (how === 'on-stop') await until(() => system.metrics().actors[0]?.state === 'stopping');
        return { ref, stopped };
      };
      for (const how of ['on-stop', 'pending'] as const) {
        it(`is killed: nobody waits for it any more (${how})`, async () => {
          const { ref, stopped } = await stuck(how);
          const report = await ref.kill();
          expect(report.reason).to.deep.equal({ kind: 'killed' });
          expect(await stopped).to.deep.equal(report);
          gate.open();
          await isGone(placement);
        });

        it(`ends with the system, in time (${how})`, async () => {
          const { stopped } = await stuck(how);
          const report = await system.shutdown({ timeoutMs: 100 });
          expect(report).to.deep.include({ timedOut: true, unkillable: [] });
          expect((await stopped).reason).to.deep.equal({ kind: 'timed-out' });
          gate.open();
        });
      }
    });
  }

  it('whose stop is cut off by a kill on a shared thread does not take its neighbours along', async () => {
    const placement = 'shared';
    const neighbour = await system.spawn(Member, { name: 'n', placement, props: props() });
    for (let i = 0; i < 3; i++) {
      const ref = await system.spawn(Stubborn, {
        placement,
        props: { how: 'on-stop', gate: gate.shared },
        stopTimeoutMs: 1,
      });
      const stopped = ref.stop();
      await Promise.all([stopped, ref.kill(), ref.kill()]);
    }
    expect(await neighbour.ask.here()).to.equal('/n');
    expect(system.metrics().actors.map(({ restarts }) => restarts)).to.deep.equal([0]);
  });
});

describe('a pool whose workers wait for their backoff', () => {
  for (const end of ['stop', 'shutdown', 'shutdown without drain'] as const) {
    it(`${end}: they come back at once for what is left`, async () => {
      const { system } = await quietSystem();
      const ledger = new Ledger();
      const pool = await system.pool(Member, {
        name: 'pool',
        size: 2,
        placement: 'inline',
        supervision: { backoff: { minMs: LONG_MS, maxMs: LONG_MS } },
        props: { number: 0, ledger: ledger.shared, reasons: new Ledger().shared },
      });
      for (let i = 0; i < 2; i++) pool.tell.fail('fault');
      await until(() => system.health().problems.length === 2);
      for (let n = 0; n < 5; n++) pool.tell.note(n);
      const ended = pool.join();
      await (end === 'stop' ? pool.stop() : system.shutdown({ drain: end === 'shutdown' }));
      expect(await ended).to.deep.include({ reason: { kind: 'stopped' }, leftover: 0, restarts: 2 });
      expect(ledger.entries.filter((entry) => entry >= NOTE)).to.have.length(5);
      await system.shutdown();
    });
  }
});

/** As many as a large service has. */
const MANY = 200;

describe(`${MANY} actors on threads of their own`, () => {
  it('end with the system, and so do their threads', async function () {
    this.timeout(240_000);
    const ledger = new Ledger();
    const { system } = await quietSystem();
    const props = { number: 0, ledger: ledger.shared, reasons: new Ledger().shared };
    const options = { props, startTimeoutMs: Number.POSITIVE_INFINITY };
    // Some at a time: what runs beside this is not to starve.
    const some = () => Promise.all(Array.from({ length: 10 }, () => system.spawn(Member, options)));
    for (let spawned = 0; spawned < MANY; spawned += 10) await some();
    expect(system.metrics().threads).to.equal(1 + MANY);
    const report = await system.shutdown({ timeoutMs: 120_000 });
    expect(report).to.deep.include({ timedOut: false, unkillable: [] });
    expect(report.actors).to.have.length(MANY);
    expect(ledger.entries.filter((entry) => entry === STOP)).to.have.length(MANY);
    expect(system.metrics().threads).to.equal(1);
  });
});
