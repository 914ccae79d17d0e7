/** Streams that are given as arguments of messages. */
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { range } from 'rxjs';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  MessageNotSerializableError,
  StreamArgumentOverError,
  StreamOverflowError,
} from '../../core/index.js';
import { Giver, numbers, Taker } from '../actors-for-specs/taking.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

/** What collects garbage now. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

const sumTo = (count: number): number => (count * (count - 1)) / 2;

describe('a stream as an argument', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let taker: ActorRef<Taker>;
  before(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1, askTimeoutMs: 60_000 }));
    taker = await system.spawn(Taker);
  });
  after(() => system.shutdown({ drain: false }));

  it('is pulled from the thread that gave it, whatever AsyncIterable it is', async () => {
    expect(await taker.ask.sum(numbers(5000))).to.equal(sumTo(5000));
    expect(await taker.ask.sum({ [Symbol.asyncIterator]: () => numbers(10) })).to.equal(45);
    expect(await taker.ask.sum(Readable.from([1, 2, 3]) as AsyncIterable<number>)).to.equal(6);
    expect(await taker.ask.sum(ReadableStream.from([1, 2]) as unknown as AsyncIterable<number>)).to.equal(3);
    expect(await taker.ask.isObservable(numbers(1))).to.equal(false);
  });

  it('of an Observable arrives as one, that can be looped over too', async () => {
    expect(await taker.ask.sumObserved(range(1, 100))).to.equal(5050);
    const looped = range(1, 100) as unknown as AsyncIterable<number>;
    expect(await taker.ask.sum(looped)).to.equal(5050);
    const flood = rejection(taker.ask.sumObserved(range(1, 100_000)));
    expect(await flood)
      .to.be.instanceOf(StreamOverflowError)
      .with.property('method', undefined);
  });

  it('may run as far ahead as the ref says that it is given by, and then does what that says', async () => {
    const roomy = taker.with({ buffer: 200_000 });
    expect(await roomy.ask.sumObserved(range(0, 100_000))).to.equal(sumTo(100_000));
    const newest = await taker.with({ overflow: 'drop-oldest', buffer: 16 }).ask.listObserved(range(0, 1000));
    expect(newest.length).to.be.within(16, 18);
    expect(newest.slice(-8)).to.deep.equal([992, 993, 994, 995, 996, 997, 998, 999]);
    const oldest = await taker.with({ overflow: 'drop-newest', buffer: 16 }).ask.listObserved(range(0, 1000));
    expect(oldest).to.deep.equal([...oldest.keys()]);
    expect(oldest.length).to.be.within(16, 18);
    const told = taker.with({ buffer: 5000 });
    told.tell.addObserved(range(0, 4000));
    await told.send.addObserved(range(0, 4000));
    await eventually(
      () => taker.ask.added(),
      (sum) => sum === 2 * sumTo(4000),
    );
    const flood = await rejection(taker.with({ buffer: 16 }).ask.sumObserved(range(1, 1000)));
    expect(flood).to.be.instanceOf(StreamOverflowError).with.property('buffer', 16);
    // The next one is given as ever.
    expect(await rejection(taker.ask.sumObserved(range(1, 100_000)))).to.have.property('buffer', 1024);
  });

  it('is passed on with the limits that it came with, or with those of who passes it on', async () => {
    const last = await system.spawn(Taker);
    const flood = range(0, 4000) as unknown as AsyncIterable<number>;
    await taker.with({ buffer: 5000 }).ask.passOn(flood, last);
    expect(await eventually(() => last.ask.added(), Boolean)).to.equal(sumTo(4000));
    await taker.ask.passOn(flood, last, { buffer: 5000 });
    await eventually(
      () => last.ask.added(),
      (sum) => sum === 2 * sumTo(4000),
    );
    await last.stop();
  });

  it('of a stream’s own call has the limits of that stream', async () => {
    const items = taker.with({ overflow: 'drop-oldest', buffer: 16 }).stream.echoed(range(0, 1000));
    const echoed: number[] = [];
    for await (const item of items) echoed.push(item);
    expect(echoed.length).to.be.within(16, 18);
  });

  it('goes from actor to actor, on any placement, by tell and by ask', async () => {
    for (const placement of ['thread', 'shared', 'inline'] as const) {
      const giver = await system.spawn(Giver, { placement });
      const there = await system.spawn(Taker, { placement });
      expect(await giver.ask.give(there, 3000)).to.equal(sumTo(3000));
      await giver.ask.tellIt(there, 100);
      expect(await eventually(() => there.ask.added(), Boolean)).to.equal(sumTo(100));
    }
  });

  it('may lie anywhere in the arguments, and be several', async () => {
    const both = { one: numbers(10), others: [numbers(11), numbers(3)] };
    expect(await taker.ask.sumBoth(both)).to.equal(45 + 55 + 3);
  });

  it('may be the stream of another actor, held back over both threads', async () => {
    const source = await system.spawn(Giver);
    const [produced, gate] = [new Gate(), new Gate()];
    const first = taker.ask.takeOneAndWait(source.stream.counted(100_000, produced.shared), gate.shared);
    await gate.reached();
    await source.ask.runs();
    // A window under way to this thread, and one to the other.
    expect(produced.arrivals).to.be.within(1, 2 * 1024 + 2);
    gate.open();
    expect(await first).to.equal(0);
  });

  it('is produced on demand only, and ended when it is left', async () => {
    const [produced, ended, gate] = [new Gate(), new Gate(), new Gate()];
    const first = taker.ask.takeOneAndWait(numbers(1e9, produced.shared, ended.shared), gate.shared);
    await gate.reached();
    await produced.reached(1024);
    await system.spawn(Giver);
    expect(produced.arrivals).to.equal(1024);
    gate.open();
    expect(await first).to.equal(0);
    await ended.reached();
  });

  it('is not begun before somebody subscribes', async () => {
    const produced = new Gate();
    await taker.ask.keep(numbers(3, produced.shared));
    expect(produced.arrivals).to.equal(0);
  });

  it('errors as it does there', async () => {
    const failing = async function* () {
      yield 1;
      throw new RangeError('no more', { cause: new TypeError('why') });
    };
    const error = await rejection(taker.ask.sum(failing()));
    expect(error).to.be.instanceOf(RangeError).with.property('message', 'no more');
    expect(error.cause).to.be.instanceOf(TypeError);
  });

  it('can be subscribed to until its message is done with; what is subscribed by then goes on', async () => {
    await taker.ask.keep(numbers(3));
    expect(await rejection(taker.ask.sumKept())).to.be.instanceOf(StreamArgumentOverError);
    await taker.ask.begin(numbers(3000));
    expect(await taker.ask.sumKept()).to.equal(sumTo(3000));
  });

  it('is passed on, also by who has done with its message', async () => {
    const [last, middle] = [await system.spawn(Taker), await system.spawn(Taker)];
    const gate = new Gate();
    last.tell.wait(gate.shared);
    await gate.reached();
    await middle.ask.passOn(numbers(2000), last);
    await middle.stop();
    gate.open();
    expect(await last.ask.added()).to.equal(sumTo(2000));
  });

  it('is there again for a message that is tried again', async () => {
    const again = await system.spawn(Taker, { supervision: { inFlight: 'retry' } });
    const items = { [Symbol.asyncIterator]: () => numbers(1500) };
    again.tell.failOnce(items, new SharedArrayBuffer(4));
    expect(await again.ask.added()).to.equal(sumTo(1500));
  });

  it('ends at its giver when the receiver dies', async () => {
    const dies = await system.spawn(Taker);
    const [gate, ended] = [new Gate(), new Gate()];
    const taken = rejection(dies.ask.takeOneAndWait(numbers(1e9, undefined, ended.shared), gate.shared));
    await gate.reached();
    await dies.kill();
    await ended.reached();
    expect(await taken).to.be.instanceOf(ActorStoppedError);
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`errors when its giver dies, starts anew or stops: a part is not the whole (${placement})`, async () => {
      for (const how of ['crash', 'kill', 'fail', 'stop'] as const) {
        const [giver, receiver] = [await system.spawn(Giver, { placement }), await system.spawn(Taker)];
        const begun = new Gate();
        giver.tell.giveEndless(receiver, begun.shared);
        await begun.reached();
        if (how === 'kill' || how === 'stop') await giver[how]();
        else giver.tell[how]();
        const kind = how === 'kill' ? 'killed' : how === 'stop' ? 'stopped' : 'failed';
        expect(await receiver.ask.howItEnded(), how).to.equal(`ActorStoppedError: ${kind}`);
        await receiver.stop();
        await giver.kill();
      }
    });
  }

  it('is let go of when its message becomes a dead letter, which shows that there was one', async () => {
    const gone = await system.spawn(Taker);
    await gone.stop();
    const ended = new Gate();
    const before = deadLetters.length;
    gone.tell.add(numbers(3, undefined, ended.shared));
    await until(() => deadLetters.length > before);
    const [items] = deadLetters[before].args as [AsyncIterable<number>];
    const error = await rejection(
      (async () => {
        for await (const item of items) expect(item).to.equal('none');
      })(),
    );
    expect(error).to.be.instanceOf(StreamArgumentOverError);
  });

  it('is kept by its giver no longer than its message, however that ends', async () => {
    const kept: [string, WeakRef<object>][] = [];
    const items = (what: string) => {
      const stream = numbers(1e9);
      kept.push([what, new WeakRef(stream)]);
      return stream;
    };
    const [gone, full] = [
      await system.spawn(Taker),
      await system.spawn(Taker, { mailbox: { maxItems: 1, maxBytes: 100_000 } }),
    ];
    await gone.stop();
    await taker.ask.isObservable(items('handled'));
    gone.tell.keep(items('refused'));
    const gate = new Gate();
    full.tell.wait(gate.shared);
    await gate.reached();
    const leaving = new AbortController();
    const left = rejection(full.with({ signal: leaving.signal }).send.keep(items('withdrawn')));
    leaving.abort();
    await left;
    expect(() => full.tell.keepBeside(items('too large'), 'x'.repeat(200_000))).to.throw(/does not fit/);
    expect(() => full.tell.keepBeside(items('not sendable'), (() => 1) as never)).to.throw(/function/);
    const died = await system.spawn(Taker);
    await died.ask.isObservable(items('handled by one that dies'));
    await died.kill();
    gate.open();
    const gc = collector();
    await until(() => {
      gc();
      return kept.every(([, stream]) => stream.deref() === undefined);
    });
  });

  it('is refused elsewhere, with what to do', async () => {
    const refused = await rejection(system.spawn(Taker, { props: { items: numbers(1) } as never }));
    expect(refused).to.be.instanceOf(MessageNotSerializableError);
    expect(refused.message).to.include('value.items').and.include('as an argument of a message only');
    const source = await system.spawn(Giver);
    const nested = await rejection(source.ask.nested());
    expect(nested).to.be.instanceOf(MessageNotSerializableError);
    expect(nested.message).to.include('ref.stream');
  });

  it('is no class of one’s own that happens to have a method subscribe', async () => {
    class Shop {
      readonly name = 'shop';
      subscribe() {
        return undefined;
      }
    }
    expect(await taker.ask.giveBack(new Shop() as never)).to.deep.equal({ items: { name: 'shop' } });
  });
});
