/** Queues and locks that are given back: their memory, and whoever uses them still. */
import { expect } from 'chai';
import { type Granule, wordOf } from '../../core/memory/layout.js';
import { SharedPriorityQueue, SharedQueue, SharedStack } from '../../core/queue/index.js';
import {
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedEvent,
} from '../../core/queue/sync/index.js';
import { Flag, Structure } from '../../core/queue/user/layout.js';
import { ownSpace } from '../../core/queue/user/space.js';
import { eventually } from '../support/eventually.js';
import { rejection } from '../support/quiet-system.js';
import { inThread } from './support/threads.js';

const DISPOSED = 'ERR_TROUPE_DISPOSED';
const kinds = [SharedQueue, SharedPriorityQueue, SharedStack];
const cells = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
const bytesInUse = (): number => ownSpace().arena.bytesInUse;

/** A call of each of these waits; and what there is of each without waiting. */
const waits: [string, () => { dispose(): void }, string, unknown[]][] = [
  ...kinds.flatMap((Queue): [string, () => { dispose(): void }, string, unknown[]][] => [
    [Queue.name, () => Queue.create(), 'get', []],
    [Queue.name, () => Queue.create(), 'getSync', []],
    [Queue.name, () => filled(Queue.create<number>({ maxItems: 1 })), 'put', [1]],
    [Queue.name, () => filled(Queue.create<number>({ maxItems: 1 })), 'putSync', [1]],
    [Queue.name, () => filled(Queue.create<number>()), 'join', []],
    [Queue.name, () => filled(Queue.create<number>()), 'joinSync', []],
  ]),
  ...['acquire', 'acquireSync'].flatMap((call): [string, () => { dispose(): void }, string, unknown[]][] => [
    ['Mutex', () => held(Mutex.create()), call, []],
    ['Semaphore', () => Semaphore.create(0), call, []],
  ]),
  ...['wait', 'waitSync'].flatMap((call): [string, () => { dispose(): void }, string, unknown[]][] => [
    ['SharedEvent', () => SharedEvent.create(), call, []],
    ['Barrier', () => Barrier.create(2), call, []],
  ]),
  ...['read', 'readSync', 'write', 'writeSync'].map(
    (call): [string, () => { dispose(): void }, string, unknown[]] => [
      'ReadWriteLock',
      () => written(ReadWriteLock.create()),
      call,
      [],
    ],
  ),
];

function filled<Q extends { tryPut(item: number): boolean }>(queue: Q): Q {
  queue.tryPut(0);
  return queue;
}
function held(mutex: Mutex): Mutex {
  mutex.tryAcquire();
  return mutex;
}
function written(lock: ReadWriteLock): ReadWriteLock {
  lock.tryWrite();
  return lock;
}

/** Locks, up to the one that lies where another structure has lain. */
function madeUntilAt(at: number): Mutex[] {
  const made: Mutex[] = [];
  do made.push(Mutex.create());
  while (made.at(-1)?.handle.at !== at && made.length < 10_000);
  expect(made.at(-1)?.handle.at).to.equal(at);
  return made;
}

describe('a queue or lock that is disposed of', () => {
  for (const Queue of kinds) {
    it(`${Queue.name}: gives back all that it had, also what consumers keep in hand`, async () => {
      // Once before: what is made at the first use stays.
      for (let round = 0; round < 3; round++) {
        const queue = Queue.create<string>({ inFlight: 'retry' });
        const before = bytesInUse();
        for (let n = 0; n < 100; n++) await queue.put('x'.repeat(n * 20));
        await inThread('take', queue, 10).exit;
        for (let n = 0; n < 10; n++) await queue.get();
        expect(bytesInUse()).to.be.greaterThan(before + 50_000);
        queue.dispose();
        expect(bytesInUse()).to.equal(before);
      }
    });

    it(`${Queue.name}: answers every call with an error that names it`, async () => {
      const queue = Queue.create<number>();
      await queue.put(1);
      queue.dispose();
      queue.dispose();
      expect(queue.isDisposed).to.equal(true);
      for (const call of [() => queue.put(1), () => queue.get(), () => queue.join()]) {
        expect(await rejection(call())).to.include({ code: DISPOSED, kind: Queue.name });
      }
      const calls = [
        () => queue.tryPut(1),
        () => queue.tryGet(),
        () => queue.taskDone(),
        () => queue.shutdown(),
        () => queue.size,
        () => queue.isEmpty,
        () => queue.isFull,
        () => queue.unfinished,
        () => queue.isShutDown,
        () => queue.maxItems,
        () => Queue.attach(queue.handle as never),
      ];
      for (const call of calls) expect(call, String(call)).to.throw().with.property('code', DISPOSED);
      expect(await rejection(queue[Symbol.asyncIterator]().next())).to.include({ code: DISPOSED });
    });
  }

  it('answers every call of a lock with an error', async () => {
    const mutex = Mutex.create();
    const guard = await mutex.acquire();
    const condition = Condition.create(mutex);
    mutex.dispose();
    expect(() => guard.release())
      .to.throw()
      .with.property('code', DISPOSED);
    expect(() => mutex.isLocked)
      .to.throw()
      .with.property('code', DISPOSED);
    expect(() => condition.notify())
      .to.throw()
      .with.property('code', DISPOSED);
    expect(await rejection(condition.wait())).to.include({ code: DISPOSED, kind: 'Mutex' });
    const event = SharedEvent.create();
    event.dispose();
    expect(() => event.set())
      .to.throw()
      .with.property('code', DISPOSED);
    const barrier = Barrier.create(1);
    barrier.dispose();
    expect(() => barrier.abort())
      .to.throw()
      .with.property('code', DISPOSED);
    expect(await rejection(barrier.wait())).to.include({ code: DISPOSED });
  });

  for (const [name, make, call, args] of waits) {
    it(`${name}: ends a ${call} of another thread that waits at that moment`, async () => {
      const target = make();
      const here = cells();
      const thread = inThread('outcome', target, here, call, ...args);
      await eventually(
        () => Atomics.load(here, 0),
        (it) => it === 1,
      );
      target.dispose();
      expect(await thread.result).to.equal(DISPOSED);
    });
  }

  it('ends the waits of the thread that disposes of it', async () => {
    const queue = SharedQueue.create<number>({ maxItems: 1 });
    const get = rejection(queue.get());
    const event = SharedEvent.create();
    const wait = rejection(event.wait());
    queue.dispose();
    event.dispose();
    expect(await get).to.include({ code: DISPOSED });
    expect(await wait).to.include({ code: DISPOSED });
  });

  it('can be given up by a thread that waits, without an error from nowhere', async () => {
    const queue = SharedQueue.create<number>();
    const controller = new AbortController();
    const get = rejection(queue.get({ signal: controller.signal }));
    queue.dispose();
    controller.abort(new Error('enough'));
    expect(await get).to.be.instanceOf(Error);
  });

  it('is not mistaken for what is made in its place', async () => {
    const old = SharedQueue.create<number>();
    await old.put(1);
    const { handle } = old;
    const here = cells();
    const thread = inThread('outcome', old, here, 'join');
    await eventually(
      () => Atomics.load(here, 0),
      (it) => it === 1,
    );
    old.dispose();
    // Its place is free when who waits has left, in its own time.
    const others: Mutex[] = [];
    while (others.at(-1)?.handle.at !== handle.at) {
      if (others.length % 100 === 0) await new Promise(setImmediate);
      others.push(Mutex.create());
    }
    expect(await thread.result).to.equal(DISPOSED);
    expect(() => SharedQueue.attach(handle))
      .to.throw()
      .with.property('code', DISPOSED);
    expect(await rejection(old.get())).to.include({ code: DISPOSED });
    expect(others.filter((other) => other.isDisposed)).to.deep.equal([]);
  });

  it('leaves alone what lies in its place by then, also when that is just being disposed of', () => {
    const old = SharedQueue.create<number>();
    old.dispose();
    madeUntilAt(old.handle.at);
    const { i32 } = ownSpace().arena;
    const base = wordOf(old.handle.at as Granule);
    const before = i32[base + Structure.KIND];
    i32[base + Structure.FLAGS] = Flag.DISPOSED;
    // As one does who comes late: it knows how queues are taken apart, and nothing of locks.
    expect(old.bury(1000)).to.equal(true);
    expect(i32[base + Structure.KIND]).to.equal(before);
    i32[base + Structure.FLAGS] = 0;
  });

  it('takes no more memory however many are made and disposed of', async () => {
    const round = async (): Promise<void> => {
      const [queue, mutex] = [SharedPriorityQueue.create<number>(), Mutex.create()];
      await queue.put(1);
      (await mutex.acquire()).release();
      queue.dispose();
      mutex.dispose();
    };
    await round();
    const before = bytesInUse();
    for (let n = 0; n < 1000; n++) await round();
    expect(bytesInUse()).to.equal(before);
  });

  for (const Queue of kinds) {
    it(`${Queue.name}: is given back as a whole, at whatever store the thread dies that does it`, async () => {
      const { i32 } = ownSpace().arena;
      let deaths = 0;
      for (let n = 1, survived = false; !survived; n += 2, deaths++) {
        const queue = Queue.create<string>({ inFlight: 'retry' });
        const before = bytesInUse();
        for (const item of ['a', 'b', 'c']) await queue.put(item.repeat(1000));
        survived = (await inThread('callAndDieAt', queue, n, 'dispose').result) === 'survived';
        // Either it had not begun, or the thread that buries it goes on in its place.
        if (!queue.isDisposed) queue.dispose();
        const kind = wordOf(queue.handle.at as Granule) + Structure.KIND;
        await eventually(
          () => i32[kind],
          (it) => it === 0,
        );
        // What it had in hand when it died may be counted twice, or not at all.
        expect(Math.abs(bytesInUse() - before), `store ${n}`).to.be.lessThan(3000);
      }
      expect(deaths).to.be.greaterThan(5);
    });
  }
});
