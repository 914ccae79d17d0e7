/**
 * Lesson 1: a producer and a consumer, each in a thread of its own, and a queue of two places between them.
 *
 * The producer runs ahead until the queue is full, and then waits for room: that is back-pressure. In a project
 * of your own the import reads `from 'troupe/queue'`.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { SharedQueue } from '../../core/queue/index.js';

interface Order {
  readonly id: number;
  readonly pizza: string;
}
const MENU = ['margherita', 'funghi', 'diavola', 'marinara', 'capricciosa'];

/** Main thread: takes what comes, in the order in which it was put. */
async function consume(): Promise<void> {
  const orders = SharedQueue.create<Order>({ maxItems: 2 });
  new Worker(new URL(import.meta.url), { workerData: orders.handle });
  for (let i = 0; i < MENU.length; i++) {
    const order = await orders.get();
    console.log(`baked order ${order.id}: ${order.pizza}`);
  }
  console.log(`left in the queue: ${orders.size}`);
}

/** Worker: a thread that has nothing else to do may simply block until there is room. */
function produce(): void {
  const orders = SharedQueue.attach<Order>(workerData);
  MENU.forEach((pizza, id) => {
    orders.putSync({ id, pizza });
  });
}

if (isMainThread) await consume();
else produce();
