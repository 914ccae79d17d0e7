/** Shared queues within one thread: order, limits, time-outs, the end. */
import { expect } from 'chai';
import {
  SENTINEL,
  type Sentinel,
  SharedPriorityQueue,
  SharedQueue,
  SharedStack,
} from '../../core/queue/index.js';
import { rejection } from '../support/quiet-system.js';

async function drain<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

for (const Queue of [SharedQueue, SharedPriorityQueue, SharedStack]) {
  describe(`a ${Queue.name}`, () => {
    it('is empty at first: tryGet gives undefined, get waits', async () => {
      const queue = Queue.create<number>();
      expect([queue.size, queue.isEmpty, queue.isFull, queue.unfinished]).to.deep.equal([0, true, false, 0]);
      expect(queue.maxItems).to.equal(Number.POSITIVE_INFINITY);
      expect(queue.tryGet()).to.equal(undefined);
      const item = queue.get();
      await queue.put(7);
      expect(await item).to.equal(7);
    });

    it('gives back what structured clone gives back', async () => {
      const queue = Queue.create<unknown>();
      const item = {
        when: new Date(5),
        tags: new Set(['a']),
        bytes: Buffer.from('hi'),
        big: 2n ** 70n,
        none: undefined,
      };
      await queue.put(item);
      expect(await queue.get()).to.deep.equal(item);
      await queue.put(undefined);
      expect(await queue.get()).to.equal(undefined);
    });

    it('refuses what cannot travel with the path to it', async () => {
      const queue = Queue.create<unknown>();
      const error = await rejection(queue.put({ a: { f: () => 1 } }));
      expect(error).to.include({ code: 'ERR_TROUPE_MESSAGE_NOT_SERIALIZABLE' });
      expect((error as Error).message).to.contain('item.a.f');
      expect(() => queue.tryPut(new SharedArrayBuffer(8))).to.throw(/SharedArrayBuffer/);
      expect(queue.size).to.equal(0);
    });

    it('is full at maxItems: tryPut is false, put waits for room', async () => {
      const queue = Queue.create<number>({ maxItems: 1 });
      expect(queue.tryPut(1)).to.equal(true);
      expect([queue.isFull, queue.maxItems, queue.tryPut(2)]).to.deep.equal([true, 1, false]);
      const put = queue.put(2);
      expect(await queue.get()).to.equal(1);
      await put;
      expect(await queue.get()).to.equal(2);
    });

    it('counts bytes against maxBytes, and refuses what could never fit', async () => {
      const queue = Queue.create<string>({ maxBytes: 1000 });
      await queue.put('x'.repeat(600));
      expect(queue.tryPut('y'.repeat(600))).to.equal(false);
      expect(queue.tryPut('y'.repeat(300))).to.equal(true);
      expect(await rejection(queue.put('z'.repeat(1001)))).to.include({ code: 'ERR_TROUPE_ITEM_TOO_LARGE' });
    });

    it('takes an item of some megabytes', async () => {
      const queue = Queue.create<Buffer>();
      const item = Buffer.alloc(5_000_000, 'troupe');
      await queue.put(item);
      expect(item.equals(await queue.get())).to.equal(true);
    });

    it('gives up at the time limit', async () => {
      const queue = Queue.create<number>({ maxItems: 1 });
      expect(await rejection(queue.get({ timeoutMs: 0 }))).to.include({ code: 'ERR_TROUPE_QUEUE_EMPTY' });
      expect(await rejection(queue.get({ timeoutMs: 5 }))).to.include({ code: 'ERR_TROUPE_QUEUE_EMPTY' });
      await queue.put(1);
      expect(await rejection(queue.put(2, { timeoutMs: 5 }))).to.include({ code: 'ERR_TROUPE_QUEUE_FULL' });
      expect(await rejection(queue.join({ timeoutMs: 5 }))).to.include({ code: 'ERR_TROUPE_WAIT_TIMEOUT' });
      expect(queue.size).to.equal(1);
    });

    it('gives up when the signal is aborted, with its reason, and has changed nothing', async () => {
      const queue = Queue.create<number>();
      const controller = new AbortController();
      const get = queue.get({ signal: controller.signal });
      const later = queue.get();
      controller.abort(new Error('no more'));
      expect((await rejection(get)) as Error).to.have.property('message', 'no more');
      expect(await rejection(queue.get({ signal: controller.signal }))).to.have.property(
        'message',
        'no more',
      );
      await queue.put(3);
      expect(await later).to.equal(3);
    });

    it('serves those who wait in their order', async () => {
      const queue = Queue.create<number>();
      const order: number[] = [];
      const gets = [0, 1, 2].map((n) => queue.get().then(() => order.push(n)));
      for (let n = 0; n < 3; n++) await queue.put(n);
      await Promise.all(gets);
      expect(order).to.deep.equal([0, 1, 2]);
    });

    it('ends at shutdown: refuses puts, gives what is left, then refuses gets', async () => {
      const queue = Queue.create<number>({ maxItems: 1 });
      await queue.put(1);
      const put = rejection(queue.put(2));
      queue.shutdown();
      expect(await put).to.include({ code: 'ERR_TROUPE_QUEUE_SHUT_DOWN' });
      expect(queue.isShutDown).to.equal(true);
      expect(() => queue.tryPut(3))
        .to.throw()
        .with.property('code', 'ERR_TROUPE_QUEUE_SHUT_DOWN');
      expect(await queue.get()).to.equal(1);
      expect(await rejection(queue.get())).to.include({ code: 'ERR_TROUPE_QUEUE_SHUT_DOWN' });
      expect(() => queue.tryGet())
        .to.throw()
        .with.property('code', 'ERR_TROUPE_QUEUE_SHUT_DOWN');
    });

    it('wakes those who wait at shutdown, and throws away what is left when immediate', async () => {
      const queue = Queue.create<number>();
      const get = rejection(queue.get());
      queue.shutdown();
      expect(await get).to.include({ code: 'ERR_TROUPE_QUEUE_SHUT_DOWN' });
      const other = Queue.create<number>();
      for (let n = 0; n < 5; n++) await other.put(n);
      const joined = other.join();
      other.shutdown({ immediate: true });
      await joined;
      expect([other.size, other.unfinished]).to.deep.equal([0, 0]);
    });

    it('has its sentinel behind all items, for everybody, outside of all counts', async () => {
      const queue = Queue.create<number | Sentinel>({ maxItems: 1 });
      await queue.put(1);
      await queue.put(SENTINEL);
      expect([queue.size, queue.unfinished]).to.deep.equal([1, 1]);
      expect(await rejection(queue.put(2))).to.include({ code: 'ERR_TROUPE_QUEUE_SHUT_DOWN' });
      expect(await queue.get()).to.equal(1);
      expect([await queue.get(), queue.tryGet()]).to.deep.equal([SENTINEL, SENTINEL]);
      await queue.put(SENTINEL);
      expect(queue.tryPut(SENTINEL)).to.equal(true);
      expect(await queue.get()).to.equal(SENTINEL);
    });

    it('is iterated until the sentinel, or the shutdown', async () => {
      const queue = Queue.create<number | Sentinel>();
      await queue.put(1);
      await queue.put(SENTINEL);
      expect(await drain(queue)).to.deep.equal([1]);
      const other = Queue.create<number>();
      const items = drain(other);
      await other.put(1);
      other.shutdown();
      expect(await items).to.deep.equal([1]);
    });

    it('joins when taskDone was called for every item, and counts', async () => {
      const queue = Queue.create<number>();
      await queue.join();
      await queue.put(1);
      await queue.put(2);
      const joined = queue.join();
      await queue.get();
      expect(queue.unfinished).to.equal(2);
      queue.taskDone();
      expect(() => queue.taskDone())
        .to.throw()
        .with.property('code', 'ERR_TROUPE_TASK_DONE_CALLED_TOO_OFTEN');
      await queue.get();
      queue.taskDone();
      await joined;
      expect(queue.unfinished).to.equal(0);
    });

    it('refuses to block the main thread', () => {
      const queue = Queue.create<number>();
      const code = 'ERR_TROUPE_SYNC_ON_MAIN_THREAD';
      expect(() => queue.getSync())
        .to.throw()
        .with.property('code', code);
      expect(() => queue.putSync(1))
        .to.throw()
        .with.property('code', code);
      expect(() => queue.joinSync())
        .to.throw()
        .with.property('code', code);
    });

    it('names an option that is out of range', async () => {
      for (const maxItems of [0, -1, 1.5, Number.NaN]) {
        expect(() => Queue.create({ maxItems }))
          .to.throw(/maxItems/)
          .with.property('code', 'ERR_TROUPE_OPTION_OUT_OF_RANGE');
      }
      expect(() => Queue.create({ inFlight: 'again' as 'retry' })).to.throw(/inFlight/);
      expect(await rejection(Queue.create().get({ timeoutMs: -1 })))
        .to.have.property('message')
        .that.contains('timeoutMs');
    });

    it('travels inside an item, and is the same queue', async () => {
      const queue = Queue.create<{ replyTo: unknown }>();
      const replies = SharedQueue.create<string>();
      await queue.put({ replyTo: replies });
      const { replyTo } = await queue.get();
      await (replyTo as SharedQueue<string>).put('here');
      expect(await replies.get()).to.equal('here');
    });

    it('is attached by its handle only', () => {
      const { handle } = Queue.create();
      const Other = Queue === SharedStack ? SharedQueue : SharedStack;
      expect(() => Other.attach(handle as never)).to.throw(TypeError, Queue.name);
      expect(() => Queue.attach({ ...handle, at: handle.at + 1 } as never)).to.throw(TypeError);
      expect(() => Queue.attach(undefined as never)).to.throw(TypeError);
    });
  });
}

describe('the order of items', () => {
  it('is first in, first out in a SharedQueue, and last in, first out in a SharedStack', async () => {
    const [queue, stack] = [SharedQueue.create<number>(), SharedStack.create<number>()];
    for (const target of [queue, stack]) {
      for (let n = 0; n < 100; n++) await target.put(n);
      target.shutdown();
    }
    const up = Array.from({ length: 100 }, (_, n) => n);
    expect(await drain(queue)).to.deep.equal(up);
    expect(await drain(stack)).to.deep.equal(up.reverse());
  });

  for (const order of ['smallest-first', 'highest-first'] as const) {
    it(`is ${order} in a SharedPriorityQueue, and stable among equals`, async () => {
      const queue = SharedPriorityQueue.create<{ n: number; priority: number }>({ order });
      const items = Array.from({ length: 500 }, (_, n) => ({
        n,
        priority: ((n * 7919) % 23) - 11 + (n % 2) / 2,
      }));
      for (const item of items) await queue.put(item, item);
      queue.shutdown();
      const sign = order === 'smallest-first' ? 1 : -1;
      const sorted = [...items].sort((a, b) => sign * (a.priority - b.priority) || a.n - b.n);
      expect(await drain(queue)).to.deep.equal(sorted);
    });
  }

  it('keeps infinite priorities, and refuses one that is no number', () => {
    const queue = SharedPriorityQueue.create<string>();
    queue.tryPut('last', { priority: Number.POSITIVE_INFINITY });
    queue.tryPut('first', { priority: Number.NEGATIVE_INFINITY });
    expect([queue.tryGet(), queue.tryGet()]).to.deep.equal(['first', 'last']);
    expect(() => queue.tryPut('x', { priority: Number.NaN })).to.throw(/priority/);
  });
});
