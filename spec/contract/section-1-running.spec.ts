/** Section 1: start and run, outside and inside of actor threads. */
import { expect } from 'chai';
import { ActorSystem, isActorThread, OptionOutOfRangeError, WrongArgumentError } from '../../core/index.js';
import { Counter } from '../actors-for-specs/basics.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Nested } from './actors/inside.js';
import { Hand } from './support/hand.js';

const small = { arenaBytes: 1 << 24 };

describe('contract 1: start and run', () => {
  it('is outside of actor threads here', () => {
    expect(isActorThread).to.equal(false);
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`start refuses inside an actor thread and names run, which does nothing (${placement})`, async () => {
      const { system } = await quietSystem(small);
      try {
        const nested = await system.spawn(Nested, { placement });
        const refused = await nested.ask.start();
        expect(refused).to.include({
          name: 'StartInsideActorThreadError',
          code: 'ERR_TROUPE_START_INSIDE_ACTOR_THREAD',
        });
        expect(refused.message).to.include('ActorSystem.run()');
        expect(await nested.ask.run()).to.deep.equal({
          ran: false,
          withOptions: undefined,
          isActorThread: true,
          imported: true,
        });
      } finally {
        await system.shutdown();
      }
    });
  }

  it('run takes options or none, and gives what its program gives, at once or later', async () => {
    expect(await ActorSystem.run(() => 1)).to.equal(1);
    expect(await ActorSystem.run(small, async (system) => system.name)).to.equal('troupe');
    expect(await ActorSystem.run({ ...small, name: 'mine' }, (system) => system.name)).to.equal('mine');
  });

  it('misuse is told by an error of this package, which says what to give', async () => {
    const { system } = await quietSystem(small);
    try {
      const wrong: (() => unknown)[] = [
        () => ActorSystem.run({}, undefined as never),
        () => system.spawn(class {} as never),
        () => system.spawn(undefined as never),
        () => system.pool('Counter' as never),
      ];
      for (const call of wrong) {
        const error = await rejection(Promise.resolve().then(call));
        expect(error, String(call)).to.be.instanceOf(WrongArgumentError);
        expect(error.message).to.match(/^(ActorSystem\.run|spawn) was given .*\. Give it a .*/);
      }
    } finally {
      await system.shutdown();
    }
  });

  it('run drains what its program has told, before it resolves', async () => {
    const told = new SharedArrayBuffer(8);
    await ActorSystem.run(small, async (system) => {
      const counter = await system.spawn(Counter);
      for (let i = 0; i < 1000; i++) counter.tell.add(1);
      void counter.ask.total().then((total) => new Int32Array(told).set([total]));
    });
    expect(new Int32Array(told)[0]).to.equal(1000);
  });

  it('run shuts down when its program throws, at once or later, and rejects with that', async () => {
    for (const fail of [
      () => {
        throw new RangeError('program');
      },
      async () => {
        await null;
        throw new RangeError('program');
      },
    ]) {
      let ended: Promise<unknown> | undefined;
      const error = await rejection(
        ActorSystem.run(small, (system) => {
          ended = system.join();
          return fail();
        }),
      );
      expect(error).to.be.instanceOf(RangeError);
      await ended;
    }
  });

  it('run of a program that has shut down itself is over', async () => {
    expect(await ActorSystem.run(small, async (system) => (await system.shutdown()).actors)).to.deep.equal(
      [],
    );
  });

  it('two systems live beside each other, and a ref of one is none of the other', async () => {
    const [one, two] = [(await quietSystem(small)).system, (await quietSystem(small)).system];
    try {
      const [a, b] = [
        await one.spawn(Counter, { props: { start: 1 } }),
        await two.spawn(Counter, { props: { start: 2 } }),
      ];
      expect(await Promise.all([a.ask.total(), b.ask.total()])).to.deep.equal([1, 2]);
      await one.shutdown();
      expect(await b.ask.total()).to.equal(2);
    } finally {
      await Promise.all([one.shutdown(), two.shutdown()]);
    }
  });

  it('lives in an arena of the largest size', async () => {
    const { system } = await quietSystem({ arenaBytes: 2 ** 32 });
    try {
      const hand = await system.spawn(Hand);
      hand.tell.note(['few', new Uint8Array(100_000).fill(7), 'x'.repeat(100_000)]);
      expect(await hand.ask.seen()).to.deep.equal([
        ['few', new Uint8Array(100_000).fill(7), 'x'.repeat(100_000)],
      ]);
      expect(await hand.with({ transfer: [] }).ask.count()).to.equal(1);
    } finally {
      await system.shutdown();
    }
  });

  it('an option out of its range is named, with its value', async () => {
    const error = await rejection(ActorSystem.start({ arenaBytes: 1 }));
    expect(error).to.be.instanceOf(OptionOutOfRangeError).and.include({ option: 'arenaBytes', value: 1 });
  });
});
