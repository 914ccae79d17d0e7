/** `ref.stream`: Observables and AsyncIterables over the thread boundary. */

import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  concat,
  firstValueFrom,
  isObservable,
  lastValueFrom,
  mergeMap,
  Observable,
  of,
  range,
  toArray,
} from 'rxjs';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  MessageNotSerializableError,
  NotStreamableError,
  OptionOutOfRangeError,
  StreamOverflowError,
} from '../../core/index.js';
import { Sink, Source } from '../actors-for-specs/streaming.js';
import { Giver, Taker } from '../actors-for-specs/taking.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const logOf = (source: ActorRef<Source>, fits: (log: string[]) => boolean): Promise<string[]> =>
  eventually(() => source.ask.log(), fits);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a stream', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('brings what an Observable gives, as an Observable and as an AsyncIterable', async () => {
    const source = await system.spawn(Source);
    expect(await lastValueFrom(source.stream.numbers(5).pipe(toArray()))).to.deep.equal(upTo(5));
    expect(await collect(source.stream.numbers(5))).to.deep.equal(upTo(5));
    expect(await collect(source.stream.numbers(0))).to.deep.equal([]);
  });

  it('is an Observable to whoever looks, and awaited or printed like any object', async () => {
    const source = await system.spawn(Source);
    expect(source.stream.numbers(1)).to.be.instanceOf(Observable);
    expect(isObservable(source.stream.numbers(1))).to.equal(true);
    expect(inspect(source.stream.numbers(1))).to.match(/^Observable/);
    expect('pipe' in source.stream.numbers(1)).to.equal(true);
    const awaited = await Promise.resolve(source.stream.numbers(2));
    expect(await lastValueFrom(awaited.pipe(toArray()))).to.deep.equal([0, 1]);
    expect(await lastValueFrom(concat(source.stream.numbers(1), awaited).pipe(toArray()))).to.have.length(3);
    expect(
      await lastValueFrom(
        of(1).pipe(
          mergeMap(() => source.stream.numbers(2)),
          toArray(),
        ),
      ),
    ).to.have.length(2);
  });

  it('is looped over without RxJS, which takes long to load', async () => {
    const [giver, taker] = [await system.spawn(Giver), await system.spawn(Taker)];
    expect(await taker.ask.sumCounted(giver, 10)).to.equal(45);
    expect(await giver.ask.give(taker, 10)).to.equal(45);
    expect(await taker.ask.hasLoadedRxjs()).to.equal(false);
    await taker.ask.sumObserved(range(1, 3));
    expect(await taker.ask.hasLoadedRxjs()).to.equal(true);
  });

  it('brings what an AsyncIterable gives, however much it is', async () => {
    const source = await system.spawn(Source);
    expect(await collect(source.stream.pulled(5000))).to.deep.equal(upTo(5000));
    expect(await lastValueFrom(source.stream.pulled(5000).pipe(toArray()))).to.deep.equal(upTo(5000));
  });

  it('brings what a promise of either gives', async () => {
    const source = await system.spawn(Source);
    expect(await collect(source.stream.promised(3))).to.deep.equal(upTo(3));
    expect(await collect(source.stream.promisedGenerator(3))).to.deep.equal(upTo(3));
  });

  it('runs the method anew for each subscription, and not before', async () => {
    const source = await system.spawn(Source);
    const numbers = source.stream.numbers(2);
    expect(await source.ask.runs()).to.equal(0);
    await lastValueFrom(numbers);
    await lastValueFrom(numbers);
    expect(await source.ask.runs()).to.equal(2);
  });

  it('does not occupy the handler while it is open', async () => {
    const source = await system.spawn(Source);
    const open = source.stream.endless().subscribe();
    expect(await source.ask.runs()).to.equal(0);
    open.unsubscribe();
  });

  it('of an AsyncIterable is produced on demand only', async () => {
    const source = await system.spawn(Source);
    const produced = new Gate();
    const iterator = source.stream.pulled(100_000, produced.shared)[Symbol.asyncIterator]();
    await iterator.next();
    await source.ask.runs();
    // A window of items may be under way, and no more, however long nobody asks for the next.
    await produced.reached(1024);
    await source.ask.runs();
    expect(produced.arrivals).to.be.within(1024, 1026);
    await iterator.return?.();
    expect(await logOf(source, (log) => log.length === 1)).to.deep.equal(['pulled ended']);
  });

  it('is cancelled by unsubscribing', async () => {
    const source = await system.spawn(Source);
    const left = new Gate();
    const first = await firstValueFrom(source.stream.open(left.shared));
    expect(first).to.equal('first');
    await left.reached();
    expect(await source.ask.log()).to.deep.equal(['left']);
  });

  it('is cancelled by leaving the loop', async () => {
    const source = await system.spawn(Source);
    for await (const item of source.stream.pulled(10_000)) if (item === 3) break;
    expect(await logOf(source, (log) => log.length === 1)).to.deep.equal(['pulled ended']);
  });

  it('is cancelled by a signal, whose reason it errors with', async () => {
    const source = await system.spawn(Source);
    const left = new Gate();
    const leaving = new AbortController();
    const reason = new Error('enough');
    const ended = rejection(lastValueFrom(source.with({ signal: leaving.signal }).stream.open(left.shared)));
    await source.ask.runs();
    leaving.abort(reason);
    expect(await ended).to.equal(reason);
    await left.reached();
    const again = source.with({ signal: leaving.signal }).stream.numbers(1);
    expect(await rejection(lastValueFrom(again))).to.equal(reason);
  });

  it('unsubscribed before it began produces nothing', async () => {
    const source = await system.spawn(Source);
    source.stream.endless().subscribe().unsubscribe();
    const left = new Gate();
    source.stream.open(left.shared).subscribe().unsubscribe();
    await source.ask.runs();
    await logOf(source, (log) => log.length === left.arrivals);
  });

  it('errors as its producer does, behind what it gave', async () => {
    const source = await system.spawn(Source);
    for (const method of ['failing', 'failingPulled'] as const) {
      const seen: number[] = [];
      const error = await rejection(
        (async () => {
          for await (const item of source.stream[method]()) seen.push(item);
        })(),
      );
      expect(error).to.be.instanceOf(RangeError).with.property('message', 'no more');
      expect(seen).to.deep.equal([1]);
    }
    expect((await rejection(lastValueFrom(source.stream.throwing()))).message).to.equal('before it began');
    expect(await rejection(lastValueFrom(source.stream.notAStream()))).to.be.instanceOf(NotStreamableError);
    expect(await source.ask.runs()).to.equal(0);
  });

  it('errors on subscribe for arguments that cannot be copied, and in its course for items', async () => {
    const source = await system.spawn(Source);
    const bad = source.stream.numbers((() => 1) as unknown as number);
    expect(await rejection(lastValueFrom(bad))).to.be.instanceOf(MessageNotSerializableError);
    const items = source.stream.unsendable();
    expect(await rejection(lastValueFrom(items))).to.be.instanceOf(MessageNotSerializableError);
  });

  it('of an Observable that runs ahead of its buffer errors, or drops', async () => {
    const source = await system.spawn(Source);
    const count = 5000;
    const error = await rejection(collect(source.stream.numbers(count)));
    expect(error).to.be.instanceOf(StreamOverflowError);
    const oldest = await collect(source.with({ overflow: 'drop-oldest' }).stream.numbers(count));
    expect(oldest.at(0)).to.equal(0);
    expect(oldest.at(-1)).to.equal(count - 1);
    expect(oldest).to.have.length.below(count);
    const newest = await collect(source.with({ overflow: 'drop-newest' }).stream.numbers(count));
    expect(newest).to.deep.equal(upTo(newest.length));
    expect(newest).to.have.length.within(1024, count - 1);
    expect(await collect(source.with({ buffer: count }).stream.numbers(count))).to.deep.equal(upTo(count));
    expect(() => source.with({ buffer: 0 }).stream.numbers(1)).to.throw(OptionOutOfRangeError, /buffer/);
  });

  it('to a stopped actor errors', async () => {
    const source = await system.spawn(Source);
    await source.stop();
    expect(await rejection(lastValueFrom(source.stream.numbers(1)))).to.be.instanceOf(ActorStoppedError);
    expect(await rejection(collect(source.stream.pulled(1)))).to.be.instanceOf(ActorStoppedError);
  });

  it('completes at a stop, before onStop', async () => {
    const source = await system.spawn(Source);
    const left = new Gate();
    const items = collect(source.stream.open(left.shared));
    await source.ask.runs();
    const ended = source.stop();
    expect(await items).to.deep.equal(['first']);
    await ended;
    expect(left.arrivals).to.equal(1);
  });

  it('errors when its producer dies, is killed, or starts anew', async () => {
    for (const how of ['crash', 'kill', 'fail'] as const) {
      const source = await system.spawn(Source);
      const items = rejection(collect(source.stream.endless()));
      await source.ask.runs();
      if (how === 'kill') void source.kill();
      else source.tell[how]();
      expect(await items, how).to.be.instanceOf(ActorStoppedError);
      if (how !== 'kill') expect(await source.ask.runs()).to.equal(0);
    }
  });

  for (const placement of ['thread', 'shared'] as const) {
    for (const how of ['crash', 'kill'] as const) {
      it(`of a pool errors with the worker that took it, at once (${placement}, ${how})`, async () => {
        const pool = await system.pool(Source, { name: `${how}-${placement}`, size: 2, placement });
        const [dies, lives] = [0, 1].map((n) => system.find(Source, `${pool.path}/${n}`));
        const left = new Gate();
        // With an item before, and without; first from the one that dies, then from the other.
        const subscribe = async (other: ActorRef<Source>) => {
          const gate = new Gate();
          other.tell.hold(gate.shared);
          await gate.reached();
          const first = new Gate();
          const silent = rejection(collect(pool.stream.endless()));
          const open = rejection(collect(pool.stream.open(left.shared)));
          pool.tell.hold(first.shared);
          await first.reached();
          first.open();
          gate.open();
          return Promise.all([silent, open]);
        };
        const broken = subscribe(lives);
        await lives.ask.runs();
        const whole = subscribe(dies);
        await dies.ask.runs();
        if (how === 'kill') void dies.kill();
        else dies.tell.crash();
        for (const error of await broken) expect(error).to.be.instanceOf(ActorStoppedError);
        if (placement === 'thread') expect(await Promise.race([whole, lives.ask.runs()])).to.equal(0);
        await pool.kill();
        for (const error of await whole) expect(error).to.be.instanceOf(ActorStoppedError);
      });
    }
  }

  it("ends at its producer when the subscriber's thread dies", async () => {
    const source = await system.spawn(Source);
    const sink = await system.spawn(Sink);
    const left = new Gate();
    expect(await sink.ask.takeFirst(source, left.shared)).to.equal('first');
    sink.tell.crash();
    await left.reached();
  });

  it('is subscribed to by actors as well', async () => {
    const source = await system.spawn(Source);
    const sink = await system.spawn(Sink);
    expect(await sink.ask.sum(source, 3000)).to.equal((3000 * 2999) / 2);
  });

  it("aborts the handler's signal when its subscriber leaves", async () => {
    const source = await system.spawn(Source);
    const begun = new Gate();
    const aborted = new Gate();
    const seen = await firstValueFrom(source.stream.waits(begun.shared, aborted.shared));
    expect(seen).to.equal(1);
    await aborted.reached();
    begun.open();
  });

  it('is no tell: a told stream method is a dead letter, and the actor goes on', async () => {
    const source = await system.spawn(Source);
    const untyped = source.tell as unknown as Record<string, (...args: unknown[]) => boolean>;
    untyped.numbers(3);
    untyped.pulled(3);
    await until(() => deadLetters.filter((l) => l.to === source.path).length === 2);
    expect(deadLetters.filter((l) => l.to === source.path).map((l) => l.method)).to.deep.equal([
      'numbers',
      'pulled',
    ]);
  });

  it('keeps its place in the order of its sender', async () => {
    const source = await system.spawn(Source);
    const first = collect(source.stream.numbers(1));
    const runs = await source.ask.runs();
    expect(runs).to.equal(1);
    await first;
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
