/** Groups: who is restarted with whom, in which order, and what stays while they are. */
import { expect } from 'chai';
import { type ActorRef, type ActorSystem, child, type DeadLetter } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Parent, Watcher } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import {
  counter,
  Member,
  type MemberProps,
  NOTE,
  readReasons,
  START,
  STOP,
} from '../actors-for-supervision/members.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const NAMES = ['a', 'b', 'c'] as const;
const starts = (...numbers: number[]) => numbers.map((n) => START + n);
const stops = (...numbers: number[]) => numbers.map((n) => STOP + n);

describe('groups', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let ledger: Ledger;
  let reasons: Ledger;

  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
    ledger = new Ledger();
    reasons = new Ledger();
  });
  afterEach(() => system.shutdown({ drain: false }));

  const props = (number: number, more: Partial<MemberProps> = {}): MemberProps => ({
    number,
    ledger: ledger.shared,
    reasons: reasons.shared,
    ...more,
  });
  const three = (more: readonly Partial<MemberProps>[] = [], settings: object = {}) =>
    NAMES.map((name, i) => child(Member, { name, ...settings, props: props(i, more[i]) }));
  const paths = () => system.metrics().actors.map((actor) => actor.path);
  const restarts = () => system.metrics().actors.map((actor) => actor.restarts);
  /** What the ledger got since the three came up. */
  const since = () => ledger.entries.slice(3);

  const faults = {
    throws: (ref: ActorRef<Member>) => void ref.tell.fail('fault'),
    'dies with its thread': (ref: ActorRef<Member>) => void ref.tell.exit(),
  };
  for (const [how, fault] of Object.entries(faults)) {
    const own = how === 'throws' ? stops(1) : [];
    const order = {
      'one-for-one': [...own, ...starts(1)],
      'rest-for-one': [...own, ...stops(2), ...starts(1, 2)],
      'one-for-all': [...own, ...stops(2, 0), ...starts(0, 1, 2)],
    };
    for (const strategy of ['one-for-one', 'rest-for-one', 'one-for-all'] as const) {
      it(`${strategy}: when one ${how}, they stop in reverse order, then start in order`, async () => {
        const group = await system.supervise({ name: 'g', strategy, children: three() });
        fault(group.refs[1]);
        await ledger.holds(3 + order[strategy].length);
        for (const [i, ref] of group.refs.entries()) expect(await ref.ask.here()).to.equal(`/g/${NAMES[i]}`);
        expect(since()).to.deep.equal(order[strategy]);
        expect(restarts()).to.deep.equal([0, ...[0, 1, 2].map((n) => (since().includes(START + n) ? 1 : 0))]);
      });
    }
  }

  it('tell each why it stops: its own error, or who took it along', async () => {
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three() });
    group.refs[1].tell.fail('fault');
    await ledger.holds(9);
    expect(readReasons(reasons.entries)).to.deep.equal(['1 failed', '2 escalated', '0 escalated']);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`keep refs, names, watchers and mailboxes over a restart (${placement})`, async () => {
      const children = three([], { placement });
      const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children });
      const [a, b, c] = group.refs;
      const watcher = await system.spawn(Watcher, { name: 'w' });
      for (const ref of group.refs) await watcher.ask.watch(ref);
      const gate = new Gate();
      c.tell.hold(gate.shared);
      await gate.reached();
      for (let n = 0; n < 5; n++) c.tell.note(n);
      b.tell.fail('fault');
      for (let n = 5; n < 10; n++) c.tell.note(n);
      await ledger.has(NOTE + 9);
      gate.open();
      expect(ledger.entries.filter((entry) => entry >= NOTE)).to.deep.equal(
        Array.from({ length: 10 }, (_, n) => NOTE + n),
      );
      expect(system.find(Member, '/g/c')).to.equal(c);
      expect([a, b, c].map((ref) => ref.path)).to.deep.equal(['/g/a', '/g/b', '/g/c']);
      expect(await watcher.ask.seen()).to.deep.equal([]);
      await until(() => deadLetters.length === 2);
      expect(deadLetters.map((letter) => `${letter.to} ${letter.method} ${letter.reason}`)).to.have.members([
        '/g/b fail failed',
        '/g/c hold in-flight',
      ]);
      await c.stop();
      let seen: unknown[] = [];
      while (seen.length < 1) seen = await watcher.ask.seen();
      expect(seen).to.deep.equal(['c stopped']);
    });
  }

  it('take a member’s children down before the member, and have their names free before its next onStart', async () => {
    const more = [{}, {}, { parent: true }];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    expect(paths()).to.deep.equal(['/g', '/g/a', '/g/b', '/g/c', '/g/c/child']);
    group.refs[0].tell.fail('fault');
    await ledger.holds(4 + 8);
    expect(ledger.entries.slice(4)).to.deep.equal([...stops(0, 12, 2, 1), ...starts(0, 1, 12, 2)]);
  });

  it('start nobody before the one in front of it is up', async () => {
    const gate = new Gate();
    const more = [{}, { free: counter(1), gate: gate.shared }];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    group.refs[2].tell.fail('fault');
    await gate.reached();
    expect(since()).to.deep.equal([...stops(2, 1, 0), ...starts(0)]);
    expect(await group.refs[0].ask.here()).to.equal('/g/a');
    gate.open();
    expect(await group.refs[2].ask.here()).to.equal('/g/c');
    expect(since().slice(-2)).to.deep.equal(starts(1, 2));
  });

  it('count a start that fails during a restart, and take all down again', async () => {
    const more = [{}, { goodStarts: counter(1) }];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    group.refs[2].tell.fail('fault');
    expect(await group.refs[2].ask.here()).to.equal('/g/c');
    expect(since()).to.deep.equal([...stops(2, 1, 0), ...starts(0), ...stops(0), ...starts(0, 1, 2)]);
    expect(restarts()).to.deep.equal([0, 2, 2, 1]);
  });

  for (const [how, fault] of Object.entries(faults)) {
    it(`begin again when another one ${how} during a restart`, async () => {
      const gate = new Gate();
      const more = [{}, { free: counter(1), gate: gate.shared }];
      const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
      const [a, , c] = group.refs;
      c.tell.fail('fault');
      await gate.reached();
      // The first one is back, the second is on its way, the third is down: now the first fails.
      fault(a);
      await gate.reached(2);
      gate.open();
      expect(await c.ask.here()).to.equal('/g/c');
      // What had not come up has nothing to stop.
      const own = how === 'throws' ? stops(0) : [];
      expect(since()).to.deep.equal([...stops(2, 1, 0), ...starts(0), ...own, ...starts(0, 1, 2)]);
    });
  }

  it('begin again with who was on its way, also if it is up before its turn to be taken down', async () => {
    const [start, stop] = [new Gate(), new Gate()];
    const more = [
      { freeStops: counter(1), stopGate: stop.shared },
      { free: counter(1), gate: start.shared },
    ];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    const [a, b, c] = group.refs;
    c.tell.fail('fault');
    await start.reached();
    a.tell.fail('fault');
    await stop.reached();
    start.open();
    await until(() =>
      system.metrics().actors.some(({ path, state }) => path === b.path && state === 'running'),
    );
    stop.open();
    expect(await b.ask.here()).to.equal('/g/b');
    expect(await c.ask.here()).to.equal('/g/c');
    const first = [...stops(2, 1, 0), ...starts(0), ...stops(0), ...starts(1)];
    expect(since()).to.deep.equal([...first, ...stops(1), ...starts(0, 1, 2)]);
    expect(restarts()).to.deep.equal([0, 2, 2, 1]);
  });

  for (const strategy of ['one-for-all', 'rest-for-one'] as const) {
    it(`${strategy}: restart when what is below a member has failed for good`, async () => {
      const children = three([{}, { parent: true }]);
      const group = await system.supervise({ name: 'g', strategy, children });
      const below = system.find(Member, '/g/b/child');
      const ended = below.join();
      for (let n = 0; n < 4; n++) below.tell.fail('below');
      expect((await ended).reason.kind).to.equal('failed');
      for (const ref of group.refs) expect(await ref.ask.here()).to.equal(ref.path);
      const again =
        strategy === 'one-for-all' ? [...stops(1, 2, 0), ...starts(0, 11)] : [...stops(1, 2), ...starts(11)];
      await until(() => ledger.entries.at(-1) === START + 2);
      // Three restarts of the one below come first.
      expect(ledger.entries.slice(-again.length - 2)).to.deep.equal([...again, ...starts(1, 2)]);
      expect(await system.find(Member, '/g/b/child').ask.here()).to.equal('/g/b/child');
    });
  }

  it('restart, with rest-for-one, from the first of those that failed', async () => {
    const gate = new Gate();
    const more = [{}, {}, { free: counter(1), gate: gate.shared }];
    const group = await system.supervise({ name: 'g', strategy: 'rest-for-one', children: three(more) });
    group.refs[1].tell.fail('fault');
    await gate.reached();
    group.refs[0].tell.fail('another fault');
    await gate.reached(2);
    gate.open();
    expect(await group.refs[2].ask.here()).to.equal('/g/c');
    expect(since()).to.deep.equal([...stops(1, 2), ...starts(1), ...stops(0, 1), ...starts(0, 1, 2)]);
  });

  it('obey their strategy while later members are still being started', async () => {
    const gate = new Gate();
    const more = [{}, { free: counter(0), gate: gate.shared }];
    const starting = system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    await gate.reached();
    system.find(Member, '/g/a').tell.fail('fault');
    await gate.reached(2);
    gate.open();
    const { refs } = await starting;
    expect(await refs[2].ask.here()).to.equal('/g/c');
    expect(ledger.entries).to.deep.equal([...starts(0), ...stops(0), ...starts(0, 1, 2)]);
  });

  it('do not bring back who was stopped, and end who is temporary', async () => {
    const children = [
      ...three(),
      child(Member, { name: 'd', supervision: { restart: 'temporary' }, props: props(3) }),
    ] as const;
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children });
    await group.refs[0].stop();
    const ended = system.find(Member, '/g/d').join();
    group.refs[1].tell.fail('fault');
    expect((await ended).reason).to.deep.equal({ kind: 'escalated', from: '/g/b' });
    expect(await group.refs[2].ask.here()).to.equal('/g/c');
    expect(ledger.entries.slice(4)).to.deep.equal([...stops(0, 1, 3, 2), ...starts(1, 2)]);
    expect(paths()).to.deep.equal(['/g', '/g/b', '/g/c']);
  });

  it('let one that is stopping already end, before they go on', async () => {
    const gate = new Gate();
    const more = [{}, {}, { parent: true }];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    const [a, b, c] = group.refs;
    system.find(Member, '/g/c/child').tell.hold(gate.shared);
    await gate.reached();
    const stopped = c.stop();
    await until(() =>
      system.metrics().actors.some(({ path, state }) => path === '/g/c' && state === 'stopping'),
    );
    b.tell.fail('fault');
    await ledger.has(STOP + 1);
    gate.open();
    expect(await stopped).to.deep.include({ reason: { kind: 'stopped' }, restarts: 0 });
    expect(await a.ask.here()).to.equal('/g/a');
    expect(await b.ask.here()).to.equal('/g/b');
    expect(ledger.entries.slice(4)).to.deep.equal([...stops(1, 12, 2, 0), ...starts(0, 1)]);
    expect(paths()).to.deep.equal(['/g', '/g/a', '/g/b']);
  });

  it('leave the others alone when a temporary one fails', async () => {
    const children = [
      child(Member, { name: 'a', supervision: { restart: 'temporary' }, props: props(0) }),
      child(Member, { name: 'b', props: props(1) }),
    ] as const;
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children });
    group.refs[0].tell.fail('fault');
    expect((await group.refs[0].join()).reason.kind).to.equal('failed');
    expect(await group.refs[1].ask.here()).to.equal('/g/b');
    expect(ledger.entries).to.deep.equal([...starts(0, 1), ...stops(0)]);
  });

  it('whose members share a thread come back together from its death, and it counts once', async () => {
    const children = three([], { placement: 'shared', supervision: { maxRestarts: 1 } });
    const group = await system.supervise({
      name: 'g',
      strategy: 'one-for-all',
      supervision: { maxRestarts: 1 },
      children,
    });
    group.refs[1].tell.exit();
    await ledger.holds(6);
    expect(since()).to.deep.equal(starts(0, 1, 2));
    for (const ref of group.refs) expect(await ref.ask.here()).to.equal(ref.path);
    const ended = group.join();
    group.refs[0].tell.exit();
    expect((await ended).reason).to.deep.equal({ kind: 'escalated', from: '/g/a' });
  });

  describe('with a budget', () => {
    it('count the restarts of all children; used up, all stop in reverse, then the group', async () => {
      const supervision = { maxRestarts: 2 };
      const group = await system.supervise({ name: 'g', supervision, children: three() });
      const joins = group.refs.map((ref) => ref.join());
      for (const ref of group.refs) {
        ref.tell.fail('fault');
        await Promise.race([ref.ask.here(), ref.join()]).catch(() => undefined);
      }
      expect(await group.join()).to.deep.include({ reason: { kind: 'escalated', from: '/g/c' } });
      const [a, b, c] = (await Promise.all(joins)).map((report) => report.reason);
      expect(c.kind).to.equal('failed');
      expect([a, b]).to.deep.equal(Array(2).fill({ kind: 'escalated', from: '/g/c' }));
      expect(since()).to.deep.equal([
        ...stops(0),
        ...starts(0),
        ...stops(1),
        ...starts(1),
        ...stops(2, 1, 0),
      ]);
      expect(paths()).to.deep.equal([]);
      expect(system.health().problems.join()).to.contain('/g');
    });

    it('of their own leave each child its own: by default one child’s failures cost its siblings nothing', async () => {
      const group = await system.supervise({ name: 'g', children: three() });
      for (let round = 0; round < 3; round++) {
        for (const ref of group.refs) {
          ref.tell.fail('fault');
          expect(await ref.ask.here()).to.equal(ref.path);
        }
      }
      expect(restarts()).to.deep.equal([0, 3, 3, 3]);
    });

    it('pass their failure on to the actor that started them', async () => {
      const parent = await system.spawn(Parent, { name: 'p', props: { ledger: ledger.shared, names: [] } });
      await parent.ask.superviseOne('g', reasons.shared);
      const first = system.find(Member, '/p/g/a');
      for (let i = 0; i < 4; i++) first.tell.fail('fault');
      expect((await first.join()).reason.kind).to.equal('failed');
      await until(() =>
        system.metrics().actors.some(({ path, restarts }) => path === '/p' && restarts === 1),
      );
      await parent.ask.children();
      expect(paths()).to.deep.equal(['/p']);
    });
  });

  describe('that end during a restart', () => {
    const held = async () => {
      const gate = new Gate();
      const more = [{}, { free: counter(1), gate: gate.shared }];
      const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
      group.refs[2].tell.fail('fault');
      group.refs[2].tell.note(7);
      await gate.reached();
      return { group, gate };
    };

    it('by stop: the restart is finished, what was accepted is handled, all stop in reverse', async () => {
      const { group, gate } = await held();
      const stopped = group.stop();
      gate.open();
      expect((await stopped).reason).to.deep.equal({ kind: 'stopped' });
      expect(since().slice(4)).to.deep.equal([...starts(1, 2), NOTE + 7, ...stops(2, 1, 0)]);
      expect(paths()).to.deep.equal([]);
      expect(deadLetters.map((letter) => letter.method)).to.deep.equal(['fail']);
    });

    it('by stop, out of time: they are terminated', async () => {
      const { group, gate } = await held();
      expect((await group.stop({ timeoutMs: 50 })).reason).to.deep.equal({ kind: 'timed-out' });
      gate.open();
      expect(paths()).to.deep.equal([]);
    });

    it('by kill: at once, all of them', async () => {
      const { group, gate } = await held();
      const joins = group.refs.map((ref) => ref.join());
      expect((await group.kill()).reason).to.deep.equal({ kind: 'killed' });
      for (const { reason } of await Promise.all(joins)) expect(reason).to.deep.equal({ kind: 'killed' });
      gate.open();
      expect(paths()).to.deep.equal([]);
    });

    it('with the system', async () => {
      const { gate } = await held();
      const down = system.shutdown();
      gate.open();
      const report = await down;
      expect(report.timedOut).to.equal(false);
      expect(since().slice(4)).to.deep.equal([...starts(1, 2), NOTE + 7, ...stops(2, 1, 0)]);
    });

    it('because of a budget: whatever state they are in', async () => {
      const gate = new Gate();
      const more = [{}, { free: counter(1), gate: gate.shared }];
      const supervision = { maxRestarts: 1 };
      const options = { name: 'g', strategy: 'one-for-all', supervision } as const;
      const group = await system.supervise({ ...options, children: three(more) });
      group.refs[2].tell.fail('fault');
      await gate.reached();
      const ended = group.join();
      group.refs[0].tell.fail('once more');
      expect((await ended).reason).to.deep.equal({ kind: 'escalated', from: '/g/a' });
      gate.open();
      expect(paths()).to.deep.equal([]);
    });
  });

  it('let a single member stop, or be killed, during a restart', async () => {
    const gate = new Gate();
    const more = [{}, { free: counter(1), gate: gate.shared }];
    const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(more) });
    const [a, b, c] = group.refs;
    a.tell.fail('fault');
    await gate.reached();
    c.tell.note(1);
    const stopped = c.stop();
    expect((await b.kill()).reason).to.deep.equal({ kind: 'killed' });
    gate.open();
    expect((await stopped).reason).to.deep.equal({ kind: 'stopped' });
    expect(since()).to.deep.equal([...stops(0, 2, 1), ...starts(0, 2), NOTE + 1, ...stops(2)]);
    expect(await a.ask.here()).to.equal('/g/a');
    // The group goes on with whom it has.
    await crash(a);
    expect(await a.ask.here()).to.equal('/g/a');
    expect(paths()).to.deep.equal(['/g', '/g/a']);
  });

  it('whose second child cannot start leave nothing', async () => {
    const more = [{}, { goodStarts: counter(0) }];
    const error = await rejection(system.supervise({ name: 'g', children: three(more) }));
    expect(error.name).to.equal('ActorStartError');
    expect(error.message).to.contain('/g/b');
    expect(ledger.entries).to.deep.equal([...starts(0), ...stops(0)]);
    expect(paths()).to.deep.equal([]);
    const group = await system.supervise({ name: 'g', children: three(more) });
    expect(group.path).to.equal('/g');
  });
});
