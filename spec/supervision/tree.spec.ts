/** Parents and children, groups, watching. */
import { expect } from 'chai';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  child,
  type DeadLetter,
} from '../../core/index.js';

import { crash } from '../../core/testing/index.js';
import { Counter, Ticking } from '../actors-for-specs/basics.js';
import {
  BereavedAtStart,
  Generation,
  Hasty,
  Idle,
  Keeper,
  WantsChildTooLate,
} from '../actors-for-supervision/families.js';
import { Chatty, Child, Mark, Parent, SlowEar, Watcher } from '../actors-for-supervision/faulty.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { Member } from '../actors-for-supervision/members.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the tree of actors', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let ledger: Ledger;

  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem());
    ledger = new Ledger();
  });
  afterEach(() => system.shutdown({ drain: false }));
  const family = (names: readonly string[]) => ({ ledger: ledger.shared, names });
  const paths = () => system.metrics().actors.map((actor) => actor.path);
  const restartsOf = (path: string) => system.metrics().actors.find((actor) => actor.path === path)?.restarts;

  it('leaves no child behind of a parent that has not waited for its start', async () => {
    for (let round = 0; round < 20; round++) {
      const parent = await system.spawn(Hasty, { name: `hasty-${round}x`, placement: 'shared' });
      parent.tell.begin();
      await parent.stop();
      expect(() => system.find(Idle, `${parent.path}/late`)).to.throw(/no actor/i);
    }
    expect(paths()).to.deep.equal([]);
  });

  it('starts children in order, and stops them in reverse, before their parent', async () => {
    const parent = await system.spawn(Parent, { name: 'p', props: family(['a', 'b']) });
    expect(paths()).to.have.members(['/p', '/p/a', '/p/b']);
    expect((await parent.stop()).reason).to.deep.equal({ kind: 'stopped' });
    expect(ledger.entries).to.deep.equal([1000, 1001, Mark.STARTED, 2001, 2000, Mark.STOPPED]);
    expect(paths()).to.deep.equal([]);
  });

  it('stops in reverse whoever says goodbye; shared ones that do not, and have nothing to do, go together', async () => {
    const ended: string[] = [];
    const kinds = { silent: Counter, loud: Member };
    const names = ['silent 0', 'loud 1', 'silent 2', 'silent 3', 'loud 4', 'loud 5', 'silent 6'];
    const props = { start: 0, number: 0, ledger: ledger.shared, reasons: new Ledger().shared };
    for (const name of names) {
      const type = kinds[name.split(' ')[0] as keyof typeof kinds] as typeof Counter;
      await system.spawn(type, { name: name.replace(' ', '-'), placement: 'shared', props });
    }
    system.flow$.subscribe((event) => {
      if (event.kind === 'stopped') ended.push(event.actor.slice(1).replace('-', ' '));
    });
    const { actors } = await system.shutdown();
    await until(() => ended.length === names.length);
    // Those between two that say goodbye in any order.
    const inOrder = (all: readonly string[]) => [
      all.slice(0, 1),
      all.slice(1, 3),
      all.slice(3, 5).sort(),
      all.slice(5),
    ];
    expect(inOrder(ended)).to.deep.equal([
      ['silent 6'],
      ['loud 5', 'loud 4'],
      ['silent 2', 'silent 3'],
      ['loud 1', 'silent 0'],
    ]);
    expect(actors.map(({ reason }) => reason.kind)).to.deep.equal(names.map(() => 'stopped'));
  });

  it('stops one whose schedule still runs alone: before its time nobody that it may tell something', async () => {
    const names = ['told', 'ticking', 'idle'];
    const [told, ticking] = await Promise.all(
      names.map((name) => system.spawn(Ticking, { name, placement: 'shared' })),
    );
    await ticking.ask.tick(told);
    const ended: string[] = [];
    system.flow$.subscribe((event) => {
      if (event.kind === 'stopped') ended.push(event.actor);
    });
    await system.shutdown();
    await until(() => ended.length === names.length);
    expect(ended).to.deep.equal(['/idle', '/ticking', '/told']);
    expect(deadLetters).to.deep.equal([]);
  });

  for (const how of ['throws', 'dies with its thread'] as const) {
    it(`ends the children of a parent that ${how}; their names are free before its next onStart`, async () => {
      const parent = await system.spawn(Parent, { name: 'p', props: family(['a']) });
      const [first] = await parent.ask.children();
      const gate = new Gate();
      first.tell.hold(gate.shared);
      await gate.reached();
      for (let i = 0; i < 5; i++) first.tell.note(i);
      if (how === 'throws') parent.tell.fail('parent');
      else parent.tell.exit();
      gate.open();
      const [second] = await parent.ask.children();
      expect(second.path).to.equal('/p/a');
      expect(await second.ask.where()).to.equal('/p/a');
      expect(second.id).to.not.equal(first.id);
      expect(await first.join()).to.deep.include({ path: '/p/a', reason: { kind: 'stopped' } });
      expect(ledger.entries.filter((entry) => entry === 1000)).to.have.length(2);
      expect(ledger.entries.filter((entry) => entry === 2000)).to.have.length(1);
    });
  }

  it('kills a parent with all below it, without onStop', async () => {
    const parent = await system.spawn(Parent, { name: 'p', props: family(['a', 'b']) });
    expect((await parent.kill()).reason).to.deep.equal({ kind: 'killed' });
    expect(paths()).to.deep.equal([]);
    expect(ledger.entries).to.deep.equal([1000, 1001, Mark.STARTED]);
  });

  it('passes a failure up when a child’s budget is used up', async () => {
    const supervision = { maxRestarts: 1 };
    const parent = await system.spawn(Parent, { name: 'p', props: family(['a']), supervision });
    const [first] = await parent.ask.children();
    for (let i = 0; i < 4; i++) first.tell.fail('child');
    expect((await first.join()).reason.kind).to.equal('failed');
    await until(() => ledger.entries.filter((entry) => entry === Mark.STARTED).length === 2);
    const [second] = await parent.ask.children();
    expect(await second.ask.where()).to.equal('/p/a');
  });

  it('makes dead letters of what the children of a parent that restarts still hold', async () => {
    const keeper = await system.spawn(Keeper, { name: 'k', props: { ledger: ledger.shared } });
    const kept = await keeper.ask.child();
    const gate = new Gate();
    kept.tell.hold(gate.shared);
    await gate.reached();
    for (let n = 0; n < 5; n++) kept.tell.note(n);
    const asked = rejection(kept.ask.hold(gate.shared));
    keeper.tell.fail('parent');
    expect(await kept.join()).to.deep.include({ reason: { kind: 'stopped' }, processed: 0, leftover: 7 });
    expect(await asked).to.be.instanceOf(ActorStoppedError);
    expect((await keeper.ask.child()).id).to.not.equal(kept.id);
    gate.open();
    await until(() => deadLetters.length === 8);
    expect(deadLetters.map(({ method, reason }) => `${method} ${reason}`)).to.have.members([
      'fail failed',
      'hold in-flight',
      ...Array(5).fill('note stopped'),
      'hold stopped',
    ]);
    expect(ledger.entries).to.deep.equal([]);
  });

  it('does not wait, at a restart, for a child that waits for its parent', async () => {
    const keeper = await system.spawn(Keeper, { name: 'k', props: { ledger: ledger.shared } });
    const kept = await keeper.ask.child();
    keeper.tell.fail('parent');
    kept.tell.askParent(keeper);
    const again = await keeper.ask.child();
    again.tell.note(1);
    await ledger.has(1);
  });

  it('passes a failure up through two levels, each by its own budget', async () => {
    const props = { ledger: ledger.shared, below: 2, budget: 0 };
    const supervision = { maxRestarts: 1 };
    const top = await system.spawn(Generation, { name: 'top', supervision, props });
    expect(ledger.entries).to.deep.equal([100, 101, 102]);
    const lowest = system.find(Generation, '/top/child/child');
    const middle = system.find(Generation, '/top/child');
    const ends = [lowest.join(), middle.join()];
    lowest.tell.fail('from below');
    const [ofLowest, ofMiddle] = await Promise.all(ends);
    expect(ofLowest.reason.kind === 'failed' && (ofLowest.reason.error as Error).message).to.equal(
      'from below',
    );
    expect(ofMiddle.reason.kind).to.equal('failed');
    if (ofMiddle.reason.kind === 'failed') {
      expect(ofMiddle.reason.error).to.be.instanceOf(ActorStoppedError);
      expect((ofMiddle.reason.error as ActorStoppedError).reason).to.deep.equal({
        kind: 'escalated',
        from: '/top/child/child',
      });
    }
    expect((await top.ask.child())?.path).to.equal('/top/child');
    expect(ledger.entries).to.deep.equal([100, 101, 102, 300, 301, 302, 100, 101, 102]);
    expect(restartsOf('/top')).to.equal(1);
    // Once more is once too often: all of it ends, and the system says so.
    const ended = top.join();
    system.find(Generation, '/top/child/child').tell.fail('again');
    expect((await ended).reason.kind).to.equal('failed');
    expect(paths()).to.deep.equal([]);
    expect(system.health().problems.join()).to.contain('/top has used up its restarts');
  });

  it('fails the start of a parent whose child fails for good meanwhile', async () => {
    const error = await rejection(system.spawn(BereavedAtStart, { name: 'b' }));
    expect(error.name).to.equal('ActorStartError');
    expect(error.cause).to.be.instanceOf(ActorStoppedError);
    expect(paths()).to.deep.equal([]);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`refuses children between two lives, and at the end (${placement})`, async () => {
      const props = { ledger: ledger.shared };
      const parent = await system.spawn(WantsChildTooLate, { placement, props });
      parent.tell.fail('once');
      expect(await parent.ask.here()).to.equal(parent.path);
      expect(ledger.entries).to.deep.equal([1]);
      await parent.stop();
      expect(ledger.entries).to.deep.equal([1, 1]);
      expect(paths()).to.deep.equal([]);
    });
  }

  it('gives names back: taken while the actor lives, free when it has stopped', async () => {
    const first = await system.spawn(Watcher, { name: 'w' });
    expect((await rejection(system.spawn(Watcher, { name: 'w' }))).name).to.equal('NameTakenError');
    await first.stop();
    const second = await system.spawn(Watcher, { name: 'w' });
    expect(second.id).to.not.equal(first.id);
    const unnamed = await Promise.all([system.spawn(Watcher), system.spawn(Watcher)]);
    for (const ref of unnamed) expect(ref.name).to.match(/^Watcher-\d+$/);
    expect(new Set(unnamed.map((ref) => ref.name)).size).to.equal(2);
  });

  describe('groups', () => {
    const three = () => {
      const props = (number: number) => ({ ledger: ledger.shared, number });
      return [
        child(Child, { name: 'a', props: props(0) }),
        child(Child, { name: 'b', props: props(1) }),
        child(Child, { name: 'c', props: props(2) }),
      ] as const;
    };
    const expected = {
      'one-for-one': [1001],
      'one-for-all': [1000, 1001, 1002],
      'rest-for-one': [1001, 1002],
    };
    for (const strategy of ['one-for-one', 'one-for-all', 'rest-for-one'] as const) {
      it(`${strategy}: restarts whom it says`, async () => {
        const group = await system.supervise({ name: 'g', strategy, children: three() });
        expect(group.refs.map((ref) => ref.path)).to.deep.equal(['/g/a', '/g/b', '/g/c']);
        expect(ledger.entries).to.deep.equal([1000, 1001, 1002]);
        group.refs[1].tell.fail('b');
        const again = expected[strategy];
        await until(() => ledger.entries.filter((entry) => entry < 2000).length === 3 + again.length);
        for (const ref of group.refs) expect(await ref.ask.where()).to.equal(ref.path);
        expect(
          ledger.entries
            .slice(3)
            .filter((entry) => entry < 2000)
            .sort(),
        ).to.deep.equal(again);
        expect((await group.stop()).reason).to.deep.equal({ kind: 'stopped' });
        expect(ledger.entries.slice(-3)).to.deep.equal([2002, 2001, 2000]);
        expect(paths()).to.deep.equal([]);
      });
    }

    it('ends as a whole when a child’s budget is used up', async () => {
      const supervision = { maxRestarts: 0 };
      const group = await system.supervise({ name: 'g', supervision, children: three() });
      const ended = group.join();
      group.refs[0].tell.fail('a');
      expect((await ended).reason).to.deep.equal({ kind: 'escalated', from: '/g/a' });
      expect(paths()).to.deep.equal([]);
    });
  });

  describe('watching', () => {
    const heard = async (watcher: ActorRef<Watcher>, count: number): Promise<unknown[]> => {
      let seen: unknown[] = [];
      while (seen.length < count) seen = await watcher.ask.seen();
      return seen;
    };
    const endings = {
      stopped: (ref: { stop(): Promise<unknown> }) => ref.stop(),
      killed: (ref: { kill(): Promise<unknown> }) => ref.kill(),
    };
    for (const kind of ['stopped', 'killed'] as const) {
      it(`tells the watcher once of one that was ${kind}, whichever way it watched`, async () => {
        const watcher = await system.spawn(Watcher, { name: 'w' });
        const watched = await system.spawn(Watcher, { name: 'x' });
        watcher.tell.watch(watched);
        watcher.tell.watch(watched);
        await watcher.ask.seen();
        await endings[kind](watched);
        await heard(watcher, 1);
        const late = await system.spawn(Watcher, { name: 'late' });
        await late.ask.watch(watched);
        expect(await heard(late, 1)).to.deep.equal([`x ${kind}`]);
        // Whoever watches anew hears anew.
        await watcher.ask.watch(watched);
        expect(await heard(watcher, 2)).to.deep.equal([`x ${kind}`, `x ${kind}`]);
      });
    }

    it('is silent after unwatch, and over a restart', async () => {
      const watcher = await system.spawn(Watcher, { name: 'w' });
      const a = await system.spawn(Watcher, { name: 'a' });
      const b = await system.spawn(Watcher, { name: 'b' });
      watcher.tell.watch(a);
      watcher.tell.watch(b);
      watcher.tell.unwatch(a);
      await watcher.ask.seen();
      await crash(b);
      expect(await b.ask.seen()).to.deep.equal([]);
      await a.stop();
      expect(await watcher.ask.seen()).to.deep.equal([]);
      await b.stop();
      expect(await heard(watcher, 1)).to.deep.equal(['b stopped']);
    });

    for (const placement of ['thread', 'shared'] as const) {
      it(`hears of a death behind everything the dead one had sent (${placement})`, async () => {
        const watcher = await system.spawn(Watcher, { name: 'w', mailbox: { maxItems: 3 } });
        const supervision = { restart: 'temporary' } as const;
        const chatty = await system.spawn(Chatty, { name: 'c', placement, supervision });
        watcher.tell.watch(chatty);
        await watcher.ask.seen();
        chatty.tell.tellAndExit(watcher, 500);
        let seen: unknown[] = [];
        while (seen.at(-1) !== 'c failed') seen = (await watcher.ask.seen()) as unknown[];
        expect(seen).to.deep.equal([...numbers(500), 'c failed']);
      });
    }

    it('hears of a stop behind everything the stopped one had sent', async () => {
      const watcher = await system.spawn(Watcher, { name: 'w', mailbox: { maxItems: 3 } });
      const chatty = await system.spawn(Chatty, { name: 'c' });
      watcher.tell.watch(chatty);
      await watcher.ask.seen();
      chatty.tell.tellAll(watcher, 500);
      await chatty.stop();
      let seen: unknown[] = [];
      while (seen.at(-1) !== 'c stopped') seen = (await watcher.ask.seen()) as unknown[];
      expect(seen).to.deep.equal([...numbers(500), 'c stopped']);
    });
  });

  it('delivers what was accepted after its sender has died, in order', async () => {
    const ear = await system.spawn(SlowEar, { mailbox: { maxItems: 2 } });
    const chatty = await system.spawn(Chatty, { supervision: { restart: 'temporary' } });
    chatty.tell.tellAndExit(ear, 500);
    await chatty.join();
    let heard: number[] = [];
    while (heard.length < 500) heard = await ear.ask.heard();
    expect(heard).to.deep.equal(numbers(500));
    expect(deadLetters.map((letter) => letter.method)).to.deep.equal(['tellAndExit']);
  });
});
