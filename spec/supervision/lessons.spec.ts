/** What others got wrong: faults that actor systems and worker pools were reported for, as cases of our own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  ActorStartError,
  type ActorSystem,
  AskTimeoutError,
  child,
  type DeadLetter,
  type LogEntry,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Teller } from '../actors-for-specs/basics.js';
import { Hand, Witness } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { leavesNothing } from './footprint.js';
import { Patient, Zombie } from './support/lessons.js';

const programs = new URL('../actors-for-supervision/programs.js', import.meta.url).pathname;
const run = promisify(execFile);

/** Turns of this thread's event loop so far. */
const turns = (): number => performance.nodeTiming.uvMetricsInfo.loopCount;

describe('what others got wrong', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, log, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`a constructor that throws leaves no zombie: no thread, no name, no timer of its own (${placement})`, async () => {
      // The shared thread stays.
      if (placement === 'shared') await (await system.spawn(Hand, { placement })).stop();
      const ticks = new SharedArrayBuffer(4);
      const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
      // The test runner's own is armed by then.
      await new Promise((resolve) => setImmediate(resolve));
      const timersBefore = timers();
      const threads = placement === 'shared' ? 1 : 0;
      await leavesNothing(
        system,
        async () => {
          const start = system.spawn(Zombie, { name: 'zombie', placement, props: { ticks } });
          expect(await rejection(start)).to.be.instanceOf(ActorStartError);
        },
        { threads },
      );
      expect(() => system.find(Zombie, '/zombie')).to.throw('/zombie');
      await until(() => timers() <= timersBefore);
      const words = new Int32Array(ticks);
      const before = Atomics.load(words, 0);
      const patient = await system.spawn(Patient, { placement });
      await patient.ask.rest(20);
      expect(Atomics.load(words, 0)).to.equal(before);
    });
  }

  it('a shutdown that waits does not spin', async () => {
    const patient = await system.spawn(Patient);
    const gate = new Gate();
    patient.tell.hold(gate.shared);
    await gate.reached();
    const begun = performance.now();
    const before = turns();
    const stopping = system.shutdown();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const taken = turns() - before;
    const ms = performance.now() - begun;
    gate.open();
    expect((await stopping).timedOut).to.equal(false);
    // A look every two milliseconds; a loop that spins has turned some hundred times in each.
    expect(taken).to.be.above(0).and.below(ms);
  });

  it('a crash loop is logged, each crash with its error, and so is its end', async () => {
    const hand = await system.spawn(Hand, { name: 'looping', supervision: { maxRestarts: 4 } });
    for (let n = 0; n < 5; n++) hand.tell.fail(`crash ${n}`);
    await hand.join();
    const errors = log.filter(({ level }) => level === 'error');
    const causes = errors.map(({ fields }) => `${(fields?.error as Error | undefined)?.message}`);
    expect(causes).to.deep.equal(['crash 0', 'crash 1', 'crash 2', 'crash 3', 'crash 4', 'crash 4']);
    expect(errors.at(-1)?.message).to.equal('/looping has stopped for good');
    expect(system.health().problems).to.deep.equal(['/looping has used up its restarts']);
  });

  it('each child has a restart budget of its own', async () => {
    const supervision = { maxRestarts: 2, withinMs: 60_000 };
    const { refs } = await system.supervise({
      children: ['a', 'b', 'c', 'd'].map((name) => child(Hand, { name, supervision })),
    });
    for (const hand of refs) for (let n = 0; n < 2; n++) hand.tell.fail('again');
    for (const hand of refs) expect(await hand.ask.count()).to.equal(0);
    expect(system.metrics().actors.filter(({ restarts }) => restarts === 2)).to.have.length(4);
  });

  for (const overflow of ['drop-newest', 'drop-oldest'] as const) {
    it(`a full mailbox evicts no message of the system: stops and notices of ends arrive (${overflow})`, async () => {
      const witness = await system.spawn(Witness, { mailbox: { maxItems: 1, maxHeld: 1, overflow } });
      const watched = await system.spawn(Hand);
      await witness.ask.watch(watched);
      const tellers = await Promise.all([1, 2, 3].map(() => system.spawn(Teller)));
      const gate = new Gate();
      witness.tell.hold(gate.shared);
      await gate.reached();
      for (let n = 0; n < 9; n++) witness.tell.note(n);
      await Promise.all(tellers.map((teller) => teller.ask.fill(witness as never, 0, 9)));
      await watched.kill();
      gate.open();
      await until(() => system.lastMessages(witness).some(({ kind }) => kind === 'terminated'));
      expect((await witness.stop()).reason).to.deep.equal({ kind: 'stopped' });
    });
  }

  it('every call settles when the worker dies: asks in flight and queued, sends, streams, joins and stops', async () => {
    const hand = await system.spawn(Hand, {
      mailbox: { maxItems: 2 },
      supervision: { restart: 'temporary' },
    });
    const gate = new Gate();
    const wait = hand.with({ timeoutMs: Number.POSITIVE_INFINITY });
    const calls: Promise<unknown>[] = [wait.ask.hold(gate.shared)];
    await gate.reached();
    for (let n = 0; n < 20; n++) calls.push(wait.ask.note(n), wait.send.note(n));
    const stream = async () => {
      for await (const _ of wait.stream.many(1e6));
    };
    calls.push(stream(), wait.drained(), wait.join(), wait.stop());
    const settled = Promise.allSettled(calls);
    await crash(hand);
    const results = await settled;
    expect(results[0].status).to.equal('rejected');
    expect((await hand.join()).reason.kind).to.equal('failed');
  });

  it('a receiver that is slow harms none that tell it: no error, no wait, whatever is too much', async () => {
    const slow = await system.spawn(Hand, { name: 'slow', mailbox: { maxItems: 1, maxHeld: 1 } });
    const teller = await system.spawn(Teller, { name: 'teller' });
    const gate = new Gate();
    slow.tell.hold(gate.shared);
    await gate.reached();
    expect(await teller.ask.fill(slow as never, 0, 5000)).to.be.a('number');
    for (let n = 0; n < 5000; n++) slow.tell.note(n);
    const { restarts, failed } = system.metrics().actors.find(({ path }) => path === '/teller') as never;
    expect([restarts, failed]).to.deep.equal([0, 0]);
    gate.open();
    await until(() => deadLetters.filter(({ reason }) => reason === 'overflow').length > 9000);
    expect(log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`the time limit of one message does not hit the next (${placement})`, async () => {
      const patient = await system.spawn(Patient, { placement, stopTimeoutMs: 50, hangTimeoutMs: 2000 });
      const gate = new Gate();
      const first = rejection(patient.with({ timeoutMs: 30 }).ask.untilAborted(gate.shared));
      const second = patient.ask.isAborted(60);
      expect(await first).to.be.instanceOf(AskTimeoutError);
      expect(await second).to.equal(false);
    });

    it(`the time limit of one actor's stop does not hit its neighbours or successors (${placement})`, async () => {
      const first = await system.spawn(Patient, { name: 'patient', placement, stopTimeoutMs: 40 });
      const neighbour = await system.spawn(Patient, { placement });
      const resting = neighbour.ask.rest(100);
      await first.stop();
      const second = await system.spawn(Patient, { name: 'patient', placement });
      await second.ask.rest(100);
      await resting;
      expect(system.metrics().actors.map(({ restarts }) => restarts)).to.deep.equal([0, 0]);
      expect(log).to.deep.equal([]);
    });
  }

  it('the process exits by itself after all of that', async () => {
    const { stdout } = await run(process.execPath, [programs, 'after-trouble'], { timeout: 60_000 });
    expect(stdout).to.equal('all over\n');
  });
});
