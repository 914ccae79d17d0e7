/** Refs as objects: identity, destructuring, inspection, in messages. */
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  Actor,
  ActorNotFoundError,
  type ActorRef,
  type ActorSystem,
  WrongActorTypeError,
} from '../../core/index.js';
import { Counter, Derived, Echo, Odd, Recorder, Teller } from '../actors-for-specs/basics.js';
import { quietSystem } from '../support/quiet-system.js';

describe('a ref', () => {
  it('is not disturbed by who looks at what its calls stand on', async () => {
    const other = await system.spawn(Counter, { props: { start: 2 } });
    for (const calls of [counter.ask, counter.tell]) {
      const below = Object.getPrototypeOf(calls) as Record<string, unknown>;
      expect(below.constructor).to.equal(undefined);
      expect(below.total).to.equal(undefined);
    }
    expect(await other.ask.total()).to.equal(2);
  });

  let system: ActorSystem;
  let counter: ActorRef<Counter>;
  before(async () => {
    ({ system } = await quietSystem());
    counter = await system.spawn(Counter, { props: { start: 1 }, name: 'the-counter' });
  });
  after(() => system.shutdown({ drain: false }));

  it('is one object for one actor within a thread', async () => {
    expect(system.find(Counter, '/the-counter')).to.equal(counter);
    expect(system.find(Counter, 'the-counter')).to.equal(counter);
    const echo = await system.spawn(Echo);
    expect(await echo.ask.echo(counter)).to.equal(counter);
    const sent = { a: counter, list: [counter, new Map([['b', counter]])] };
    const both = (await echo.ask.echo(sent)) as typeof sent;
    expect(both.a).to.equal(counter);
    expect((both.list[1] as Map<string, unknown>).get('b')).to.equal(counter);
  });

  it("is one object in the receiver's thread too, and self is that", async () => {
    const teller = await system.spawn(Teller);
    expect(await teller.ask.sameAs(counter, counter)).to.equal(true);
    expect(await teller.ask.selfIs(teller)).to.equal(true);
    expect(await teller.ask.me()).to.equal(teller);
  });

  it('works from wherever it was sent to', async () => {
    const teller = await system.spawn(Teller);
    const recorder = await system.spawn(Recorder);
    expect(await teller.ask.askThrough(counter)).to.equal(1);
    await teller.ask.fill(recorder, 0, 3);
    expect(await recorder.ask.seen()).to.deep.equal([0, 1, 2]);
  });

  it('can be taken apart', async () => {
    const { ask, tell, send } = await system.spawn(Counter);
    const { add } = tell;
    expect(add(2)).to.equal(true);
    await send.add(3);
    const { total } = ask;
    expect(await total()).to.equal(5);
    expect(ask.total).to.equal(total);
  });

  it('is not thenable, and neither are its calls', async () => {
    expect(await counter).to.equal(counter);
    expect(await counter.ask).to.equal(counter.ask);
    expect((counter.ask as unknown as { then?: unknown }).then).to.equal(undefined);
    expect((counter.tell as unknown as { then?: unknown }).then).to.equal(undefined);
  });

  it('shows class, path and state', async () => {
    expect(inspect(counter))
      .to.match(/Counter.*\/the-counter/)
      .and.not.match(/stopped/);
    const other = await system.spawn(Counter, { name: 'soon-gone' });
    await other.stop();
    expect(inspect(other)).to.match(/Counter.*\/soon-gone.*stopped/);
    expect(() => inspect(counter.ask)).to.not.throw();
    expect(`${counter.name} ${counter.path}`).to.equal('the-counter /the-counter');
    expect(counter.id).to.be.a('number').and.not.equal(other.id);
  });

  it('with options is the same actor, and leaves the first as it was', async () => {
    const urgent = counter.with({ urgent: true }).with({ timeoutMs: 100 });
    expect(urgent.path).to.equal(counter.path);
    expect(await urgent.ask.total()).to.equal(1);
    expect(system.find(Counter, '/the-counter')).to.equal(counter);
  });

  it('is found by its class, by one that it extends, or by Actor', async () => {
    const derived = await system.spawn(Derived, { name: 'derived' });
    expect(system.find(Derived, '/derived')).to.equal(derived);
    expect(system.find(Odd, '/derived')).to.equal(derived);
    expect(system.find(Actor, '/derived')).to.equal(derived);
    expect(() => system.find(Counter, '/derived')).to.throw(WrongActorTypeError, /Derived.*Counter/);
    expect(() => system.find(Counter, '/nobody')).to.throw(ActorNotFoundError, /nobody/);
  });
});
