// Where the time of a shared queue goes: nanoseconds of each step, in one thread that nobody disturbs. Run
// `npm run build` first.
//   node bench/steps.mjs
import { isMainThread, Worker } from 'node:worker_threads';

const { SharedQueue } = await import('../dist/core/queue/index.js');

const ITEMS = 2_000;
const ROUNDS = 1_000;

/** The best of all rounds: whatever else runs on the machine only adds to it. */
function best(steps) {
  const found = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, step] of Object.entries(steps)) {
      const start = process.hrtime.bigint();
      step();
      const ns = Number(process.hrtime.bigint() - start) / ITEMS;
      found.set(name, Math.min(found.get(name) ?? Number.POSITIVE_INFINITY, ns));
    }
  }
  return found;
}

function times(step) {
  for (let i = 0; i < ITEMS; i++) step(i);
}

function measure() {
  const items = Array.from({ length: 1000 }, (_, i) => ({ type: 'inc', n: i }));
  const records = items.map((_, i) => new Uint8Array(16).fill(i));
  const queue = SharedQueue.create({ maxBytes: 1 << 28 });
  const raw = SharedQueue.create({ maxBytes: 1 << 28 });
  let sum = 0;
  const steps = {
    'putSync, object': () => times((i) => queue.putSync(items[i % 1000])),
    'getSync, object': () =>
      times(() => {
        sum += queue.getSync().n;
      }),
    taskDone: () => times(() => queue.taskDone()),
    'tryPut, object': () => times((i) => queue.tryPut(items[i % 1000])),
    'tryGet, object': () =>
      times(() => {
        sum += queue.tryGet().n;
      }),
    'taskDone, again': () => times(() => queue.taskDone()),
    'putSync, 16 bytes': () => times((i) => raw.putSync(records[i % 1000])),
    'getSync, 16 bytes': () =>
      times(() => {
        sum += raw.getSync()[0];
      }),
  };
  for (const [name, ns] of best(steps)) console.log(name.padEnd(20), ns.toFixed(1).padStart(8), 'ns');
  if (sum === 0) throw new Error('Nothing came through.');
}

// The blocking forms are refused on the main thread.
if (isMainThread) new Worker(new URL(import.meta.url));
else measure();
