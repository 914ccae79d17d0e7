/** Section 2: streams, as hostile producers and subscribers use them. */
import { expect } from 'chai';
import {
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  type LogEntry,
  StreamOverflowError,
} from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Gives, ItemError } from './actors/streams.js';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('contract 2: a stream', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, log, deadLetters } = await quietSystem({ threads: 1 }));
  });
  after(() => system.shutdown({ drain: false, timeoutMs: 2000 }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('that cannot be subscribed to errors', async () => {
        const source = await system.spawn(Gives, { placement });
        expect((await rejection(collect(source.stream.badSubscribe()))).message).to.equal('no subscription');
        expect(await source.ask.log()).to.deep.equal([]);
      });

      it('errors behind its items with the class that the module exports', async () => {
        const source = await system.spawn(Gives, { placement });
        for (const method of ['failsLate', 'failsLatePulled'] as const) {
          const seen: number[] = [];
          const error = await rejection(
            (async () => {
              for await (const item of source.stream[method](700)) seen.push(item);
            })(),
          );
          expect(error, method).to.be.instanceOf(ItemError).and.include({ at: 700 });
          expect(seen.length, method).to.equal(700);
        }
      });

      it('of an actor that has ended errors with the reason, and is a dead letter', async () => {
        for (const how of ['kill', 'stop'] as const) {
          const source = await system.spawn(Gives, { placement });
          const { reason } = await source[how]();
          const late = await rejection(collect(source.stream.pulled(how === 'kill' ? 1 : 2)));
          expect(late).to.be.instanceOf(ActorStoppedError).and.deep.include({ path: source.path, reason });
          const letters = () => deadLetters.filter(({ to }) => to === source.path);
          await until(() => letters().length > 0);
          expect(letters()).to.have.length(1);
          expect(letters()[0]).to.deep.include({ method: 'pulled', args: [how === 'kill' ? 1 : 2] });
        }
      });

      it('answers several next() at once, in order, and each of them after the end', async () => {
        const source = await system.spawn(Gives, { placement });
        const items = source.stream.pulled(3)[Symbol.asyncIterator]();
        const all = await Promise.all(Array.from({ length: 6 }, () => items.next()));
        expect(all.map(({ done, value }) => (done ? 'done' : value))).to.deep.equal([
          0,
          1,
          2,
          'done',
          'done',
          'done',
        ]);
      });

      it('gives nothing more after return(), not even what had arrived, and settles who waits', async () => {
        const source = await system.spawn(Gives, { placement });
        const items = source.stream.pulled(10)[Symbol.asyncIterator]();
        await items.next();
        await source.ask.log();
        await items.return?.();
        expect((await items.next()).done).to.equal(true);
        const gate = new Gate();
        const open = source.stream.promisedAfter(gate.shared, gate.shared)[Symbol.asyncIterator]();
        const waiting = open.next();
        await gate.reached();
        await open.return?.();
        gate.open();
        expect((await waiting).done).to.equal(true);
        const never = source.stream.logged('begun')[Symbol.asyncIterator]();
        await never.return?.();
        expect((await never.next()).done).to.equal(true);
        expect(await source.ask.log()).to.deep.equal(['finally']);
      });

      it('runs no further ahead than its buffer says', async () => {
        const source = await system.spawn(Gives, { placement });
        const bounded = source.with({ buffer: 4 }).stream.observed(500)[Symbol.asyncIterator]();
        const drained = async () => {
          for (let i = 0; i < 500; i++) await bounded.next();
        };
        expect(await rejection(drained())).to.be.instanceOf(StreamOverflowError);
        for (const buffer of [1, 2, 4, 5]) {
          const whole = await collect(source.with({ buffer }).stream.observed(buffer));
          expect(whole).to.have.length(buffer);
          const over = collect(source.with({ buffer }).stream.observed(buffer + 1));
          expect(await rejection(over)).to.be.instanceOf(StreamOverflowError);
          const dropping = source.with({ buffer, overflow: 'drop-oldest' }).stream.observed(100);
          expect((await collect(dropping)).at(-1)).to.equal(99);
          const newest = source.with({ buffer, overflow: 'drop-newest' }).stream.observed(100);
          expect(await collect(newest)).to.have.length(buffer);
        }
      });

      it('keeps its order when some items hold shared memory', async () => {
        const source = await system.spawn(Gives, { placement });
        const items = (await collect(source.stream.mixed(60))) as { i: number }[];
        expect(items.map(({ i }) => i)).to.deep.equal(Array.from({ length: 60 }, (_, i) => i));
      });

      it('whose producer fails at its cancellation harms nobody else, and the log says so', async () => {
        const source = await system.spawn(Gives, { placement });
        for (const method of ['badTeardown', 'badReturn'] as const) {
          const left = new Gate();
          await new Promise<void>((resolve) => {
            const subscription = source.stream[method](left.shared).subscribe(() => {
              queueMicrotask(() => subscription.unsubscribe());
              resolve();
            });
          });
          await left.reached();
          source.tell.mark(method);
        }
        expect(await source.ask.log()).to.deep.equal(['badTeardown', 'badReturn']);
        expect(log.filter((entry) => entry.message === 'handler failed')).to.deep.equal([]);
        const said = () => log.filter(({ actor, fields }) => actor === source.path && fields?.error);
        await until(() => said().length === 2);
        expect(said().map(({ fields }) => fields?.method)).to.deep.equal(['badTeardown', 'badReturn']);
      });

      it('whose producer fails at a stop lets the actor stop', async () => {
        const source = await system.spawn(Gives, { placement, stopTimeoutMs: 3000 });
        const left = new Gate();
        const ended = new Promise<string>((resolve) => {
          source.stream
            .badTeardown(left.shared)
            .subscribe({ complete: () => resolve('complete'), error: String });
        });
        await source.ask.log();
        expect((await source.stop()).reason).to.deep.equal({ kind: 'stopped' });
        expect(await ended).to.equal('complete');
      });

      it('left before its promise has come never begins', async () => {
        const source = await system.spawn(Gives, { placement });
        const [gate, subscribed] = [new Gate(), new Gate()];
        const subscription = source.stream.promisedAfter(gate.shared, subscribed.shared).subscribe();
        await gate.reached();
        subscription.unsubscribe();
        await source.ask.log();
        gate.open();
        await source.ask.log();
        await new Promise((resolve) => setImmediate(resolve));
        expect(await source.ask.log()).to.deep.equal([]);
      });

      it('left before its turn has come never begins', async () => {
        const source = await system.spawn(Gives, { placement });
        const gate = new Gate();
        source.tell.wait(gate.shared);
        await gate.reached();
        source.stream.logged('begun').subscribe().unsubscribe();
        await new Promise((resolve) => setImmediate(resolve));
        gate.open();
        expect(await source.ask.log()).to.deep.equal([]);
      });

      it('runs the finally of a generator when it is left', async () => {
        const source = await system.spawn(Gives, { placement });
        const ended = new Gate();
        for await (const item of source.stream.pulled(1e9, ended.shared)) if (item === 2000) break;
        await ended.reached();
        expect(await source.ask.log()).to.deep.equal(['finally']);
      });

      it('of an Observable errors beyond its buffer, and drops the right ones when told to', async () => {
        const source = await system.spawn(Gives, { placement });
        const seen = async (overflow: 'error' | 'drop-oldest' | 'drop-newest') => {
          const items: number[] = [];
          for await (const item of source.with({ buffer: 4, overflow }).stream.observed(5000))
            items.push(item);
          return items;
        };
        expect(await rejection(seen('error')))
          .to.be.instanceOf(StreamOverflowError)
          .with.property('buffer', 4);
        expect((await seen('drop-oldest')).at(-1)).to.equal(4999);
        expect((await seen('drop-newest'))[0]).to.equal(0);
      });
    });
  }
});
