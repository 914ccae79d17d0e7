/**
 * Lesson 3: a queue by priority. First by hand, a thread-safe heap with a condition variable; then the one that
 * is ready-made, which also keeps the order among equals.
 */
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { SharedPriorityQueue } from '../../core/queue/index.js';
import { SharedHeap } from './heap.js';

const PUSHERS = 2;
const NUMBERS = 8;

async function main(): Promise<void> {
  const heap = SharedHeap.create(100);
  const first = heap.pop();
  const pushers = Array.from({ length: PUSHERS }, (_, index) => {
    return new Worker(new URL(import.meta.url), { workerData: { heap: heap.handle, index } });
  });
  // Asked for before there was anything: it came as soon as something was pushed.
  const popped = [await first];
  await Promise.all(pushers.map((pusher) => once(pusher, 'exit')));
  while (popped.length < NUMBERS) popped.push(await heap.pop());
  const rest = popped.slice(1);
  console.log(`popped ${popped.length}, in order: ${rest.every((n, i) => i === 0 || rest[i - 1] <= n)}`);
  console.log(`all there: ${popped.sort((a, b) => a - b).join(' ')}`);

  const jobs = SharedPriorityQueue.create<string>({ order: 'highest-first' });
  await jobs.put('sweep the floor', { priority: 1 });
  await jobs.put('put out the fire', { priority: 9 });
  await jobs.put('answer the phone', { priority: 5 });
  await jobs.put('open the door', { priority: 5 });
  jobs.shutdown();
  for await (const job of jobs) console.log(job);
}

function push(): void {
  const heap = new SharedHeap(workerData.heap);
  for (let i = 0; i < NUMBERS / PUSHERS; i++) heap.pushSync(((i * 37) % 10) + workerData.index * 10);
}

if (isMainThread) await main();
else push();
