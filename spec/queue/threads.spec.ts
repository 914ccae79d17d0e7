/** Shared queues between threads: nothing lost, nothing doubled, and whole whoever dies. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  SENTINEL,
  type Sentinel,
  SharedPriorityQueue,
  SharedQueue,
  SharedStack,
} from '../../core/queue/index.js';
import { inThread } from './support/threads.js';

const kinds = [SharedQueue, SharedPriorityQueue, SharedStack];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('queues between threads', () => {
  for (const Queue of kinds) {
    it(`${Queue.name}: every item arrives once, with several producers and consumers and little room`, async () => {
      const queue = Queue.create<number | Sentinel>({ maxItems: 3 });
      const takers = [inThread('takeUntilSentinel', queue), inThread('takeUntilSentinel', queue)];
      const putters = [upTo(300), upTo(600).slice(300)].map((items) => inThread('put', queue, items));
      await Promise.all(putters.map(({ exit }) => exit));
      await queue.put(SENTINEL);
      const taken = (await Promise.all(takers.map(({ result }) => result))).flat() as number[];
      expect(taken.sort((a, b) => a - b)).to.deep.equal(upTo(600));
      expect(queue.unfinished).to.equal(0);
    });

    it(`${Queue.name}: threads that put and take in turn end with what was put`, async () => {
      const queue = Queue.create<number>();
      const threads = [1, 2, 3].map((own) => inThread('mix', queue, own, 200));
      const sums = (await Promise.all(threads.map(({ result }) => result))) as number[];
      expect(sums.reduce((a, b) => a + b)).to.equal((1 + 2 + 3) * 200);
      expect(queue.size).to.equal(0);
    });
  }

  it('serve a main thread that waits on its event loop', async () => {
    const queue = SharedQueue.create<number>({ maxItems: 2 });
    const putter = inThread('put', queue, upTo(100));
    const taken: number[] = [];
    for (let n = 0; n < 100; n++) taken.push(await queue.get());
    expect(taken).to.deep.equal(upTo(100));
    expect(await putter.exit).to.equal(0);
  });

  it('end iterations in other threads at shutdown', async () => {
    const queue = SharedQueue.create<number>();
    const threads = [inThread('iterate', queue), inThread('iterate', queue)];
    for (const n of upTo(50)) await queue.put(n);
    queue.shutdown();
    const taken = (await Promise.all(threads.map(({ result }) => result))).flat() as number[];
    expect(taken.sort((a, b) => a - b)).to.deep.equal(upTo(50));
  });

  it('let a thread block until all is done', async () => {
    const queue = SharedQueue.create<number>();
    await queue.put(1);
    const joiner = inThread('joins', queue);
    await queue.get();
    queue.taskDone();
    expect(await joiner.result).to.equal(0);
  });
});

describe('the death of a thread', () => {
  it('counts what it had taken and not done as done, and says so', async () => {
    const queue = SharedQueue.create<number>();
    for (const n of upTo(3)) await queue.put(n);
    const joined = queue.join();
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await inThread('takeAndDie', queue, 2).exit;
    expect((await warned).message).to.contain('2 items of a SharedQueue');
    expect([queue.size, queue.unfinished]).to.deep.equal([1, 1]);
    await queue.get();
    queue.taskDone();
    await joined;
  });

  for (const Queue of kinds) {
    it(`${Queue.name}: puts what it had in hand back to the front with inFlight: 'retry'`, async () => {
      const queue = Queue.create<number>({ inFlight: 'retry' });
      for (const n of upTo(5)) await queue.put(n);
      await inThread('takeAndDie', queue, 3).exit;
      expect([queue.size, queue.unfinished]).to.deep.equal([5, 5]);
      const taken = upTo(5).map(() => queue.tryGet());
      const inOrder = Queue === SharedStack ? upTo(5).reverse() : upTo(5);
      expect(taken).to.deep.equal(inOrder);
      for (const _ of taken) queue.taskDone();
      await queue.join();
    });
  }

  it('wakes a main thread that waits for what comes back', async () => {
    const queue = SharedQueue.create<string>({ inFlight: 'retry' });
    await queue.put('again');
    const thread = inThread('takeAndDie', queue, 1);
    await thread.exit;
    expect(await queue.get()).to.equal('again');
  });

  for (const Queue of kinds) {
    it(`${Queue.name}: at any store of a put leaves it whole: the item is in it, or it is not`, async () => {
      const outcomes = new Set<number>();
      for (let n = 1, survived = false; !survived; n++) {
        const queue = Queue.create<string>();
        await queue.put('taken by the thread');
        await queue.put('before');
        survived = (await inThread('putAndDieAt', queue, 'during', n).result) === 'survived';
        await queue.put('after');
        outcomes.add(queue.size);
        queue.shutdown();
        const left: string[] = [];
        for await (const item of queue) left.push(item);
        const whole = left.filter((item) => item !== 'during' && item !== 'taken by the thread').sort();
        expect(whole.length, `store ${n}: ${left}`).to.be.within(1, 2);
        expect(left, `store ${n}`).to.include('after');
      }
      expect([...outcomes].sort()).to.deep.equal([2, 3]);
    });

    it(`${Queue.name}: at any store of a get leaves it whole, and no item is lost with 'retry'`, async () => {
      for (let n = 1, survived = false; !survived; n++) {
        const queue = Queue.create<number>({ inFlight: 'retry' });
        for (const item of upTo(3)) await queue.put(item);
        survived = (await inThread('takeAndDieAt', queue, n).result) === 'survived';
        expect([queue.size, queue.unfinished], `store ${n}`).to.deep.equal([3, 3]);
        const taken = upTo(3).map(() => queue.tryGet());
        expect(taken, `store ${n}`).to.deep.equal(Queue === SharedStack ? upTo(3).reverse() : upTo(3));
      }
    });
  }
});

describe('a thread whose death would go unnoticed', () => {
  const entrance = new URL('../../core/queue/index.js', import.meta.url).href;
  const run = (program: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  const worker = `new Worker(\`
    const { parentPort } = require('node:worker_threads');
    parentPort.once('message', async (handle) => {
      const { SharedQueue } = await import('${entrance}');
      try { await SharedQueue.attach(handle).put('hello'); } catch (error) { parentPort.postMessage(error.code); }
      parentPort.close();
    });\`, { eval: true, execArgv: [] })`;

  it('is refused, with a word on how to make it known', async () => {
    const { stdout } = await run(`
      import { Worker } from 'node:worker_threads';
      const worker = ${worker};
      // Node announces a new worker a tick later: one that runs already was announced to nobody.
      await new Promise((resolve) => worker.once('online', resolve));
      const { SharedQueue } = await import('${entrance}');
      worker.on('message', console.log);
      worker.postMessage(SharedQueue.create().handle);`);
    expect(stdout.trim()).to.equal('ERR_TROUPE_THREAD_NOT_TRACKED');
  });

  it('is welcome once it was given to trackWorker', async () => {
    const { stdout } = await run(`
      import { Worker } from 'node:worker_threads';
      const worker = ${worker};
      const { SharedQueue, trackWorker } = await import('${entrance}');
      trackWorker(worker);
      const queue = SharedQueue.create();
      worker.on('message', console.log);
      worker.postMessage(queue.handle);
      console.log(await queue.get());`);
    expect(stdout.trim()).to.equal('hello');
  });
});
