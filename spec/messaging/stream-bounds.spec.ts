/** Streams under stress: bounded memory, fairness, many at once, and subscribers that throw, or are no more. */
import { expect } from 'chai';
import { finalize, firstValueFrom, lastValueFrom, tap } from 'rxjs';
import type { ActorRef, ActorSystem, LogEntry } from '../../core/index.js';
import { CauseError, Listens, Makes } from '../actors-for-specs/bounded.js';
import { Gate, knock } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const CHUNK = 1 << 18;
/** Bytes that may be under way, beside the item that goes beyond. */
const UNDER_WAY = 1 << 20;

describe('a stream is bounded', () => {
  let system: ActorSystem;
  let makes: ActorRef<Makes>;
  before(async () => {
    ({ system } = await quietSystem({ threads: 1, askTimeoutMs: 60_000 }));
    makes = await system.spawn(Makes);
  });
  after(() => system.shutdown({ drain: false }));

  it('by its buffer also when it is pulled', async () => {
    for (const buffer of [1, 2, 7]) {
      const produced = new Gate();
      const items = makes.with({ buffer }).stream.counted(500, produced.shared)[Symbol.asyncIterator]();
      await items.next();
      await produced.reached(buffer);
      await makes.ask.here();
      // One is in hand.
      expect(produced.arrivals).to.be.within(buffer, buffer + 1);
      let last = 0;
      for (let next = await items.next(); next.done !== true; next = await items.next()) last = next.value;
      expect(last).to.equal(499);
    }
  });

  it('by bytes, where its items are large, and brings them all', async () => {
    const produced = new Gate();
    const chunks = makes.stream.chunks(50, CHUNK, produced.shared)[Symbol.asyncIterator]();
    await chunks.next();
    await produced.reached(UNDER_WAY / CHUNK);
    await makes.ask.here();
    expect(produced.arrivals).to.be.most(UNDER_WAY / CHUNK + 2);
    let count = 1;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      expect(next.value[CHUNK - 1]).to.equal(count++);
    }
    expect(count).to.equal(50);
  });

  it('in shared memory, when an Observable floods a subscriber whose thread is stuck', async () => {
    const listens = await system.spawn(Listens);
    const before = system.metrics().arena.bytesInUse;
    const gate = new Gate();
    listens.tell.takeBlocked(makes, 60, CHUNK, gate.shared);
    await gate.reached();
    await makes.ask.here();
    expect(system.metrics().arena.bytesInUse - before).to.be.below(UNDER_WAY * 4);
    gate.open();
    expect(await listens.ask.taken()).to.equal(60 * CHUNK);
  });

  it('over both threads, when an actor gives on what another one gives', async () => {
    const relay = await system.spawn(Makes);
    const produced = new Gate();
    const items = relay.stream.relayed(makes, 20_000, produced.shared)[Symbol.asyncIterator]();
    await items.next();
    await relay.ask.here();
    await makes.ask.here();
    expect(produced.arrivals).to.be.most(2 * 1024 + 3);
    let sum = 0;
    for (let next = await items.next(); next.done !== true; next = await items.next()) sum += next.value;
    expect(sum).to.equal((20_000 * 19_999) / 2);
  });

  it('in what its producer does in one go: mail is handled meanwhile', async () => {
    const [produced, ended] = [new Gate(), new Gate()];
    const items = makes.stream.busy(2000, produced.shared, ended.shared)[Symbol.asyncIterator]();
    await items.next();
    await makes.ask.here();
    expect(produced.arrivals).to.be.below(1000);
    await items.return?.();
    await ended.reached();
    const arrivals = produced.arrivals;
    await makes.ask.here();
    expect(produced.arrivals).to.equal(arrivals).and.to.be.below(1500);
  });
});

describe('streams', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let makes: ActorRef<Makes>;
  beforeEach(async () => {
    ({ system, log } = await quietSystem({ threads: 1, askTimeoutMs: 60_000 }));
    makes = await system.spawn(Makes);
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('are open by the thousand, each with its own items and its own end', async () => {
    const many = 1000;
    const sums = await Promise.all(
      Array.from({ length: many }, async (_, i) => {
        let sum = 0;
        for await (const item of makes.stream.counted(i % 50)) sum += item;
        return sum;
      }),
    );
    expect(sums).to.deep.equal(
      Array.from({ length: many }, (_, i) => Math.abs(((i % 50) * ((i % 50) - 1)) / 2)),
    );
    const left = new Gate();
    const heard: number[] = [];
    const open = Array.from({ length: many }, () =>
      makes.stream.open(left.shared).subscribe((n) => heard.push(n)),
    );
    await until(() => heard.length === many);
    for (const subscription of open) subscription.unsubscribe();
    await left.reached(many);
    expect(await makes.ask.here()).to.equal(true);
  });

  it('error with class and cause', async () => {
    const error = await rejection(lastValueFrom(makes.stream.failing()));
    expect(error).to.be.instanceOf(CauseError);
    expect(error.cause).to.be.instanceOf(RangeError).with.property('message', 'this is why');
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`report a subscriber that throws in an actor, and end nothing else (${placement})`, async () => {
      const listens = await system.spawn(Listens, { name: 'listens', placement });
      const heard = new Gate();
      listens.tell.listenBadly(makes, heard.shared);
      await heard.reached(2);
      const said = () => log.filter(({ message }) => message === 'a subscriber threw');
      const errors = () => said().map(({ fields }) => String(fields?.error));
      const wanted = ['Error: a bad subscriber', 'CauseError: no more', 'UnsubscriptionError: 1 errors'];
      await until(() => wanted.every((one) => errors().some((error) => error.startsWith(one))));
      expect(new Set(said().map(({ actor }) => actor))).to.deep.equal(new Set(['/listens']));
      expect(await listens.ask.after()).to.equal(0);
      const { restarts } = system.metrics().actors.find(({ path }) => path === '/listens') ?? {};
      expect(restarts).to.equal(0);
    });

    it(`end when the actor that listens starts anew or stops, whatever becomes of its thread (${placement})`, async () => {
      for (const how of ['fail', 'stop', 'kill'] as const) {
        const listens = await system.spawn(Listens, { placement });
        const [left, ended, begun] = [new Gate(), new Gate(), new Gate()];
        listens.tell.listen(makes, left.shared, ended.shared, begun.shared);
        await begun.reached(2);
        if (how === 'fail') listens.tell.fail();
        else await listens[how]();
        await left.reached();
        await ended.reached();
        if (how === 'fail') expect(await listens.ask.after()).to.equal(0);
      }
      const lost = log.filter(({ message }) => message === 'its thread has died');
      expect(lost).to.deep.equal([]);
    });
  }

  it('report a subscriber of the program that throws, and end nothing else', async () => {
    const bad = (): never => {
      throw new Error('a bad subscriber');
    };
    makes.stream.counted(3).subscribe(bad);
    makes.stream.counted(3).pipe(finalize(bad)).subscribe();
    makes.stream.failing().subscribe();
    const left = new Gate();
    expect(
      await firstValueFrom(makes.stream.open(left.shared).pipe(finalize(() => knock(left.shared)))),
    ).to.equal(1);
    expect(await rejection(firstValueFrom(makes.stream.counted(3).pipe(tap(bad))))).to.have.property(
      'message',
    );
    await until(() => log.filter(({ message }) => message === 'a subscriber threw').length >= 3);
    expect(log.every(({ actor }) => actor === 'system')).to.equal(true);
  });
});
