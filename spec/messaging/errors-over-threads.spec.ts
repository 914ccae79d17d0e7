/** What a handler throws while answering, as its asker sees it. */
import { expect } from 'chai';
import { type ActorSystem, type LogEntry, RemoteError, UnknownMethodError } from '../../core/index.js';
import { OutOfStock, Thrower } from '../actors-for-specs/failing.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

describe('an error thrown while answering', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  before(async () => {
    ({ system, log } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('arrives with class, message and cause', async () => {
    const thrower = await system.spawn(Thrower);
    const error = await rejection(thrower.ask.range());
    expect(error).to.be.instanceOf(RangeError);
    expect(error.message).to.equal('too far');
    expect(error.cause).to.be.instanceOf(TypeError).with.property('message', 'no number');
  });

  it('arrives with its code and its own properties', async () => {
    const thrower = await system.spawn(Thrower);
    expect(await rejection(thrower.ask.coded())).to.include({ code: 'ENOENT', path: '/nowhere' });
    expect((await rejection(thrower.ask.coded())).at).to.deep.equal({ line: 3 });
  });

  it('has a stack of both sides', async () => {
    const thrower = await system.spawn(Thrower);
    const error = await rejection(askHere(thrower));
    expect(error.stack).to.match(/Thrower\.range/);
    expect(error.stack).to.match(/askHere/);
  });

  it("is of the class that the actor's module exports, where the asker has it loaded", async () => {
    const thrower = await system.spawn(Thrower);
    const error = await rejection(thrower.ask.own());
    expect(error).to.be.instanceOf(OutOfStock);
    expect(error).to.include({ name: 'OutOfStock', item: 'tea', left: 0, message: 'tea is out of stock' });
  });

  it('may come from a promise', async () => {
    const thrower = await system.spawn(Thrower);
    expect((await rejection(thrower.ask.later())).message).to.equal('later');
  });

  it('that is no Error becomes one, and brings the value', async () => {
    const thrower = await system.spawn(Thrower);
    const error = await rejection(thrower.ask.text());
    expect(error).to.be.instanceOf(RemoteError).with.property('value', 'just text');
    expect(await rejection(thrower.ask.empty())).to.be.instanceOf(RemoteError);
  });

  it('leaves behind what of it cannot travel', async () => {
    const thrower = await system.spawn(Thrower);
    const error = await rejection(thrower.ask.unsendable());
    expect(error.message).to.equal('with a function');
    expect(error).to.not.have.property('callback');
  });

  it('is an answer: the actor goes on with what it has', async () => {
    const thrower = await system.spawn(Thrower);
    expect(await thrower.ask.count()).to.equal(1);
    await rejection(thrower.ask.range());
    await rejection(thrower.ask.later());
    expect(await thrower.ask.count()).to.equal(2);
    expect(log).to.deep.equal([]);
  });

  it('of a method that is none says so', async () => {
    const thrower = await system.spawn(Thrower);
    const untyped = thrower.ask as unknown as Record<string, () => Promise<unknown>>;
    const error = await rejection(untyped.nothing());
    expect(error).to.be.instanceOf(UnknownMethodError);
    expect(error).to.include({ method: 'nothing', type: 'Thrower' });
  });
});

async function askHere(thrower: { readonly ask: { range(): PromiseLike<unknown> } }): Promise<unknown> {
  return await thrower.ask.range();
}
