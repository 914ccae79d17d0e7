import { inspect } from 'node:util';
import { expect } from 'chai';
import { type ActorRef, ActorStoppedError, UnknownMethodError } from '../../core/index.js';
import { stubRef } from '../../core/testing/index.js';
import { rejection } from '../support/quiet-system.js';
import type { Counter } from './support/shop.js';

describe('stubRef', () => {
  it('answers with the functions given, at once or later', async () => {
    const counter: ActorRef<Counter> = stubRef<Counter>({ total: () => 3 });
    expect(await counter.ask.total()).to.equal(3);
    expect(await stubRef<Counter>({ total: async () => 4 }).ask.total()).to.equal(4);
  });

  it('records every call, with its options', async () => {
    const counter = stubRef<Counter>({ total: () => 3 });
    expect(counter.tell.add(1)).to.equal(true);
    await counter.send.add(2);
    await counter.with({ timeoutMs: 5 }).with({ urgent: true }).ask.total();
    expect(counter.calls).to.deep.equal([
      { via: 'tell', method: 'add', args: [1], options: {} },
      { via: 'send', method: 'add', args: [2], options: {} },
      { via: 'ask', method: 'total', args: [], options: { timeoutMs: 5, urgent: true } },
    ]);
  });

  it('calls the function for a tell, and keeps its error to itself', async () => {
    let sum = 0;
    const counter = stubRef<Counter>({
      add(n) {
        sum += n;
        throw new Error('no');
      },
    });
    expect(counter.tell.add(2)).to.equal(true);
    await counter.send.add(3);
    expect(sum).to.equal(5);
    expect(await rejection(counter.ask.add(1))).to.have.property('message', 'no');
  });

  it('refuses to answer what it does not know', async () => {
    const counter = stubRef<Counter>();
    expect(await rejection(counter.ask.total())).to.be.instanceOf(UnknownMethodError);
    expect(await rejection(counter.stream.upTo(1)[Symbol.asyncIterator]().next())).to.be.instanceOf(
      UnknownMethodError,
    );
  });

  it('streams iterables and Observables, to loops and to subscribers', async () => {
    const counter = stubRef<Counter>({
      async *upTo(n: number) {
        for (let i = 1; i <= n; i++) yield i;
      },
    });
    const items: number[] = [];
    for await (const item of counter.stream.upTo(3)) items.push(item);
    await counter.stream.upTo(2).forEach((item) => void items.push(item));
    expect(items).to.deep.equal([1, 2, 3, 1, 2]);
    const { of } = await import('rxjs');
    for await (const item of stubRef<Counter>({ upTo: () => of(7, 8) as never }).stream.upTo(2))
      items.push(item);
    expect(items.slice(5)).to.deep.equal([7, 8]);
    for await (const item of stubRef<Counter>({ upTo: () => [9] }).stream.upTo(1)) items.push(item);
    expect(items.at(-1)).to.equal(9);
  });

  it('takes nothing once it has stopped', async () => {
    const counter = stubRef<Counter>({ total: () => 3 }, { path: '/shop/sold' });
    const joined = counter.join();
    expect((await counter.stop()).reason).to.deep.equal({ kind: 'stopped' });
    expect(await joined).to.equal(await counter.kill());
    expect(counter.stopped).to.equal(true);
    expect(counter.tell.add(1)).to.equal(false);
    for (const call of [counter.send.add(1), counter.ask.total()]) {
      expect(await rejection(call))
        .to.be.instanceOf(ActorStoppedError)
        .with.property('path', '/shop/sold');
    }
  });

  it('hears an aborted signal', async () => {
    const reason = new Error('enough');
    const counter = stubRef<Counter>({ total: () => 3 }).with({ signal: AbortSignal.abort(reason) });
    expect(await rejection(counter.ask.total())).to.equal(reason);
    expect(await rejection(counter.send.add(1))).to.equal(reason);
  });

  it('looks like a ref: with name, path and id, and never like a promise', async () => {
    const [one, two] = [stubRef<Counter>({}, { path: '/a/b' }), stubRef<Counter>()];
    expect([one.name, one.path, two.path]).to.deep.equal(['b', '/a/b', '/stub']);
    expect(one.id).not.to.equal(two.id);
    expect(await one).to.equal(one);
    expect((one.tell as { then?: unknown }).then).to.equal(undefined);
    const { ask } = stubRef<Counter>({ total: () => 3 });
    expect(await ask.total()).to.equal(3);
    expect(inspect(one)).to.be.a('string');
    await one.drained();
  });
});
