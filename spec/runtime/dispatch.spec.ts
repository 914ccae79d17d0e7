/** Which names are messages, and several handlers at once. */
import { expect } from 'chai';
import { Actor, type ActorSystem, type DeadLetter, UnknownMethodError } from '../../core/index.js';
import { AsksWide, Derived, Odd, Wide } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

type Untyped = Record<string, (...args: unknown[]) => Promise<unknown>>;

describe('the name of a message', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('may be that of a method, an inherited one, or a function in a field', async () => {
    const derived = await system.spawn(Derived);
    expect(await derived.ask.own()).to.equal('derived of own');
    expect(await derived.ask.field()).to.equal('field');
    expect(await derived.ask.ran()).to.deep.equal(['onStart']);
  });

  for (const name of [
    'nothing',
    'notAFunction',
    'onStart',
    'onStop',
    'onTerminated',
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__proto__',
    '__defineGetter__',
    'props',
    'self',
    'context',
    'inject',
    '#ran',
    '',
  ]) {
    it(`may not be ${JSON.stringify(name)}`, async () => {
      const odd = await system.spawn(Odd, { placement: 'inline' });
      const error = await rejection((odd.ask as unknown as Untyped)[name]());
      expect(error).to.be.instanceOf(UnknownMethodError);
      expect(error).to.include({ method: name, type: 'Odd' });
      expect(await odd.ask.ran()).to.deep.equal(['onStart']);
    });
  }

  it('may not be that of a getter, which does not run', async () => {
    const odd = await system.spawn(Odd);
    expect(await rejection((odd.ask as unknown as Untyped).getter())).to.be.instanceOf(UnknownMethodError);
    expect(await odd.ask.ran()).to.deep.equal(['onStart']);
  });

  it('when unknown makes a tell a dead letter, and the actor goes on', async () => {
    const odd = await system.spawn(Odd);
    (odd.tell as unknown as Record<string, (n: number) => boolean>).nothing(3);
    await until(() => deadLetters.some((l) => l.to === odd.path));
    const letter = deadLetters.find((l) => l.to === odd.path);
    expect(letter).to.deep.include({ reason: 'unknown-method', method: 'nothing', args: [3], kind: 'tell' });
    expect(await odd.ask.own()).to.equal('own');
  });
});

describe('an actor with concurrency', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('lets so many handlers be pending, and no more', async () => {
    const wide = await system.spawn(Wide);
    const gate = new Gate();
    const asks = Array.from({ length: 5 }, () => wide.ask.from(gate.shared));
    await gate.reached(3);
    expect(gate.arrivals).to.equal(3);
    gate.open();
    await Promise.all(asks);
    expect(gate.arrivals).to.equal(5);
  });

  it('knows the sender of each message, also after an await', async () => {
    const wide = await system.spawn(Wide);
    const askers = await Promise.all([1, 2, 3].map(() => system.spawn(AsksWide)));
    const gate = new Gate();
    const asks = askers.map((asker) => asker.ask.go(wide, gate.shared));
    await gate.reached(3);
    gate.open();
    expect(await Promise.all(asks)).to.deep.equal(askers.map((asker) => [asker.path, asker.path]));
  });

  it('aborts the signal of the message that was given up, and of no other', async () => {
    const wide = await system.spawn(Wide);
    const gate = new Gate();
    const aborted = [new Gate(), new Gate()];
    const leaving = [new AbortController(), new AbortController()];
    const asks = aborted.map((knocked, i) =>
      rejection(wide.with({ signal: leaving[i].signal }).ask.signalled(gate.shared, knocked.shared)),
    );
    await gate.reached(2);
    gate.open();
    leaving[1].abort();
    await aborted[1].reached();
    expect(aborted[0].arrivals).to.equal(0);
    leaving[0].abort();
    await aborted[0].reached();
    await Promise.all(asks);
  });

  it('finishes all of its handlers before it stops', async () => {
    const wide = await system.spawn(Wide);
    const gate = new Gate();
    const asks = [1, 2, 3, 4].map(() => wide.ask.from(gate.shared));
    await gate.reached(3);
    const stopped = wide.stop();
    gate.open();
    await Promise.all(asks);
    expect((await stopped).processed).to.equal(4);
  });
});

/** Notes which of its methods were told. */
class Noting extends Actor<undefined> {
  readonly #told: string[] = [];
  first() {
    this.#told.push('first');
  }
  second() {
    this.#told.push('second');
  }
  shadow() {
    Object.assign(this, { first: () => this.#told.push('own first') });
  }
  told() {
    return this.#told;
  }
}

describe('the methods of actors of one class', () => {
  it('are those of the right names in each system of a thread', async () => {
    const told: string[][] = [];
    for (const order of [['first', 'second'] as const, ['second', 'first'] as const]) {
      const { system } = await quietSystem();
      const actor = await system.spawn(Noting, { placement: 'inline', props: undefined });
      for (const name of order) actor.tell[name]();
      told.push(await actor.ask.told());
      await system.shutdown();
    }
    expect(told).to.deep.equal([
      ['first', 'second'],
      ['second', 'first'],
    ]);
  });

  it('are an actor’s own once it has a function of that name, and not for the others', async () => {
    const { system } = await quietSystem();
    const told = [];
    for (const own of [false, true, false]) {
      const actor = await system.spawn(Noting, { placement: 'inline', props: undefined });
      if (own) actor.tell.shadow();
      actor.tell.first();
      told.push(await actor.ask.told());
    }
    expect(told).to.deep.equal([['first'], ['own first'], ['first']]);
    await system.shutdown();
  });
});
