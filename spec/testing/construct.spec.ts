import { expect } from 'chai';
import { ActorConstructedDirectlyError, ActorNotFoundError } from '../../core/index.js';
import { construct, recordOf, stubRef } from '../../core/testing/index.js';
import { Counter, Prices, Shop } from './support/shop.js';

describe('construct', () => {
  it('gives the bare instance, with its props', async () => {
    const counter = construct(Counter, { props: { start: 10 } });
    expect(counter).to.be.instanceOf(Counter);
    counter.add(5);
    expect(await counter.total()).to.equal(15);
  });

  it('is the only way besides the system', () => {
    expect(() => new Counter()).to.throw(ActorConstructedDirectlyError);
  });

  it('injects what is provided', () => {
    const shop = construct(Shop, {
      providers: (container) => container.registerInstance(Prices, { of: () => 7 }),
    });
    expect(shop.sell('book')).to.equal(7);
    expect(construct(Shop).sell('book')).to.equal(4);
  });

  it('refuses providers that are asynchronous', () => {
    expect(() => construct(Shop, { providers: (async () => undefined) as never })).to.throw(
      TypeError,
      /synchronous/,
    );
  });

  it('records what the actor does by way of its context', async () => {
    const shop = construct(Shop, { path: '/shop' });
    const record = recordOf(shop);
    expect(record).to.deep.include({ logs: [], spawned: [], watched: [], schedules: [], stopped: false });
    await shop.onStart();
    shop.sell('book');

    const [child] = record.spawned;
    expect([child.type, child.ref.path]).to.deep.equal([Counter, '/shop/sold']);
    expect(child.options).to.deep.equal({ name: 'sold', props: { start: 0 } });
    expect(child.ref.calls).to.deep.equal([{ via: 'tell', method: 'add', args: [1], options: {} }]);
    expect(record.watched).to.deep.equal([child.ref]);
    expect(record.logs[0]).to.include({ level: 'info', message: 'open', actor: '/shop' });

    const [{ kind, ms, call }] = record.schedules;
    expect([kind, ms]).to.deep.equal(['every', 60_000]);
    call();
    expect(record.self.calls.map(({ method }) => method)).to.deep.equal(['close']);
    shop.close();
    expect(record.stopped).to.equal(true);
  });

  it('lets parts of the context be given', () => {
    const customer = stubRef<Counter>();
    const shop = construct(Shop, { context: { sender: customer, find: (() => customer) as never } });
    expect(shop.customer()).to.equal(customer);
    expect(shop.find('/anything')).to.equal(customer);
  });

  it('has an empty world around it otherwise', () => {
    const shop = construct(Shop);
    expect(shop.customer()).to.equal(undefined);
    expect(() => shop.find('/anything')).to.throw(ActorNotFoundError);
  });

  it('keeps the records of two actors apart, and knows no others', () => {
    const [one, two] = [construct(Shop), construct(Shop)];
    one.close();
    expect([recordOf(one).stopped, recordOf(two).stopped]).to.deep.equal([true, false]);
    expect(() => recordOf({})).to.throw(TypeError);
  });
});
