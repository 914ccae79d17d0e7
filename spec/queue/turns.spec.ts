/** Who is served first: among the threads that wait for an item, or for room. */
import { expect } from 'chai';
import { SharedPriorityQueue, SharedQueue, SharedStack } from '../../core/queue/index.js';
import { Patience } from '../../core/queue/user/line.js';
import { eventually } from '../support/eventually.js';
import { rejection } from '../support/quiet-system.js';
import { inThread } from './support/threads.js';

const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** Under load a thread may come late when it is called: here the others wait for it. */
const patient = (): void => {
  const { calledMs } = Patience;
  before(() => {
    Patience.calledMs = 60_000;
  });
  after(() => {
    Patience.calledMs = calledMs;
  });
};

/** Plays a scene up to its wait: from then on its thread stands in line. */
async function inLine(scene: Parameters<typeof inThread>[0], target: unknown, ...args: unknown[]) {
  const here = cells();
  const thread = inThread(scene, target, here, ...args);
  await eventually(
    () => Atomics.load(here, 0),
    (it) => it === 1,
  );
  return thread;
}

for (const Queue of [SharedQueue, SharedPriorityQueue, SharedStack]) {
  describe(`the threads that wait at a ${Queue.name}`, () => {
    patient();

    it('get items in the order in which they came', async () => {
      const queue = Queue.create<number>();
      const threads = [];
      for (let n = 0; n < 3; n++) threads.push(await inLine('getInLine', queue));
      for (const [n, thread] of threads.entries()) {
        await queue.put(n);
        expect(await thread.result).to.equal(n);
      }
    });

    it('get room in the order in which they came', async () => {
      const queue = Queue.create<string>({ maxItems: 1 });
      queue.tryPut('first');
      const threads = [];
      for (const name of ['a', 'b', 'c']) threads.push(await inLine('putInLine', queue, name));
      const taken = [];
      for (let n = 0; n < 4; n++) taken.push(await queue.get());
      expect(taken).to.deep.equal(['first', 'a', 'b', 'c']);
      await Promise.all(threads.map(({ exit }) => exit));
    });

    it('are not overtaken by one who comes later', async () => {
      const queue = Queue.create<number>();
      const thread = await inLine('getInLine', queue);
      await queue.put(1);
      expect(queue.tryGet()).to.equal(undefined);
      expect(await thread.result).to.equal(1);
      const full = Queue.create<number>({ maxItems: 1 });
      full.tryPut(1);
      const putter = await inLine('putInLine', full, 2);
      expect(await full.get()).to.equal(1);
      expect(full.tryPut(3)).to.equal(false);
      expect(await putter.result).to.equal('put');
      expect(await full.get()).to.equal(2);
    });

    it('leave to others what is more than they wait for', async () => {
      const queue = Queue.create<number>();
      const flag = cells();
      const away = await inLine('getInLineAndSpin', queue, flag);
      queue.tryPut(1);
      queue.tryPut(2);
      const got = queue.tryGet();
      expect(got).to.be.a('number');
      expect(queue.tryGet()).to.equal(undefined);
      Atomics.store(flag, 0, 1);
      expect(await away.result).to.equal(3 - (got as number));
    });

    it('do not wait for one that is called and does not come', async () => {
      Patience.calledMs = 10;
      const queue = Queue.create<number>();
      const flag = cells();
      const away = await inLine('getInLineAndSpin', queue, flag);
      const behind = await inLine('getInLine', queue);
      await queue.put(1);
      expect(await behind.result).to.equal(1);
      await queue.put(2);
      expect(await queue.get()).to.equal(2);
      // Back again, it has kept its place.
      Atomics.store(flag, 0, 1);
      await queue.put(3);
      expect(await away.result).to.equal(3);
      Patience.calledMs = 60_000;
    });

    it('go on when those in front of them give up, or die', async () => {
      const queue = Queue.create<number>({ maxItems: 1 });
      const controller = new AbortController();
      const given = rejection(queue.get({ signal: controller.signal }));
      const dying = await inLine('getInLineAndSpin', queue, cells());
      const behind = await inLine('getInLine', queue);
      controller.abort();
      await given;
      await dying.worker.terminate();
      await dying.exit;
      await queue.put(1);
      expect(await behind.result).to.equal(1);
      // Nobody is in line any more.
      await queue.put(2);
      expect(await queue.get()).to.equal(2);
    });

    it('get their share beside one that grabs all it can', async () => {
      const queue = Queue.create<number>();
      const flag = cells();
      const grabber = inThread('grabAll', queue, flag);
      const putter = inThread(
        'put',
        queue,
        Array.from({ length: 20_000 }, (_, n) => n + 1),
      );
      for (let n = 0; n < 20; n++) await queue.get();
      await putter.exit;
      await eventually(() => queue.isEmpty, Boolean);
      Atomics.store(flag, 0, 1);
      expect(await grabber.result).to.equal(20_000 - 20);
    });

    it('may be tasks and a blocking call of one thread, and each gets an item', async () => {
      const queue = Queue.create<number>();
      const thread = inThread('getTwice', queue);
      await queue.put(1);
      await queue.put(2);
      expect(((await thread.result) as number[]).sort()).to.deep.equal([1, 2]);
    });
  });
}

describe('a large item that waits for room', () => {
  patient();

  it('is not starved by small ones that would fit', async () => {
    const queue = SharedQueue.create<string>({ maxBytes: 1000 });
    queue.tryPut('x'.repeat(400));
    const large = await inLine('putInLine', queue, 'y'.repeat(930));
    expect(queue.tryPut('z'.repeat(100))).to.equal(false);
    const small = await inLine('putInLine', queue, 'z'.repeat(100));
    expect((await queue.get()).length).to.equal(400);
    expect(await large.result).to.equal('put');
    expect((await queue.get()).length).to.equal(930);
    expect(await small.result).to.equal('put');
  });
});
