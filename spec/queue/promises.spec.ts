/** What the page on queues and the contract promise and no other spec here holds. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ItemTooLargeError } from '../../core/errors.js';
import { SharedPriorityQueue, SharedQueue, SharedStack } from '../../core/queue/index.js';
import { Barrier, Mutex, ReadWriteLock, Semaphore, SharedEvent } from '../../core/queue/sync/index.js';
import { eventually } from '../support/eventually.js';
import { rejection } from '../support/quiet-system.js';
import { inThread } from './support/threads.js';

const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const Queue of [SharedQueue, SharedPriorityQueue, SharedStack]) {
  describe(`a ${Queue.name}`, () => {
    it('says how large an item is and how large it may be', async () => {
      const queue = Queue.create<string>({ maxBytes: 1001 });
      const error = (await rejection(queue.put('x'.repeat(2000)))) as unknown as ItemTooLargeError;
      expect(error).to.be.instanceOf(ItemTooLargeError);
      expect(error.maxBytes).to.equal(1001);
      expect(error.bytes).to.be.within(2000, 2020);
      expect(error.message).to.contain('1001 bytes').and.contain(`${error.bytes} bytes`);
      expect(() => queue.tryPut('x'.repeat(2000))).to.throw(ItemTooLargeError);
      expect(queue.size).to.equal(0);
    });

    it('is full when its bytes are used up', async () => {
      const queue = Queue.create<number>({ maxBytes: 8 });
      while (queue.tryPut(1));
      expect([queue.isFull, queue.isEmpty]).to.deep.equal([true, false]);
      queue.tryGet();
      expect(queue.isFull).to.equal(false);
    });

    it("lets nobody but the taker call an item done with inFlight: 'retry'", async () => {
      const queue = Queue.create<number>({ inFlight: 'retry' });
      queue.tryPut(1);
      queue.tryPut(2);
      const [here, flag] = [cells(), cells()];
      const thread = inThread('takeAndSpin', queue, here, flag);
      await eventually(
        () => Atomics.load(here, 0),
        (it) => it === 1,
      );
      expect(() => queue.taskDone())
        .to.throw(/has no item in hand/)
        .with.property('code', 'ERR_TROUPE_TASK_DONE_CALLED_TOO_OFTEN');
      expect([queue.size, queue.unfinished]).to.deep.equal([1, 2]);
      Atomics.store(flag, 0, 1);
      await thread.exit;
      expect([queue.size, queue.unfinished]).to.deep.equal([2, 2]);
    });

    it('takes back any number of items of a dead consumer', async () => {
      const queue = Queue.create<number>({ inFlight: 'retry' });
      const count = 20_000;
      for (const n of upTo(count)) queue.tryPut(n);
      await inThread('takeAndDie', queue, count).exit;
      expect([queue.size, queue.unfinished]).to.deep.equal([count, count]);
      const taken = upTo(count).map(() => queue.tryGet());
      expect(taken).to.deep.equal(Queue === SharedStack ? upTo(count).reverse() : upTo(count));
    });

    it('refuses a wrong handle with what it was given', () => {
      const { handle } = Queue.create();
      const wrong = new TypeError().constructor as ErrorConstructor;
      const attach = (given: unknown) => () => Queue.attach(given as never);
      expect(attach(7)).to.throw(wrong, 'but got 7');
      expect(attach(null)).to.throw(wrong, 'but got null');
      expect(attach({ jobs: handle })).to.throw(wrong, 'but got { jobs:');
      expect(attach(Queue.create())).to.throw(wrong, 'give it its .handle');
      expect(attach(Mutex.create().handle)).to.throw(wrong, 'that of a Mutex: use Mutex.attach()');
      expect(attach({ ...handle, kind: 'Que' })).to.throw(wrong, "kind: 'Que'");
      expect(attach({ ...handle, at: -1 })).to.throw(wrong, 'at: -1');
      expect(attach({ ...handle, at: 1e9 })).to.throw(wrong, 'at: 1000000000');
      expect(attach({ ...handle, generation: 'x' })).to.throw(wrong, "generation: 'x'");
      expect(attach({ ...handle, buffer: new SharedArrayBuffer(64) })).to.throw(wrong, 'no arena');
    });

    it('names the call that waits on the event loop where a blocking one is refused', () => {
      const queue = Queue.create<number>();
      expect(() => queue.getSync()).to.throw(/await get\(\)/);
      expect(() => queue.putSync(1)).to.throw(/await put\(\)/);
      expect(() => queue.joinSync()).to.throw(/await join\(\)/);
      expect([queue.size, queue.unfinished]).to.deep.equal([0, 0]);
    });
  });
}

describe('a handle', () => {
  it('reaches a worker by postMessage as it does in workerData', async () => {
    const entrance = new URL('../../core/queue/index.js', import.meta.url).href;
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       parentPort.once('message', async ({ jobs }) => {
         const { SharedQueue } = await import('${entrance}');
         SharedQueue.attach(jobs).putSync('hello');
         parentPort.close();
       });`,
      { eval: true, execArgv: [] },
    );
    const queue = SharedQueue.create<string>();
    worker.postMessage({ jobs: queue.handle });
    expect(await queue.get()).to.equal('hello');
    await once(worker, 'exit');
  });
});

describe('the locks on the main thread', () => {
  it('name the call that waits on the event loop, and have changed nothing', async () => {
    const [mutex, semaphore, event] = [Mutex.create(), Semaphore.create(1), SharedEvent.create()];
    const [barrier, lock] = [Barrier.create(1), ReadWriteLock.create()];
    expect(() => mutex.acquireSync()).to.throw(/await acquire\(\)/);
    expect(() => semaphore.acquireSync()).to.throw(/await acquire\(\)/);
    expect(() => event.waitSync()).to.throw(/await wait\(\)/);
    expect(() => barrier.waitSync()).to.throw(/await wait\(\)/);
    expect(() => lock.readSync()).to.throw(/await read\(\)/);
    expect(() => lock.writeSync()).to.throw(/await write\(\)/);
    expect([mutex.isLocked, semaphore.available, barrier.isBroken]).to.deep.equal([false, 1, false]);
    (await lock.read()).release();
  });
});

describe('a semaphore that counts', () => {
  it('begins at 0, and has what any thread adds', async () => {
    const semaphore = Semaphore.create(0);
    const waiting = [semaphore.acquire(), semaphore.acquire()];
    semaphore.add(3);
    await Promise.all(waiting);
    expect(semaphore.available).to.equal(1);
    for (const count of [0, -1, 1.5, 2 ** 31]) {
      expect(() => semaphore.add(count))
        .to.throw(/count/)
        .with.property('code', 'ERR_TROUPE_OPTION_OUT_OF_RANGE');
    }
  });
});

describe('a barrier', () => {
  it('tells a thread that slept through it that its meeting was reset, also after other meetings', async () => {
    for (const meetings of [0, 1, 5, 40]) {
      const barrier = Barrier.create(2);
      const waiting = rejection(barrier.wait());
      barrier.reset();
      // Both of a meeting come without a turn of the event loop: nobody has looked in between.
      const others = upTo(meetings * 2).map(() => barrier.wait());
      expect(await waiting).to.include({ code: 'ERR_TROUPE_BROKEN_BARRIER' });
      await Promise.all(others);
    }
  });

  it('lets a thread go on that slept through many meetings after its own', async () => {
    const barrier = Barrier.create(2);
    const early = [barrier.wait(), barrier.wait()];
    const others = upTo(80).map(() => barrier.wait());
    expect(await Promise.all(early)).to.have.members([true, false]);
    await Promise.all(others);
  });

  it('checks a time limit before it counts one in', async () => {
    const barrier = Barrier.create(2);
    expect(await rejection(barrier.wait({ timeoutMs: -1 }))).to.include({
      code: 'ERR_TROUPE_OPTION_OUT_OF_RANGE',
    });
    const reason = new Error('enough');
    expect(await rejection(barrier.wait({ signal: AbortSignal.abort(reason) }))).to.equal(reason);
    expect([barrier.waiting, barrier.isBroken]).to.deep.equal([0, false]);
  });
});
