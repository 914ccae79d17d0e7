/** Supervision: what the types of restart differ in, who is told, and what goes on while nothing can be restarted. */
import { expect } from 'chai';
import { type ActorSystem, child, type DeadLetter, type LogEntry } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand, Kin, Paced, Witness } from './support/hand.js';
import { runProgram } from './support/run-program.js';

describe('supervision', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let log: LogEntry[];
  beforeEach(async () => {
    ({ system, deadLetters, log } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  for (const restart of ['permanent', 'transient', 'temporary'] as const) {
    it(`${restart}: a stop and a kill are final`, async () => {
      for (const end of ['stop', 'kill'] as const) {
        const hand = await system.spawn(Hand, { name: 'hand', supervision: { restart } });
        expect(await hand[end]()).to.include({ restarts: 0 });
        expect(system.metrics().actors).to.deep.equal([]);
      }
    });

    for (const how of ['throws', 'crashes'] as const) {
      it(`${restart}: one that ${how} ${restart === 'temporary' ? 'ends' : 'comes back'}`, async () => {
        const hand = await system.spawn(Hand, { supervision: { restart } });
        const ended = hand.join();
        if (how === 'throws') hand.tell.fail('once');
        else await crash(hand);
        if (restart !== 'temporary') {
          expect(await hand.ask.count()).to.equal(0);
          await hand.stop();
        }
        const { reason, restarts } = await ended;
        expect(reason.kind).to.equal(restart === 'temporary' ? 'failed' : 'stopped');
        expect(restarts).to.equal(restart === 'temporary' ? 0 : 1);
      });
    }
  }

  it('the system’s policy is every actor’s, and one’s own goes before it, field by field', async () => {
    await system.shutdown();
    ({ system } = await quietSystem({ supervision: { maxRestarts: 1, onError: 'stop' } }));
    const plain = await system.spawn(Hand);
    const endOfPlain = plain.join();
    plain.tell.fail('at once');
    expect((await endOfPlain).restarts).to.equal(0);
    const own = await system.spawn(Hand, { supervision: { onError: 'restart' } });
    const endOfOwn = own.join();
    for (let n = 0; n < 2; n++) own.tell.fail('again');
    expect((await endOfOwn).restarts).to.equal(1);
  });

  it('onError escalate: the parent fails with it; at the top it ends, is logged, and health names it', async () => {
    const top = await system.spawn(Hand, { name: 'top', supervision: { onError: 'escalate' } });
    const ended = top.join();
    top.tell.fail('up');
    const { reason } = await ended;
    expect(reason.kind === 'failed' && (reason.error as Error).message).to.equal('up');
    expect(system.health().problems.join()).to.contain('/top');
    expect(log.some(({ level, message }) => level === 'error' && message.includes('/top'))).to.equal(true);

    const group = await system.supervise({
      name: 'group',
      supervision: { onError: 'escalate' },
      children: [child(Hand, { name: 'a' }), child(Hand, { name: 'b' })],
    });
    const groupEnded = group.join();
    const sibling = group.refs[1].join();
    group.refs[0].tell.fail('up');
    expect((await groupEnded).reason).to.deep.equal({ kind: 'escalated', from: '/group/a' });
    await sibling;
    expect(system.metrics().actors).to.deep.equal([]);
  });

  it('a restart is counted in its window only', async () => {
    const supervision = { maxRestarts: 1, withinMs: 1 };
    const hand = await system.spawn(Hand, { supervision });
    for (let n = 1; n <= 4; n++) {
      hand.tell.fail('now and then');
      await until(() => system.metrics().actors[0].restarts === n);
      expect(await hand.ask.count()).to.equal(0);
      const end = performance.now() + 2;
      await until(() => performance.now() > end);
    }
  });

  it('a watcher that has restarted hears of what it watches anew, once', async () => {
    const witness = await system.spawn(Witness);
    const hand = await system.spawn(Hand, { name: 'hand' });
    await witness.ask.watch(hand);
    await crash(witness);
    await witness.ask.watch(hand);
    await hand.kill();
    let ends: Record<string, string[]> = {};
    while (ends['/hand'] === undefined) ends = await witness.ask.ends();
    await witness.ask.watch(hand);
    while (ends['/hand'].length < 2) ends = await witness.ask.ends();
    expect(ends).to.deep.equal({ '/hand': ['killed', 'killed'] });
  });

  it('a group whose child does not start leaves nothing behind, and its names are free', async () => {
    const [gate, stops] = [new Gate(), new Gate()];
    const props = { gate: gate.shared, stops: stops.shared };
    const group = system.supervise({
      name: 'group',
      children: [child(Hand, { name: 'a' }), child(Paced, { name: 'b', props, startTimeoutMs: 100 })],
    });
    expect((await rejection(group)).name).to.equal('StartTimeoutError');
    expect(system.metrics().actors).to.deep.equal([]);
    const again = await system.supervise({ name: 'group', children: [child(Hand, { name: 'a' })] });
    expect(again.refs[0].path).to.equal('/group/a');
  });

  it('a kill does not wait for what is being handled, in the family either', async () => {
    const kin = await system.spawn(Kin, { props: { placement: 'thread' } });
    const held = await kin.ask.child();
    const gate = new Gate();
    held.tell.loop(gate.shared);
    await gate.reached();
    const ended = held.join();
    expect((await kin.kill()).reason).to.deep.equal({ kind: 'killed' });
    expect(await ended).to.deep.include({ reason: { kind: 'killed' }, leftover: 1 });
    await until(() => deadLetters.length === 1);
    expect(deadLetters[0]).to.include({ reason: 'in-flight', method: 'loop', attempts: 1 });
  });
});

describe('while the creating thread is blocked', () => {
  it('tells, asks and streams between other threads flow, and nothing is restarted', async () => {
    const { code, out } = await runProgram('blocked');
    expect(out).to.equal('asked 200, streamed 3000, crashed 0 times\nafterwards restarted 1\n');
    expect(code).to.equal(0);
  });
});
