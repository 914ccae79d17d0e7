/** Locks and signals between threads. */
import { expect } from 'chai';
import {
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedEvent,
} from '../../core/queue/sync/index.js';
import { rejection } from '../support/quiet-system.js';
import { inThread } from './support/threads.js';

const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
const DIED = 'ERR_TROUPE_OWNER_DIED';
const LATE = 'ERR_TROUPE_WAIT_TIMEOUT';

describe('a Mutex', () => {
  it('lets one task in at a time, over all threads', async () => {
    const mutex = Mutex.create();
    const shared = cells();
    const threads = [1, 2].map(() => inThread('count', mutex, shared, 2000));
    for (let i = 0; i < 100; i++) {
      const guard = await mutex.acquire();
      shared[0]++;
      guard.release();
    }
    await Promise.all(threads.map(({ exit }) => exit));
    expect(shared[0]).to.equal(4100);
  });

  it('makes tasks of one thread wait for each other, and is released at the end of the block', async () => {
    const mutex = Mutex.create();
    const order: string[] = [];
    const task = async (name: string): Promise<void> => {
      using _guard = await mutex.acquire();
      order.push(`${name} in`);
      await new Promise(setImmediate);
      order.push(`${name} out`);
    };
    await Promise.all([task('a'), task('b')]);
    expect(order).to.deep.equal(['a in', 'a out', 'b in', 'b out']);
    expect(mutex.isLocked).to.equal(false);
  });

  it('gives up at the time limit or when aborted', async () => {
    const mutex = Mutex.create();
    const guard = await mutex.acquire();
    expect(mutex.tryAcquire()).to.equal(undefined);
    expect(await rejection(mutex.acquire({ timeoutMs: 5 }))).to.include({ code: LATE });
    const reason = new Error('enough');
    expect(await rejection(mutex.acquire({ signal: AbortSignal.abort(reason) }))).to.equal(reason);
    guard.release();
    guard.release();
    expect(mutex.tryAcquire()).not.to.equal(undefined);
  });

  it('tells the next owner, once, that the last one died', async () => {
    const mutex = Mutex.create();
    await inThread('holdAndDie', mutex).exit;
    expect(await rejection(mutex.acquire())).to.include({ code: DIED });
    expect(mutex.isLocked).to.equal(true);
    mutex.release();
    (await mutex.acquire()).release();
  });

  it('wakes who waits when the owner dies', async () => {
    const mutex = Mutex.create();
    const guard = await mutex.acquire();
    const dying = inThread('holdAndDie', mutex);
    guard.release();
    await dying.exit;
    expect(await rejection(mutex.acquire())).to.include({ code: DIED });
  });

  it('is released by its owner only, and does not block the main thread', () => {
    const mutex = Mutex.create();
    expect(() => mutex.release())
      .to.throw()
      .with.property('code', 'ERR_TROUPE_NOT_OWNER');
    expect(() => mutex.acquireSync())
      .to.throw()
      .with.property('code', 'ERR_TROUPE_SYNC_ON_MAIN_THREAD');
  });
});

describe('a Condition', () => {
  /** Waits until so many threads are in wait(): they count under the mutex, which wait() releases. */
  async function waiting(condition: Condition, ready: Int32Array, count: number): Promise<void> {
    for (;;) {
      const guard = await condition.mutex.acquire();
      const here = Atomics.load(ready, 0);
      guard.release();
      if (here === count) return;
      await new Promise(setImmediate);
    }
  }

  it('wakes as many as were notified', async () => {
    const condition = Condition.create(Mutex.create());
    const ready = cells();
    const threads = [1, 2, 3].map(() => inThread('waitForSignal', condition, ready));
    await waiting(condition, ready, 3);
    let guard = await condition.mutex.acquire();
    condition.notify();
    guard.release();
    expect(await Promise.race(threads.map(({ result }) => result))).to.equal('notified');
    guard = await condition.mutex.acquire();
    condition.notifyAll();
    guard.release();
    const results = await Promise.all(threads.map(({ result }) => result));
    expect(results).to.deep.equal(['notified', 'notified', 'notified']);
  });

  it('holds the mutex again after a wait, also after one that gave up', async () => {
    const condition = Condition.create(Mutex.create());
    const guard = await condition.mutex.acquire();
    expect(await rejection(condition.wait({ timeoutMs: 5 }))).to.include({ code: LATE });
    expect(condition.mutex.isLocked).to.equal(true);
    expect(await rejection(condition.waitFor(() => false, { timeoutMs: 5 }))).to.include({ code: LATE });
    guard.release();
  });

  it('leaves the notification to another when a waiter gave up or died', async () => {
    const condition = Condition.create(Mutex.create());
    const ready = cells();
    const dying = inThread('waitForSignal', condition, ready);
    await waiting(condition, ready, 1);
    const living = inThread('waitForSignal', condition, ready);
    await waiting(condition, ready, 2);
    await dying.worker.terminate();
    await dying.exit;
    const guard = await condition.mutex.acquire();
    condition.notify();
    guard.release();
    expect(await living.result).to.equal('notified');
  });

  it('does not let one who comes later take a notification away', async () => {
    const condition = Condition.create(Mutex.create());
    const { mutex } = condition;
    const order: string[] = [];
    const first = (async () => {
      using _guard = await mutex.acquire();
      await condition.wait();
      order.push('first');
    })();
    const guard = await mutex.acquire();
    condition.notify();
    const second = condition.wait({ timeoutMs: 20 }).catch(() => order.push('second gave up'));
    await second;
    guard.release();
    await first;
    expect(order).to.have.members(['first', 'second gave up']);
  });

  it('is used with its mutex held', async () => {
    const condition = Condition.create(Mutex.create());
    expect(() => condition.notify())
      .to.throw()
      .with.property('code', 'ERR_TROUPE_NOT_OWNER');
    expect(await rejection(condition.wait())).to.include({ code: 'ERR_TROUPE_NOT_OWNER' });
  });
});

describe('a Semaphore', () => {
  it('gives as many permits as it has, and those of the dead again', async () => {
    const semaphore = Semaphore.create(2);
    const first = await semaphore.acquire();
    await inThread('holdAndDie', semaphore).exit;
    expect(semaphore.available).to.equal(1);
    const second = await semaphore.acquire();
    expect(semaphore.tryAcquire()).to.equal(undefined);
    expect(await rejection(semaphore.acquire({ timeoutMs: 5 }))).to.include({ code: LATE });
    const waiting = semaphore.acquire();
    first.release();
    (await waiting).release();
    second.release();
    expect(semaphore.available).to.equal(2);
    expect(() => semaphore.release())
      .to.throw()
      .with.property('code', 'ERR_TROUPE_NOT_OWNER');
  });
});

describe('a SharedEvent', () => {
  it('lets all go on once it is set, until it is cleared', async () => {
    const event = SharedEvent.create();
    const threads = [1, 2].map(() => inThread('waitForEvent', event));
    const own = event.wait();
    event.set();
    await own;
    expect(await Promise.all(threads.map(({ result }) => result))).to.deep.equal([true, true]);
    event.clear();
    expect(event.isSet).to.equal(false);
    expect(await rejection(event.wait({ timeoutMs: 5 }))).to.include({ code: LATE });
  });
});

describe('a Barrier', () => {
  it('lets all go on when the last has come, again and again, and names one of them', async () => {
    const barrier = Barrier.create(3);
    const threads = [1, 2].map(() => inThread('meet', barrier, 20));
    let last = 0;
    for (let i = 0; i < 20; i++) if (await barrier.wait()) last++;
    const others = (await Promise.all(threads.map(({ result }) => result))) as number[];
    expect(last + others[0] + others[1]).to.equal(20);
  });

  it('breaks for all when one dies or gives up, and is mended by reset', async () => {
    const barrier = Barrier.create(2);
    await inThread('waitAtBarrierAndDie', barrier, cells()).exit;
    expect(barrier.isBroken).to.equal(true);
    expect(await rejection(barrier.wait())).to.include({ code: 'ERR_TROUPE_BROKEN_BARRIER' });
    barrier.reset();
    expect(await rejection(barrier.wait({ timeoutMs: 5 }))).to.include({ code: 'ERR_TROUPE_BROKEN_BARRIER' });
    expect(barrier.isBroken).to.equal(true);
    barrier.reset();
    await Promise.all([barrier.wait(), barrier.wait()]);
  });

  it('breaks for those who wait at abort and at reset', async () => {
    for (const end of ['abort', 'reset'] as const) {
      const barrier = Barrier.create(2);
      const waiting = rejection(barrier.wait());
      await new Promise(setImmediate);
      barrier[end]();
      expect(await waiting).to.include({ code: 'ERR_TROUPE_BROKEN_BARRIER' });
    }
  });
});

describe('a ReadWriteLock', () => {
  it('lets many read, and one write', async () => {
    const lock = ReadWriteLock.create();
    const [a, b] = [await lock.read(), await lock.read()];
    expect(await rejection(lock.write({ timeoutMs: 5 }))).to.include({ code: LATE });
    const writing = lock.write();
    a.release();
    b.release();
    const guard = await writing;
    expect(await rejection(lock.read({ timeoutMs: 5 }))).to.include({ code: LATE });
    guard.release();
    (await lock.read()).release();
  });

  it('excludes writers in all threads', async () => {
    const lock = ReadWriteLock.create();
    const shared = cells();
    await Promise.all([1, 2].map(() => inThread('count', lock, shared, 500).exit));
    expect(shared[0]).to.equal(1000);
  });

  it('frees what dead readers held, and tells the next writer that a writer died', async () => {
    const lock = ReadWriteLock.create();
    await inThread('holdAndDie', lock, 'readSync').exit;
    (await lock.write()).release();
    await inThread('holdAndDie', lock, 'writeSync').exit;
    expect(await rejection(lock.write())).to.include({ code: DIED });
    lock.releaseWrite();
    (await lock.write()).release();
  });
});
