import { expect } from 'chai';
import {
  Actor,
  ActorStoppedError,
  type ActorSystem,
  OptionOutOfRangeError,
  ProbeExpectationError,
} from '../../core/index.js';
import { createProbe, type TestProbe } from '../../core/testing/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Relay } from './support/relay.js';
import { Counter } from './support/shop.js';

interface Customer {
  sold(item: string, price: number): void;
  wallet(): Promise<number>;
  wishes(): AsyncIterable<string>;
}

describe('a probe', () => {
  let system: ActorSystem;
  let probe: TestProbe<Customer>;
  beforeEach(async () => {
    ({ system } = await quietSystem());
    probe = await createProbe<Customer>(system);
  });
  afterEach(() => system.shutdown({ drain: false }));

  const short = () => probe.with({ timeoutMs: 20 });

  it('hears what it is told, in order, whatever the messages are called', async () => {
    probe.ref.tell.sold('pen', 2);
    await probe.ref.send.sold('ink', 3);
    const first = await probe.expectMessage('sold', 'pen', 2);
    expect(first).to.deep.include({ via: 'tell', method: 'sold', args: ['pen', 2], sender: undefined });
    expect((await probe.expectMessage()).args).to.deep.equal(['ink', 3]);
    expect(probe.messages.map(({ args }) => args[0])).to.deep.equal(['pen', 'ink']);
  });

  it('waits for a message that comes later', async () => {
    const waiting = probe.expectMessage('sold');
    probe.ref.tell.sold('pen', 2);
    expect((await waiting).args).to.deep.equal(['pen', 2]);
  });

  it('takes functions for arguments that have to fit', async () => {
    probe.ref.tell.sold('pen', 2);
    await probe.expectMessage('sold', 'pen', (price) => price < 3);
    probe.ref.tell.sold('pen', 4);
    const error = await rejection(probe.expectMessage('sold', 'pen', (price) => price < 3));
    expect(error).to.be.instanceOf(ProbeExpectationError);
    expect(error.message).to.equal("/Probe-1 expected sold('pen', one that fits), and heard sold('pen', 4)");
  });

  it('compares arguments deeply, and counts them', async () => {
    const { ref } = await createProbe(system);
    const other = await createProbe(system);
    for (const args of [[{ a: [1, new Map([['k', 1n]])] }], [{ a: [1] }], [1, 2], [1]]) {
      (other.ref.tell as Record<string, (...args: unknown[]) => boolean>).any(...args);
    }
    await other.expectMessage('any', { a: [1, new Map([['k', 1n]])] });
    expect(await rejection(other.expectMessage('any', { a: [2] }))).to.be.instanceOf(ProbeExpectationError);
    expect(await rejection(other.expectMessage('any', 1))).to.be.instanceOf(ProbeExpectationError);
    await other.expectMessage('any', 1);
    expect(ref.path).to.equal('/Probe-2');
  });

  it('says what was expected and what was heard, for the runner to compare', async () => {
    probe.ref.tell.sold('pen', 2);
    const wrong = await rejection(probe.expectMessage('sold', 'ink', 2));
    expect(wrong.message).to.equal("/Probe-1 expected sold('ink', 2), and heard sold('pen', 2)");
    expect(wrong.expected).to.deep.equal({ method: 'sold', args: ['ink', 2] });
    expect(wrong.actual).to.deep.equal({ method: 'sold', args: ['pen', 2] });
    const none = await rejection(short().expectMessage('sold'));
    expect(none.message).to.equal('/Probe-1 expected sold(…) within 20 ms, and heard nothing more');
  });

  it('fishes for a message, and passes over what comes before', async () => {
    probe.ref.tell.sold('pen', 2);
    probe.ref.tell.sold('ink', 3);
    probe.ref.tell.sold('paper', 1);
    expect((await probe.fishForMessage('sold', 'ink', 3)).args[0]).to.equal('ink');
    await probe.expectMessage('sold', 'paper', 1);
    expect(await rejection(short().fishForMessage('sold'))).to.be.instanceOf(ProbeExpectationError);
  });

  it('receives so many messages', async () => {
    for (const item of ['pen', 'ink', 'paper']) probe.ref.tell.sold(item, 1);
    expect((await probe.receiveMessages(2)).map(({ args }) => args[0])).to.deep.equal(['pen', 'ink']);
    const { message } = await rejection(short().receiveMessages(2));
    expect(message).to.equal("/Probe-1 expected 2 messages within 20 ms, and heard 1: sold('paper', 1)");
    // Those were not taken.
    await probe.expectMessage('sold', 'paper', 1);
  });

  it('expects no message', async () => {
    await short().expectNoMessage();
    probe.ref.tell.sold('pen', 2);
    await probe.expectMessage();
    await short().expectNoMessage();
    probe.ref.tell.sold('ink', 3);
    const { message } = await rejection(probe.expectNoMessage());
    expect(message).to.equal("/Probe-1 expected no message, and heard sold('ink', 3)");
  });

  it('answers what it is asked, also one behind the other', async () => {
    const first = probe.ref.ask.wallet();
    const second = probe.ref.ask.wallet();
    const { via, reply } = await probe.expectMessage('wallet').then((message) => ({
      via: message.via,
      reply: (value: unknown) => message.reply(value),
    }));
    await probe.expectMessage('wallet');
    expect(via).to.equal('ask');
    probe.reply(2);
    expect(await second).to.equal(2);
    reply(1);
    expect(await first).to.equal(1);
  });

  it('answers by an error', async () => {
    const asked = rejection(probe.ref.ask.wallet());
    await probe.expectMessage('wallet');
    probe.fail(new RangeError('empty'));
    expect(await asked)
      .to.be.instanceOf(RangeError)
      .and.include({ message: 'empty' });
  });

  it('answers by itself what it was given answers for, and hears it all the same', async () => {
    const rich = await createProbe<Customer>(system, {
      answers: {
        wallet: () => 100,
        wishes: () => {
          throw new RangeError('too many');
        },
      },
    });
    expect(await rich.ref.ask.wallet()).to.equal(100);
    const message = await rich.expectMessage('wallet');
    expect(() => message.reply(1)).to.throw(ProbeExpectationError, 'has been answered');
    const { message: why } = await rejection(rich.ref.stream.wishes()[Symbol.asyncIterator]().next());
    expect(why).to.equal('too many');
  });

  it('answers a stream by what can be iterated', async () => {
    const items: string[] = [];
    const reading = (async () => {
      for await (const item of probe.ref.stream.wishes()) items.push(item);
    })();
    const { via } = await probe.expectMessage('wishes');
    expect(via).to.equal('stream');
    probe.reply(
      (async function* () {
        yield* ['pen', 'ink'];
      })(),
    );
    await reading;
    expect(items).to.deep.equal(['pen', 'ink']);
  });

  it('refuses to answer what was told, and what has been answered', async () => {
    expect(() => probe.reply(1)).to.throw(ProbeExpectationError, 'no message was expected before');
    probe.ref.tell.sold('pen', 2);
    const told = await probe.expectMessage('sold');
    expect(() => told.reply(1)).to.throw(
      ProbeExpectationError,
      "sold('pen', 2) cannot be answered: it was told",
    );
    const asked = probe.ref.ask.wallet();
    await probe.expectMessage('wallet');
    probe.reply(1);
    expect(() => probe.fail(new Error('late'))).to.throw(ProbeExpectationError, 'wallet() has been answered');
    expect(await asked).to.equal(1);
  });

  it('talks to actors on other threads, as a sender of its own', async () => {
    const relay = await system.spawn(Relay);
    await probe.send(() => relay.send.echo('sold', 'pen', 2));
    await probe.expectMessage('sold', 'pen', 2);
    expect(probe.sender).to.equal(relay);
    relay.tell.passOn(probe.ref, 'sold', 'ink', 3);
    await probe.expectMessage('sold', 'ink', 3);
    const asked = relay.ask.askOn(probe.ref, 'wallet');
    expect((await probe.expectMessage('wallet')).sender).to.equal(relay);
    probe.reply(7);
    expect(await asked).to.equal(7);
  });

  it('is watched as any actor, and watches', async () => {
    const counter = await system.spawn(Counter, { props: { start: 0 } });
    const ending = probe.expectTerminated(counter);
    await counter.stop();
    expect(await ending).to.deep.equal({ kind: 'stopped' });
    // And of one that has ended long since.
    const other = await createProbe(system);
    expect(await other.expectTerminated(counter)).to.deep.equal({ kind: 'stopped' });
    const { message } = await rejection(short().expectTerminated(other.ref));
    expect(message).to.equal(`/Probe-1 expected ${other.ref.path} to end within 20 ms`);
  });

  it('is an actor with a name, that stops', async () => {
    const named = await createProbe(system, { name: 'customer' });
    expect(named.ref.path).to.equal('/customer');
    expect(system.find(Actor, '/customer')).to.equal(named.ref);
    await named.stop();
    expect(await rejection(named.ref.ask.anything())).to.be.instanceOf(ActorStoppedError);
  });

  it('does not hold up the end of its system by what it has not answered', async () => {
    const givenUp = new AbortController();
    const asked = rejection(probe.ref.with({ signal: givenUp.signal }).ask.wallet());
    await probe.expectMessage('wallet');
    givenUp.abort();
    await asked;
    const { timedOut } = await system.shutdown();
    expect(timedOut).to.equal(false);
  });

  it('refuses times that are none', async () => {
    expect(await rejection(createProbe(system, { timeoutMs: -1 }))).to.be.instanceOf(OptionOutOfRangeError);
    expect(() => probe.with({ timeoutMs: Number.NaN })).to.throw(OptionOutOfRangeError);
  });
});
