/**
 * Lesson 4: `taskDone` and `join`. Who hands out work learns when all of it has been done, not only taken; also
 * when a worker dies in the middle: with `inFlight: 'retry'` another one gets what it had in hand.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { SharedQueue } from '../../core/queue/index.js';

interface Page {
  readonly number: number;
  /** The worker that takes it in hand for the first time dies of it. */
  readonly poisoned: boolean;
}
const PAGES = 20;

async function main(): Promise<void> {
  const pages = SharedQueue.create<Page>({ inFlight: 'retry' });
  const printed = new Int32Array(new SharedArrayBuffer((PAGES + 1) * 4));
  const shared = { pages: pages.handle, printed };
  const workers = [1, 2].map(() => new Worker(new URL(import.meta.url), { workerData: shared }));
  // A process manager would start a new one: so do we.
  for (const worker of workers) {
    worker.once('exit', (code) => {
      if (code === 0) return;
      console.log('a printer broke down; here is another one');
      new Worker(new URL(import.meta.url), { workerData: shared });
    });
  }

  for (let number = 1; number <= PAGES; number++) await pages.put({ number, poisoned: number === 7 });
  console.log('all pages handed out');
  await pages.join();
  console.log(`printed: ${printed.slice(1).filter((times) => times === 1).length} of ${PAGES}, each once`);
  console.log(`unfinished: ${pages.unfinished}`);
  pages.shutdown();
}

/** Cell 0 remembers that the accident has happened; then one cell a page. */
async function print(): Promise<void> {
  const pages = SharedQueue.attach<Page>(workerData.pages);
  const printed: Int32Array = workerData.printed;
  for await (const { number, poisoned } of pages) {
    if (poisoned && Atomics.exchange(printed, 0, 1) === 0) process.exit(1);
    Atomics.add(printed, number, 1);
    pages.taskDone();
  }
}

if (isMainThread) await main();
else await print();
