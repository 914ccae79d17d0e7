import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  RecordingUnreadableError,
  WrongArgumentError,
} from '../../core/index.js';
import {
  createProbe,
  record,
  replay,
  stubRef,
  type TestProbe,
  TestSystem,
} from '../../core/testing/index.js';
import { eventually } from '../support/eventually.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand, Keeper } from './support/keeper.js';
import { Relay } from './support/relay.js';
import { Counter } from './support/shop.js';
import { type Prices, Till } from './support/till.js';

let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-recording-'));
  file = join(folder, 'sub', 'till.jsonl');
});
after(() => rm(folder, { recursive: true, force: true }));

const linesOf = async () =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const methodsOf = async () => (await linesOf()).slice(1).map(({ method }) => method);

describe('record', () => {
  let system: ActorSystem;
  let prices: TestProbe<Prices>;
  beforeEach(async () => {
    ({ system } = await quietSystem());
    prices = await createProbe<Prices>(system, { name: 'prices', answers: { of: (item) => item.length } });
  });
  afterEach(() => system.shutdown({ drain: false }));

  const tillOn = (placement: 'thread' | 'shared' | 'inline'): Promise<ActorRef<Till>> =>
    system.spawn(Till, { name: 'till', placement, props: { start: 10, prices: prices.ref } });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`writes what an actor is sent that runs ${placement}`, async () => {
      const till = await tillOn(placement);
      till.tell.refund(3);
      expect(await till.ask.sum()).to.equal(7);
      const recording = await record(till, file);
      expect(recording.file).to.equal(file);
      till.tell.sell('pen', 2n);
      expect(await till.ask.sum()).to.equal(13);
      await prices.send(() => till.send.refund(1));
      for await (const _ of till.stream.receipts(2)) {
        // Until it ends.
      }
      await recording.stop();
      till.tell.refund(1);
      expect(await till.ask.sum()).to.equal(11);
      const [head, ...lines] = await linesOf();
      expect(head).to.deep.include({ troupe: 'recording', version: 1, type: 'Till', path: '/till' });
      expect(head.props).to.deep.equal({ start: 10, prices: { $: 'ref', path: '/prices', type: 'Probe' } });
      expect(new Date(head.startedAt as string).getTime()).to.be.closeTo(Date.now(), 60_000);
      expect(lines.map(({ atMs, ...line }) => line)).to.deep.equal([
        { via: 'tell', method: 'sell', args: ['pen', { $: 'bigint', value: '2' }] },
        { via: 'ask', method: 'sum', args: [] },
        { via: 'tell', from: '/prices', method: 'refund', args: [1] },
        { via: 'stream', method: 'receipts', args: [2] },
      ]);
      for (const { atMs } of lines) expect(atMs).to.be.a('number').within(0, 60_000);
    });
  }

  it('goes on in the lives that follow, and has the message that ended one', async () => {
    const till = await tillOn('thread');
    await using _ = await record(till, file);
    till.tell.refund(2000);
    till.tell.refund(1);
    till.tell.quit();
    till.tell.refund(2);
    expect(await till.ask.sum()).to.equal(8);
    expect(await methodsOf()).to.deep.equal(['refund', 'refund', 'quit', 'refund', 'sum']);
  });

  it('ends with the actor, and begins anew with another one', async () => {
    const till = await tillOn('thread');
    const recording = await record(till, file);
    await till.ask.sum();
    await till.stop();
    await recording.stop();
    expect(await methodsOf()).to.deep.equal(['sum']);
    const other = await tillOn('inline');
    await using _ = await record(other, file);
    await other.ask.closings();
    expect(await methodsOf()).to.deep.equal(['closings']);
  });

  it('has a head also when nothing was sent', async () => {
    const till = await tillOn('thread');
    await (await record(till, file)).stop();
    expect(await linesOf()).to.have.length(1);
  });

  it('refuses what cannot be recorded', async () => {
    const till = await tillOn('inline');
    for (const value of [stubRef(), {}, null, 'till'] as never[]) {
      expect(await rejection(record(value, file))).to.be.instanceOf(WrongArgumentError);
    }
    expect(await rejection(record(till, 7 as never))).to.be.instanceOf(WrongArgumentError);
    const pool = await system.pool(Counter, { size: 1, placement: 'inline', props: { start: 0 } });
    expect(await rejection(record(pool, file))).to.be.instanceOf(WrongArgumentError);
    expect((await rejection(record(till, folder))).code).to.equal('EISDIR');
    await till.stop();
    expect(await rejection(record(till, file))).to.be.instanceOf(ActorStoppedError);
  });
});

describe('replay', () => {
  const answer = (_path: string, _method: string, [item]: readonly unknown[]) => String(item).length;

  /** A till's life of three seconds, in virtual time. */
  const recorded = (life: (till: ActorRef<Till>, system: TestSystem) => unknown) =>
    TestSystem.run({ startTime: new Date('2026-01-31T12:00:00Z') }, async (system) => {
      const prices = await system.createProbe<Prices>({ answers: { of: (item) => item.length } });
      const till = await system.spawn(Till, { name: 'till', props: { start: 10, prices: prices.ref } });
      await using _ = await record(till, file);
      await life(till, system);
      await system.settled();
    });

  it('lets a fresh actor have the same messages, at the same times', async () => {
    await recorded(async (till, system) => {
      till.tell.sell('pen', 2n);
      await system.advance(2500);
      till.tell.refund(1);
      await till.ask.sum();
      await till.ask.closings();
      await till.ask.now();
    });
    const replayed = await replay(Till, file, { answer });
    expect(
      replayed.map(({ method, args, atMs, outcome, result }) => [method, args, atMs, outcome, result]),
    ).to.deep.equal([
      ['sell', ['pen', 2n], 0, 'handled', undefined],
      ['close', [], 1000, 'handled', undefined],
      ['close', [], 2000, 'handled', undefined],
      ['refund', [1], 2500, 'handled', undefined],
      ['sum', [], 2500, 'handled', 15],
      ['closings', [], 2500, 'handled', 2],
      ['now', [], 2500, 'handled', Date.UTC(2026, 0, 31, 12, 0, 2, 500)],
    ]);
    expect(replayed.map(({ from }) => from).slice(0, 2)).to.deep.equal([undefined, '/till']);
  });

  it('shows what fails, and restarts the actor as supervision does', async () => {
    await recorded(async (till, system) => {
      till.tell.refund(5);
      till.tell.refund(2000);
      await system.settled();
      await till.ask.sum();
    });
    const replayed = await replay(Till, file, { answer });
    expect(replayed.map(({ outcome }) => outcome)).to.deep.equal(['handled', 'failed', 'handled']);
    expect(replayed[1].error).to.be.instanceOf(RangeError).and.include({ message: 'too much: 2000' });
    expect(replayed[2].result).to.equal(10);
  });

  it('has stand-ins for those that were spoken of, and others props if wanted', async () => {
    await recorded(async (till, system) => {
      const relay = await system.spawn(Relay, { name: 'relay' });
      await relay.ask.askOn(till, 'customer', relay);
    });
    const [{ result, from }] = await replay(Till, file);
    expect(from).to.equal('/relay');
    expect(result).to.match(/^(\/\d:relay) by \1$/);
    await recorded((till) => till.ask.sum());
    const [{ result: sum }] = await replay(Till, file, { props: { start: 1, prices: undefined as never } });
    expect(sum).to.equal(1);
  });

  it('tells of the ends that were heard of: of others, of children, and of those that end here by themselves', async () => {
    const { system } = await quietSystem();
    try {
      const stranger = await createProbe(system, { name: 'stranger' });
      const keeper = await system.spawn(Keeper, {
        name: 'keeper',
        placement: 'inline',
        props: { stranger: stranger.ref },
      });
      const recording = await record(keeper, file);
      await stranger.ref.stop();
      await until(() => system.metrics().actors.every(({ path }) => path !== '/stranger'));
      await keeper.ask.heard();
      system.find(Hand, '/keeper/hand').tell.throws('an outsider');
      await eventually(
        () => keeper.ask.heard(),
        ({ length }) => length === 2,
      );
      keeper.tell.fire('the keeper');
      await eventually(
        () => keeper.ask.heard(),
        ({ length }) => length === 3,
      );
      await recording.stop();
    } finally {
      await system.shutdown({ drain: false });
    }
    const ends = (await linesOf()).filter(({ via }) => via === 'terminated');
    expect(ends.map(({ method }) => method)).to.deep.equal(new Array(3).fill('onTerminated'));
    const replayed = await replay(Keeper, file);
    expect(replayed.filter(({ via }) => via === 'terminated').map(({ outcome }) => outcome)).to.deep.equal(
      new Array(3).fill('handled'),
    );
    expect(replayed.at(-1)?.result).to.deep.equal([
      'stopped',
      'failed by an outsider',
      'failed by the keeper',
    ]);
  });

  it('gives up what is not answered', async () => {
    await recorded((till) => till.tell.sell('pen', 1n));
    const [sold] = await replay(Till, file);
    expect(sold).to.deep.include({ method: 'sell', outcome: 'failed' });
    expect((sold.error as Error).message).to.include('did not answer of()');
  });

  it('reads a recording that a death has cut off', async () => {
    await recorded((till) => till.ask.sum());
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}{"atMs":1,"via":"te`);
    expect((await replay(Till, file)).map(({ method }) => method)).to.deep.equal(['sum']);
  });

  it('refuses what is no recording', async () => {
    for (const [text, why] of [
      ['', 'Line 1: it is no JSON object'],
      ['[1]\n', 'Line 1: it is no head'],
      ['{"troupe":"recording","version":2}\n', 'its version is 2, and this Troupe reads version 1'],
      ['{"troupe":"recording","version":1}\nnothing\n', 'Line 2: it is no JSON object'],
    ]) {
      await writeFile(file, text);
      const error = await rejection(replay(Till, file));
      expect(error).to.be.instanceOf(RecordingUnreadableError);
      expect(error.message).to.include(why);
    }
    expect((await rejection(replay(Till, join(folder, 'none')))).code).to.equal('ENOENT');
  });
});
