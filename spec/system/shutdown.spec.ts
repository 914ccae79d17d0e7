/** Stop, kill, join, shutdown: what is handled before, what is told after, and that it ends in any case. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { ActorStoppedError, ActorSystem, type DeadLetter } from '../../core/index.js';
import { Faulty, Mark, Parent, SelfEnding, Stubborn } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the end', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let ledger: Ledger;
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
    ledger = new Ledger();
  });
  afterEach(() => system.shutdown({ drain: false }));
  const props = () => ({ ledger: ledger.shared });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`of an actor (${placement})`, () => {
      it('stop: what was accepted before is handled, what comes later is refused', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        for (const n of numbers(300)) actor.tell.note(n);
        const stopped = actor.stop();
        expect(actor.tell.note(999)).to.equal(false);
        const report = await stopped;
        expect(report).to.deep.include({
          path: actor.path,
          reason: { kind: 'stopped' },
          processed: 300,
          restarts: 0,
        });
        expect(ledger.entries).to.deep.equal([Mark.STARTED, ...numbers(300), Mark.STOPPED]);
        expect(actor.tell.note(1000)).to.equal(false);
        expect(await rejection(actor.ask.count())).to.be.instanceOf(ActorStoppedError);
        expect(await rejection(actor.send.note(1001))).to.be.instanceOf(ActorStoppedError);
        await until(() => deadLetters.length >= 4);
        expect(deadLetters.map((letter) => letter.reason)).to.deep.equal(Array(4).fill('stopped'));
      });

      it('stop, again and again, with join: one report', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        const joined = actor.join();
        const [first, second] = await Promise.all([actor.stop(), actor.stop()]);
        expect(second).to.deep.equal(first);
        expect(await joined).to.deep.equal(first);
        expect(await actor.join()).to.deep.equal(first);
        expect(await actor.stop()).to.deep.equal(first);
        expect(await actor.kill()).to.deep.equal(first);
        expect(ledger.entries).to.deep.equal([Mark.STARTED, Mark.STOPPED]);
      });

      it('kill: no onStop, and its mail is left over', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        const gate = new Gate();
        actor.tell.hold(gate.shared);
        await gate.reached();
        for (const n of numbers(5)) actor.tell.note(n);
        const asked = rejection(actor.ask.count());
        const report = await actor.kill();
        gate.open();
        expect(report.reason).to.deep.equal({ kind: 'killed' });
        expect(report.leftover).to.equal(7);
        expect(await asked).to.be.instanceOf(ActorStoppedError);
        expect(ledger.entries).to.deep.equal([Mark.STARTED]);
        await until(() => deadLetters.length >= 7);
        expect(deadLetters.map((l) => l.reason).sort()).to.deep.equal([
          'in-flight',
          ...Array(6).fill('stopped'),
        ]);
      });

      it('a stop out of time: terminated, reported as such', async () => {
        const gate = new Gate();
        const stubborn = { how: 'pending', gate: gate.shared } as const;
        const actor = await system.spawn(Stubborn, { placement, props: stubborn });
        actor.tell.work();
        await gate.reached();
        const report = await actor.stop({ timeoutMs: 50 });
        expect(report.reason).to.deep.equal({ kind: 'timed-out' });
        gate.open();
      });

      it('from inside: context.stop, self.stop, and no waiting for oneself', async () => {
        const one = await system.spawn(SelfEnding, { placement });
        const ended = one.join();
        one.tell.stopSelf();
        expect((await ended).reason).to.deep.equal({ kind: 'stopped' });
        const two = await system.spawn(SelfEnding, { placement });
        expect(await two.ask.joinSelf()).to.equal('WouldWaitForSelfError');
        const twoEnded = two.join();
        expect(await two.ask.stopByRef()).to.equal('stopped');
        expect((await twoEnded).reason).to.deep.equal({ kind: 'stopped' });
      });
    });
  }

  it('join gives up at its time limit or signal, and the actor goes on', async () => {
    const actor = await system.spawn(Faulty, { props: props() });
    expect((await rejection(actor.join({ timeoutMs: 20 }))).name).to.equal('AskTimeoutError');
    expect(
      (await rejection(actor.join({ signal: AbortSignal.abort(new Error('no more')) }))).message,
    ).to.equal('no more');
    expect(await actor.ask.count()).to.equal(0);
  });

  describe('of the system', () => {
    it('drains, stops children before parents, and reports each', async () => {
      const parent = await system.spawn(Parent, { name: 'p', props: { ...props(), names: ['a', 'b'] } });
      const faulty = await system.spawn(Faulty, { name: 'f', props: props() });
      for (const n of numbers(100)) faulty.tell.note(n);
      const joined = system.join();
      const report = await system.shutdown();
      expect(report.timedOut).to.equal(false);
      expect(report.unkillable).to.deep.equal([]);
      const order = report.actors.map((actor) => actor.path);
      expect(order).to.have.members(['/f', '/p', '/p/a', '/p/b']);
      expect(order.indexOf('/p')).to.be.greaterThan(order.indexOf('/p/a'));
      expect(
        report.actors.every((actor) => actor.reason.kind === 'stopped' && actor.leftover === 0),
      ).to.equal(true);
      expect(ledger.entries.filter((entry) => entry >= 0 && entry < 100)).to.deep.equal(numbers(100));
      expect(await joined).to.equal(report);
      expect(await system.shutdown()).to.equal(report);
      expect(system.health()).to.deep.include({ state: 'stopped', ready: false, live: false });
      expect((await rejection(parent.ask.children())).name).to.match(/^(SystemStopped|ActorStopped)Error$/);
      expect((await rejection(system.spawn(Faulty, { props: props() }))).name).to.equal('SystemStoppedError');
    });

    it('refuses outside input at once, while inside work goes on', async () => {
      const actor = await system.spawn(Faulty, { props: props() });
      const gate = new Gate();
      const answer = actor.ask.answerAfter(gate.shared);
      await gate.reached();
      const down = system.shutdown();
      expect(system.health()).to.deep.include({ state: 'stopping', ready: false, live: true });
      expect(actor.tell.note(1)).to.equal(false);
      gate.open();
      expect(await answer).to.equal('answered');
      await down;
      expect(ledger.entries).to.deep.equal([Mark.STARTED, Mark.STOPPED]);
    });

    it('without drain it waits for no mail', async () => {
      const actor = await system.spawn(Faulty, { props: props(), stopTimeoutMs: 50 });
      const gate = new Gate();
      actor.tell.hold(gate.shared);
      await gate.reached();
      const report = await system.shutdown({ drain: false });
      expect(report.actors[0].reason).to.deep.equal({ kind: 'timed-out' });
    });

    for (const how of ['on-stop', 'loop', 'pending'] as const) {
      for (const placement of ['thread', 'shared'] as const) {
        it(`ends within its one time limit whatever hangs: ${how} (${placement})`, async () => {
          const gate = new Gate();
          const actor = await system.spawn(Stubborn, { placement, props: { how, gate: gate.shared } });
          actor.tell.work();
          if (how === 'on-stop') await until(() => system.metrics().actors[0].processed === 1);
          else await gate.reached();
          const report = await system.shutdown({ timeoutMs: 300 });
          expect(report.timedOut).to.equal(true);
          expect(report.actors.map((ended) => ended.reason.kind)).to.deep.equal(['timed-out']);
        });
      }
    }

    it('from inside an actor resolves once begun', async () => {
      const actor = await system.spawn(SelfEnding);
      const joined = system.join();
      expect(await actor.ask.shutDown()).to.equal(0);
      expect((await joined).timedOut).to.equal(false);
    });

    it('await using shuts it down', async () => {
      let inner: ActorSystem;
      {
        await using own = await ActorSystem.start({ arenaBytes: 1 << 24 });
        inner = own;
        await own.spawn(SelfEnding);
      }
      expect(inner.health().state).to.equal('stopped');
    });
  });
});

describe('the process', () => {
  const programs = new URL('../actors-for-supervision/programs.js', import.meta.url).pathname;
  const run = (...args: string[]) => {
    const child = spawn(process.execPath, [programs, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    return { child, exited: once(child, 'close').then(([code, signal]) => ({ code, signal, out })) };
  };

  it('exits by itself after a run', async () => {
    expect(await run('run').exited).to.deep.equal({ code: 0, signal: null, out: 'handled 100\n' });
  });

  it('is kept alive by a running system, and exits after its shutdown', async () => {
    expect(await run('late-shutdown').exited).to.deep.include({ code: 0, out: 'down\n' });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`drains and exits with 0 at ${signal}`, async () => {
      const { child, exited } = run('signals');
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await exited).to.deep.include({ code: 0, out: 'ready\nhandled 100\n' });
    });
  }

  it('drains all of its systems before it exits', async () => {
    const { child, exited } = run('signals-twice');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await exited).to.deep.include({ code: 0, out: 'ready\nhandled 100\n' });
  });

  it('is killed by a second signal', async () => {
    const { child, exited } = run('signals-stuck');
    child.stdout.on('data', () => child.kill('SIGTERM'));
    expect(await exited).to.deep.include({ code: 143 });
  });

  it('leaves signals alone unless told otherwise', async () => {
    const { child, exited } = run('no-signals');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await exited).to.deep.include({ signal: 'SIGTERM' });
  });
});
