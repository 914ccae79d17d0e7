/** Starts that an arena without memory refuses: each fails by itself, and whoever lives on the same thread does not notice. */
import { expect } from 'chai';
import { type ActorSystem, ArenaFullError, child, type LogEntry } from '../../core/index.js';
import { Kind } from '../../core/messaging/envelope.js';
import { PostOffice } from '../../core/messaging/mailbox.js';
import type { Outgoing } from '../../core/messaging/outgoing.js';
import type { ToHost, ToldPlan } from '../../core/runtime/control.js';
import { crash } from '../../core/testing/index.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Member, START, STOP } from '../actors-for-supervision/members.js';
import { Hand } from '../contract/support/hand.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

describe('a start that is refused for lack of memory', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  /** Of which actors, and how many of their starts still. */
  let refused: Map<string, number>;
  /** Those that were: each is said with others, then alone. */
  let lives: Set<string>;
  const { post } = PostOffice.prototype;

  beforeEach(async () => {
    ({ system, log } = await quietSystem({ threads: 1 }));
    refused = new Map();
    lives = new Set();
    PostOffice.prototype.post = function (target, message: Outgoing) {
      const value = message.value as ToHost;
      if (message.kind !== Kind.CONTROL || value.op !== 'start') return post.call(this, target, message);
      return value.plans.some(isRefused) ? 'no-memory' : post.call(this, target, message);
    };
  });
  afterEach(() => {
    PostOffice.prototype.post = post;
    return system.shutdown({ drain: false });
  });

  function isRefused({ path, box, generation, incarnation }: ToldPlan): boolean {
    const life = [box, generation, incarnation].join();
    const left = refused.get(path) ?? 0;
    if (lives.has(life) || left === 0) return lives.has(life);
    refused.set(path, left - 1);
    lives.add(life);
    return true;
  }

  const shared = { placement: 'shared' } as const;
  const paths = () => system.metrics().actors.map(({ path }) => path);
  const restartsOf = (name: string) =>
    system.metrics().actors.find(({ path }) => path === `/${name}`)?.restarts;
  const complaints = () => log.filter(({ message }) => message === 'could not be started again');

  /** One that lives on the shared thread, and has to stay there. */
  async function neighbour() {
    const ref = await system.spawn(Hand, { ...shared, name: 'neighbour' });
    const thread = await ref.ask.thread();
    return async () => {
      expect(await ref.ask.thread()).to.equal(thread);
      expect(restartsOf('neighbour')).to.equal(0);
    };
  }

  for (const placement of ['shared', 'thread'] as const) {
    it(`rejects the spawn, and leaves nothing behind (${placement})`, async () => {
      const staysAsItWas = await neighbour();
      refused.set('/late', 1);
      const error = await rejection(system.spawn(Hand, { ...shared, placement, name: 'late' }));
      expect(error.name).to.equal('ActorStartError');
      expect(error.cause).to.be.instanceOf(ArenaFullError);
      expect(paths()).to.deep.equal(['/neighbour']);
      // Its name and its place are free.
      const again = await system.spawn(Hand, { ...shared, placement, name: 'late' });
      expect(await again.ask.path()).to.equal('/late');
      await staysAsItWas();
    });
  }

  it('ends an actor that is killed at the same moment', async () => {
    const staysAsItWas = await neighbour();
    refused.set('/late', 1);
    const spawned = rejection(system.spawn(Hand, { ...shared, name: 'late' }));
    const { reason } = await system.find(Hand, '/late').kill();
    expect(reason).to.deep.equal({ kind: 'killed' });
    // A kill is heard in the next turn of its thread, which may be before the start is said, or behind its refusal.
    expect((await spawned).name).to.be.oneOf(['ActorStoppedError', 'ActorStartError']);
    expect(paths()).to.deep.equal(['/neighbour']);
    await staysAsItWas();
  });

  it('is tried again when it was a restart, as long as the budget lasts, and mail waits for it', async () => {
    const ref = await system.spawn(Hand, { name: 'back', supervision: { maxRestarts: 3 } });
    refused.set('/back', 2);
    await crash(ref);
    ref.tell.note('kept');
    expect(await ref.ask.seen()).to.deep.equal(['kept']);
    expect(restartsOf('back')).to.equal(3);
    expect(complaints().map(({ fields }) => fields?.error)).to.satisfy((errors: unknown[]) =>
      errors.every((error) => error instanceof ArenaFullError),
    );
    expect(complaints()).to.have.lengthOf(2);
  });

  it('ends an actor whose budget is used up by it, and not those that have died and come back with it', async () => {
    const settings = { ...shared, supervision: { maxRestarts: 2 } };
    const one = await system.spawn(Hand, { ...settings, name: 'one' });
    const other = await system.spawn(Hand, { ...settings, name: 'other' });
    refused.set('/one', 10);
    other.tell.exit();
    const { reason } = await one.join();
    expect(reason.kind === 'failed' && reason.error).to.be.instanceOf(ArenaFullError);
    const thread = await other.ask.thread();
    expect(paths()).to.deep.equal(['/other']);
    // It is the same one still when all that was said to it has been heard.
    const late = await system.spawn(Hand, { ...shared, name: 'late' });
    expect(await late.ask.thread()).to.equal(thread);
    expect(restartsOf('other')).to.equal(1);
  });

  describe('in a group', () => {
    let ledger: Ledger;
    beforeEach(() => {
      ledger = new Ledger();
    });
    const three = (settings: object = {}) =>
      ['a', 'b', 'c'].map((name, number) => {
        const props = { number, ledger: ledger.shared, reasons: new Ledger().shared };
        return child(Member, { ...settings, name, props });
      });
    const starts = (...numbers: number[]) => numbers.map((n) => START + n);
    const stops = (...numbers: number[]) => numbers.map((n) => STOP + n);

    for (const placement of ['shared', 'thread'] as const) {
      it(`rejects supervise, once those before it have stopped (${placement})`, async () => {
        const staysAsItWas = await neighbour();
        refused.set('/g/c', 1);
        const children = three({ ...shared, placement });
        const error = await rejection(system.supervise({ name: 'g', children }));
        expect(error.cause).to.be.instanceOf(ArenaFullError);
        expect(ledger.entries).to.deep.equal([...starts(0, 1), ...stops(1, 0)]);
        expect(paths()).to.deep.equal(['/neighbour']);
        await staysAsItWas();
      });
    }

    const again = {
      'one-for-one': starts(1),
      'rest-for-one': [...stops(2), ...starts(1, 2)],
      // The first was up already when the second was refused.
      'one-for-all': [...stops(2, 0), ...starts(0), ...stops(0), ...starts(0, 1, 2)],
    };
    for (const strategy of ['one-for-one', 'rest-for-one', 'one-for-all'] as const) {
      it(`begins a new round of ${strategy}, with whom the last one had taken down`, async () => {
        const group = await system.supervise({ name: 'g', strategy, children: three() });
        refused.set('/g/b', 1);
        group.refs[1].tell.exit();
        await ledger.holds(3 + again[strategy].length);
        for (const ref of group.refs) await ref.ask.here();
        expect(ledger.entries.slice(3)).to.deep.equal(again[strategy]);
        expect(complaints()).to.have.lengthOf(1);
      });
    }

    it('ends it when the budget is used up, the last one first', async () => {
      const settings = { supervision: { maxRestarts: 1 } };
      const group = await system.supervise({ name: 'g', strategy: 'one-for-all', children: three(settings) });
      refused.set('/g/b', 10);
      group.refs[1].tell.exit();
      const { reason } = await group.join();
      expect(reason).to.deep.equal({ kind: 'escalated', from: '/g/b' });
      expect(ledger.entries.slice(3)).to.deep.equal([...stops(2, 0), ...starts(0), ...stops(0)]);
      expect(paths()).to.deep.equal([]);
    });
  });

  for (const placement of ['shared', 'thread'] as const) {
    it(`rejects a pool, and leaves none of its workers (${placement})`, async () => {
      const staysAsItWas = await neighbour();
      refused.set('/p/1', 1);
      const error = await rejection(system.pool(Hand, { ...shared, placement, name: 'p', size: 3 }));
      expect(error.cause).to.be.instanceOf(ArenaFullError);
      await until(() => paths().length === 1);
      await staysAsItWas();
    });
  }
});
