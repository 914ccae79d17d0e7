/** Every way to fail, and who goes on afterwards with what. */
import { expect } from 'chai';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  type LogEntry,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Faulty, Juggler, Mark, NeverStarts } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Strangest, strangeThings } from '../actors-for-supervision/mortal.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const notes = (ledger: Ledger) => ledger.entries.filter((entry) => entry >= 0);

describe('an actor that fails', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let log: LogEntry[];
  let ledger: Ledger;

  beforeEach(async () => {
    ({ system, deadLetters, log } = await quietSystem({ threads: 1 }));
    ledger = new Ledger();
  });
  afterEach(() => system.shutdown({ drain: false }));

  const props = () => ({ ledger: ledger.shared });
  const restartsOf = (ref: ActorRef<Faulty>) =>
    system.metrics().actors.find((actor) => actor.path === ref.path)?.restarts;

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('by throwing in a tell: a new instance on the same thread, and the next message', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        const thread = await actor.ask.thread();
        actor.tell.note(1);
        actor.tell.fail('first');
        actor.tell.note(2);
        expect(await actor.ask.count()).to.equal(1);
        expect(await actor.ask.thread()).to.equal(thread);
        expect(ledger.entries).to.deep.equal([Mark.STARTED, 1, Mark.STOPPED, Mark.STARTED, 2]);
        await until(() => deadLetters.length > 0);
        expect(deadLetters).to.have.length(1);
        expect(deadLetters[0]).to.include({ reason: 'failed', method: 'fail', to: actor.path, attempts: 1 });
        expect(restartsOf(actor)).to.equal(1);
      });

      it('by rejecting later: the same', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        actor.tell.failLater('later');
        actor.tell.note(1);
        expect(await actor.ask.count()).to.equal(1);
        expect(restartsOf(actor)).to.equal(1);
      });

      it('in an ask: it is an answer, and the actor goes on', async () => {
        const actor = await system.spawn(Faulty, { placement, props: props() });
        actor.tell.note(1);
        expect((await rejection(actor.ask.fail('to the asker'))).message).to.equal('to the asker');
        expect(await actor.ask.count()).to.equal(1);
        expect(restartsOf(actor)).to.equal(0);
      });

      it('by throwing whatever cannot be told: it is heard of, logged, and restarted all the same', async () => {
        for (const what of strangeThings) {
          const supervision = { maxRestarts: 2 };
          const actor = await system.spawn(Strangest, { placement, supervision, props: {} });
          log.length = 0;
          deadLetters.length = 0;
          actor.tell.throwIt(what);
          expect(await actor.ask.hello(), what).to.equal('hello');
          actor.tell.rejectIt(what);
          expect(await actor.ask.hello(), what).to.equal('hello');
          expect(await rejection(actor.ask.throwIt(what)), what).to.be.instanceOf(Error);
          await until(() => deadLetters.length === 2 && log.length === 2);
          expect(log.map(({ message }) => message)).to.deep.equal(['handler failed', 'handler failed']);
          for (const { error } of deadLetters) expect(error, what).to.be.instanceOf(Error);
          await actor.stop();
          const never = system.spawn(Strangest, { placement, props: { start: what } });
          expect(await rejection(never), what).to.have.property('name', 'ActorStartError');
          const other = await system.spawn(Strangest, { placement, props: { stop: what } });
          expect((await other.stop()).reason, what).to.deep.equal({ kind: 'stopped' });
        }
      });

      it('onError resume: the same instance goes on', async () => {
        const supervision = { onError: 'resume' } as const;
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        actor.tell.note(1);
        actor.tell.fail('never mind');
        actor.tell.note(2);
        expect(await actor.ask.count()).to.equal(2);
        expect(ledger.entries).to.deep.equal([Mark.STARTED, 1, 2]);
        await until(() => deadLetters.length > 0);
        expect(deadLetters[0].reason).to.equal('failed');
      });

      it('onError stop: it ends with its error, and its mail is dead', async () => {
        const supervision = { onError: 'stop' } as const;
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        const joined = actor.join();
        const gate = new Gate();
        actor.tell.hold(gate.shared);
        actor.tell.fail('the last straw');
        actor.tell.note(1);
        const asked = rejection(actor.ask.count());
        gate.open();
        const report = await joined;
        expect(report.reason.kind).to.equal('failed');
        if (report.reason.kind === 'failed')
          expect((report.reason.error as Error).message).to.equal('the last straw');
        expect(report.leftover).to.equal(2);
        expect(await asked).to.be.instanceOf(ActorStoppedError);
        await until(() => deadLetters.length >= 3);
        expect(deadLetters.map((letter) => letter.reason).sort()).to.deep.equal([
          'failed',
          'stopped',
          'stopped',
        ]);
        expect(ledger.entries).to.deep.equal([Mark.STARTED, Mark.STOPPED]);
      });

      it('once more than its budget: it stops, and its asks reject', async () => {
        const supervision = { maxRestarts: 2 };
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        for (let i = 0; i < 3; i++) actor.tell.fail('again');
        const report = await actor.join();
        expect(report).to.deep.include({ restarts: 2 });
        expect(report.reason.kind).to.equal('failed');
        expect(await rejection(actor.ask.count())).to.be.instanceOf(ActorStoppedError);
        expect(system.health().problems.join()).to.contain(actor.path);
      });

      it('as a temporary one: it stops at the first failure', async () => {
        const supervision = { restart: 'temporary' } as const;
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        actor.tell.fail('once');
        expect((await actor.join()).restarts).to.equal(0);
      });

      it('in a restart’s onStart: that is a failure too, and is tried again', async () => {
        const badStarts = new SharedArrayBuffer(4);
        const actor = await system.spawn(Faulty, { placement, props: { ...props(), badStarts } });
        Atomics.store(new Int32Array(badStarts), 0, 2);
        actor.tell.fail('go');
        actor.tell.note(5);
        expect(await actor.ask.count()).to.equal(1);
        expect(restartsOf(actor)).to.equal(3);
        expect(ledger.entries).to.deep.equal([Mark.STARTED, Mark.STOPPED, Mark.STARTED, 5]);
      });

      it('with retry: the same message again, up to maxAttempts, then it is poison', async () => {
        const supervision = { inFlight: 'retry', maxAttempts: 3, maxRestarts: 10 } as const;
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        actor.tell.fail('poison');
        actor.tell.note(1);
        expect(await actor.ask.count()).to.equal(1);
        expect(restartsOf(actor)).to.equal(3);
        await until(() => deadLetters.length > 0);
        expect(deadLetters).to.have.length(1);
        expect(deadLetters[0]).to.include({ reason: 'poison', method: 'fail', attempts: 3 });
      });

      it('waits its backoff before it comes back', async () => {
        const supervision = { backoff: { minMs: 30, maxMs: 30 } };
        const actor = await system.spawn(Faulty, { placement, props: props(), supervision });
        actor.tell.fail('wait');
        await until(() => system.health().problems.some((problem) => problem.includes(actor.path)));
        expect(await actor.ask.count()).to.equal(0);
        expect(system.health().problems).to.deep.equal([]);
      });

      it('at its first start: spawn rejects, and nothing is left behind', async () => {
        for (let round = 0; round < 2; round++) {
          const error = await rejection(system.spawn(NeverStarts, { placement, name: 'never' }));
          expect(error.name).to.equal('ActorStartError');
          expect(error.cause).to.be.instanceOf(RangeError);
        }
        expect(system.metrics().actors.map((actor) => actor.path)).to.not.include('/never');
        const error = await rejection(
          system.spawn(NeverStarts, {
            placement,
            name: 'never',
            props: { forever: true },
            startTimeoutMs: 300,
          }),
        );
        expect(error.name).to.equal('StartTimeoutError');
        expect(() => system.find(NeverStarts, '/never')).to.throw();
        const again = await system.spawn(Faulty, { placement, name: 'never', props: props() });
        expect(await again.ask.count()).to.equal(0);
      });
    });
  }

  describe('whose thread dies', () => {
    const deaths: Record<string, (actor: ActorRef<Faulty>) => void> = {
      'process.exit()': (actor) => actor.tell.exit(3),
      'process.exit(0)': (actor) => actor.tell.exit(0),
      'an unhandled rejection': (actor) => actor.tell.rejectUnheard(),
      'an error from a timer': (actor) => actor.tell.throwFromTimer(),
      'terminate()': (actor) => void crash(actor),
    };
    for (const [how, die] of Object.entries(deaths)) {
      it(`of ${how}: a new thread goes on`, async () => {
        const actor = await system.spawn(Faulty, { props: props() });
        const thread = await actor.ask.thread();
        die(actor);
        await until(() => restartsOf(actor) === 1);
        expect(await actor.ask.thread()).to.not.equal(thread);
        expect(restartsOf(actor)).to.equal(1);
        expect(ledger.entries.filter((entry) => entry === Mark.STARTED)).to.have.length(2);
      });
    }

    it('of a lack of memory: a new thread goes on', async () => {
      const actor = await system.spawn(Faulty, {
        props: props(),
        resourceLimits: { maxOldGenerationSizeMb: 16 },
      });
      const thread = await actor.ask.thread();
      actor.tell.eatMemory();
      actor.tell.note(1);
      await ledger.has(1);
      expect(await actor.ask.thread()).to.not.equal(thread);
    });

    it('of an endless loop: it is found out after hangTimeoutMs', async () => {
      const actor = await system.spawn(Faulty, { props: props(), hangTimeoutMs: 100 });
      actor.tell.loop();
      actor.tell.note(1);
      await ledger.has(1);
      expect(restartsOf(actor)).to.equal(1);
      await until(() => deadLetters.length > 0);
      expect(deadLetters[0]).to.include({ reason: 'in-flight', method: 'loop' });
    });

    it('with skip: of 1000 messages 999 are handled, and the one in flight is a dead letter', async () => {
      const actor = await system.spawn(Faulty, { props: props() });
      for (const n of numbers(1000)) actor.tell.noteOrExit(n, 500);
      await ledger.has(999);
      // The fatal one wrote its number before it died.
      expect(notes(ledger)).to.deep.equal(numbers(1000));
      expect(await actor.ask.count()).to.equal(0);
      await until(() => deadLetters.length > 0);
      expect(deadLetters).to.have.length(1);
      expect(deadLetters[0]).to.include({ reason: 'in-flight', method: 'noteOrExit', attempts: 1 });
      expect(deadLetters[0].args).to.deep.equal([500, 500]);
      const report = await actor.stop();
      expect(report).to.include({ processed: 1000, leftover: 0, restarts: 1 });
    });

    it('with retry: all 1000 are handled, the fatal one once more', async () => {
      const supervision = { inFlight: 'retry' } as const;
      const actor = await system.spawn(Faulty, { props: props(), supervision });
      const left = new SharedArrayBuffer(4);
      new Int32Array(left)[0] = 1;
      for (const n of numbers(1000)) {
        if (n === 500) actor.tell.exitTimes(n, left);
        else actor.tell.note(n);
      }
      await ledger.has(999);
      expect(notes(ledger)).to.deep.equal(numbers(1000));
      await actor.stop();
      expect(deadLetters).to.deep.equal([]);
    });

    it('with retry and a message that kills each time: poison after maxAttempts', async () => {
      const supervision = { inFlight: 'retry', maxAttempts: 2, maxRestarts: 5 } as const;
      const actor = await system.spawn(Faulty, { props: props(), supervision });
      actor.tell.exit(3);
      actor.tell.note(7);
      await ledger.has(7);
      expect(restartsOf(actor)).to.equal(2);
      await until(() => deadLetters.length > 0);
      expect(deadLetters).to.have.length(1);
      expect(deadLetters[0]).to.include({ reason: 'poison', attempts: 2 });
    });

    it('with an ask in flight: it rejects with skip, and is asked again with retry; queued ones wait', async () => {
      const gate = new Gate();
      const skips = await system.spawn(Faulty, { name: 'skips', props: props() });
      const inFlight = rejection(skips.ask.answerAfter(gate.shared));
      await gate.reached();
      const queued = skips.ask.count();
      await crash(skips);
      const error = await inFlight;
      expect(error).to.be.instanceOf(ActorStoppedError);
      expect(error.message).to.contain('/skips');
      expect(await queued).to.equal(0);

      const again = new Gate();
      const supervision = { inFlight: 'retry' } as const;
      const retries = await system.spawn(Faulty, { name: 'retries', props: props(), supervision });
      const answer = retries.ask.answerAfter(again.shared);
      await again.reached();
      await crash(retries);
      await again.reached(2);
      again.open();
      expect(await answer).to.equal('answered');
    });

    it('with several handlers pending: those of urgent messages are in flight too, and asked again with retry', async () => {
      for (const inFlight of ['skip', 'retry'] as const) {
        const gate = new Gate();
        const actor = await system.spawn(Juggler, { props: props(), supervision: { inFlight } });
        const urgent = actor.with({ urgent: true });
        urgent.tell.hold(gate.shared);
        urgent.tell.hold(gate.shared);
        await gate.reached(2);
        await crash(actor);
        await actor.ask.count();
        if (inFlight === 'retry') await gate.reached(4);
        else await until(() => deadLetters.length === 2);
        expect(deadLetters.map(({ reason }) => reason)).to.deep.equal(['in-flight', 'in-flight']);
        gate.open();
        await actor.stop();
      }
    });

    it('more often than its budget: it stops, and what it had not handled is left over', async () => {
      const actor = await system.spawn(Faulty, { props: props(), supervision: { maxRestarts: 1 } });
      for (let i = 0; i < 3; i++) actor.tell.exit(3);
      const report = await actor.join();
      expect(report.reason.kind).to.equal('failed');
      expect(report.restarts).to.equal(1);
      expect(report.leftover).to.equal(1);
      await until(() => deadLetters.length >= 3);
      expect(deadLetters.map((letter) => letter.reason)).to.deep.equal(['in-flight', 'in-flight', 'stopped']);
    });
  });
});
