/** The end of a queue as in Python 3.13: who is woken, what is thrown away, when join returns. */
import { expect } from 'chai';
import {
  SENTINEL,
  type Sentinel,
  SharedPriorityQueue,
  SharedQueue,
  SharedStack,
} from '../../core/queue/index.js';
import { eventually } from '../support/eventually.js';
import { rejection } from '../support/quiet-system.js';
import { inThread } from './support/threads.js';

const SHUT_DOWN = 'ERR_TROUPE_QUEUE_SHUT_DOWN';
const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** Threads that are at these calls. */
async function at(queue: unknown, ...calls: [string, ...unknown[]][]) {
  const threads = [];
  for (const [call, ...args] of calls) {
    const here = cells();
    threads.push(inThread('outcome', queue, here, call, ...args));
    await eventually(
      () => Atomics.load(here, 0),
      (it) => it === 1,
    );
  }
  return threads;
}

for (const Queue of [SharedQueue, SharedPriorityQueue, SharedStack]) {
  describe(`the shutdown of a ${Queue.name}`, () => {
    it('wakes those who block in other threads: putters and getters are refused', async () => {
      const full = Queue.create<number>({ maxItems: 1 });
      full.tryPut(0);
      const putters = await at(full, ['putSync', 1], ['put', 2]);
      full.shutdown();
      for (const { result } of putters) expect(await result).to.equal(SHUT_DOWN);
      expect([full.size, full.tryGet()]).to.deep.equal([1, 0]);
      const empty = Queue.create<number>();
      const getters = await at(empty, ['getSync'], ['get']);
      empty.shutdown();
      for (const { result } of getters) expect(await result).to.equal(SHUT_DOWN);
    });

    it('keeps join waiting until everything taken was reported done', async () => {
      const queue = Queue.create<number>();
      for (const n of [1, 2]) queue.tryPut(n);
      const [{ result }] = await at(queue, ['joinSync']);
      let joined = false;
      const join = queue.join().then(() => {
        joined = true;
      });
      queue.shutdown();
      await queue.get();
      queue.taskDone();
      await queue.get();
      await eventually(
        () => queue.unfinished,
        (unfinished) => unfinished === 1,
      );
      expect(joined).to.equal(false);
      queue.taskDone();
      await join;
      expect(await result).to.equal(undefined);
    });

    it('throws away at once with immediate, counts it as done, and still waits for what was taken', async () => {
      const queue = Queue.create<number>();
      for (const n of [1, 2, 3, 4]) queue.tryPut(n);
      queue.tryGet();
      queue.shutdown({ immediate: true });
      expect([queue.size, queue.unfinished]).to.deep.equal([0, 1]);
      expect(() => queue.tryGet())
        .to.throw()
        .with.property('code', SHUT_DOWN);
      const join = queue.join();
      expect(await rejection(queue.join({ timeoutMs: 0 }))).to.include({ code: 'ERR_TROUPE_WAIT_TIMEOUT' });
      queue.taskDone();
      await join;
    });

    it('may become immediate, and may be called again and after a sentinel', async () => {
      const queue = Queue.create<number | Sentinel>();
      queue.tryPut(1);
      queue.tryPut(SENTINEL);
      queue.shutdown();
      queue.shutdown();
      expect(queue.size).to.equal(1);
      queue.shutdown({ immediate: true });
      expect([queue.size, queue.unfinished]).to.deep.equal([0, 0]);
      expect(await rejection(queue.put(SENTINEL))).to.include({ code: SHUT_DOWN });
    });

    it('is finished by others when the thread that throws away dies at any store', async () => {
      const outcomes = new Set<number>();
      for (let n = 1, survived = false; !survived; n += 2) {
        const queue = Queue.create<number>();
        await queue.join();
        for (const item of [1, 2, 3]) queue.tryPut(item);
        const thread = inThread('callAndDieAt', queue, n, 'shutdown', { immediate: true });
        survived = (await thread.result) === 'survived';
        // The thread takes one first, which ends with it; then either nothing has happened, or all of it.
        const { size, isShutDown } = queue;
        outcomes.add(size);
        expect([size, queue.unfinished], `store ${n}`).to.deep.equal(isShutDown ? [0, 0] : [2, 2]);
        if (isShutDown) await queue.join();
      }
      expect([...outcomes].sort()).to.deep.equal([0, 2]);
    });

    it('does not bring back what a dead consumer had when it was immediate', async () => {
      const queue = Queue.create<number>({ inFlight: 'retry' });
      for (const n of [1, 2, 3]) queue.tryPut(n);
      const here = cells();
      const flag = cells();
      const away = inThread('takeAndSpin', queue, here, flag);
      await eventually(
        () => Atomics.load(here, 0),
        (it) => it === 1,
      );
      queue.shutdown({ immediate: true });
      expect(queue.unfinished).to.equal(1);
      const join = queue.join();
      await away.worker.terminate();
      await away.exit;
      await join;
      expect(queue.size).to.equal(0);
    });
  });
}

describe('the sentinel', () => {
  it('is refused by no full queue, and ends the waits of putters and getters in other threads', async () => {
    const queue = SharedQueue.create<number | Sentinel>({ maxItems: 1 });
    queue.tryPut(1);
    const putters = await at(queue, ['put', 2], ['putSync', 3]);
    expect(queue.tryPut(SENTINEL)).to.equal(true);
    for (const { result } of putters) expect(await result).to.equal(SHUT_DOWN);
    expect([queue.tryGet(), queue.tryGet()]).to.deep.equal([1, SENTINEL]);
  });

  it('reaches every consumer, though one that had got it has died', async () => {
    const queue = SharedQueue.create<number | Sentinel>();
    const takers = [1, 2].map(() => inThread('takeUntilSentinel', queue));
    const dying = inThread('takeAndDie', queue, 1);
    await queue.put(SENTINEL);
    await dying.exit;
    expect(await Promise.all(takers.map(({ result }) => result))).to.deep.equal([[], []]);
    expect(await queue.get()).to.equal(SENTINEL);
  });
});
