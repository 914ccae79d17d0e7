/**
 * Lesson 2: several consumers, and one sentinel that ends them all.
 *
 * The sentinel lies behind all items. In the old lesson each consumer puts it back for the next one; here that is
 * allowed and changes nothing, since whoever reaches the sentinel gets it and it stays where it is. So it also
 * holds when a consumer dies with the sentinel in its hand.
 */
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { SENTINEL, type Sentinel, SharedQueue } from '../../core/queue/index.js';

const CONSUMERS = 3;
const NUMBERS = 30;

async function main(): Promise<void> {
  const numbers = SharedQueue.create<number | Sentinel>();
  const squares = SharedQueue.create<number>();
  const handles = { numbers: numbers.handle, squares: squares.handle };
  const consumers = Array.from({ length: CONSUMERS }, () => {
    return new Worker(new URL(import.meta.url), { workerData: handles });
  });
  const ended = consumers.map((consumer) => once(consumer, 'exit'));

  for (let n = 1; n <= NUMBERS; n++) await numbers.put(n);
  await numbers.put(SENTINEL);
  for (const [code] of await Promise.all(ended)) console.log(`a consumer ended with code ${code}`);

  let sum = 0;
  while (!squares.isEmpty) sum += await squares.get();
  console.log(`sum of the squares up to ${NUMBERS}: ${sum}`);
  console.log(`still to be had: ${String((await numbers.get()) === SENTINEL ? 'the sentinel' : 'an item')}`);
}

function consume(): void {
  const numbers = SharedQueue.attach<number | Sentinel>(workerData.numbers);
  const squares = SharedQueue.attach<number>(workerData.squares);
  for (;;) {
    const n = numbers.getSync();
    if (n === SENTINEL) break;
    squares.putSync(n * n);
  }
  numbers.putSync(SENTINEL);
}

if (isMainThread) await main();
else consume();
