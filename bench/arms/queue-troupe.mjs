/** SharedQueue: args are producers, consumers, items for each producer, `sync` or `async`, `object`, `record` or `bytes`. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { SharedQueue } from '../../dist/core/queue/index.js';
import { check, race, report, workers } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

const ITEMS = {
  object: () => ({ type: 'inc', n: 1 }),
  // Sixteen bytes: what the channel in Go takes, and as bytes.
  record: () => ({ a: 1, b: 1, c: 1, n: 1 }),
  bytes: () => new Uint8Array(16).fill(1),
};
const worth = { object: (item) => item.n, record: (item) => item.n, bytes: (item) => item[15] };

if (isMainThread) {
  const [producers, consumers, count, form, kind] = process.argv.slice(2);
  const queue = SharedQueue.create({ maxItems: 100_000 });
  const total = producers * count;
  const roles = [
    ...Array.from({ length: producers }, () => ({ role: 'put', n: Number(count) })),
    ...Array.from({ length: consumers }, () => ({ role: 'get', n: total / consumers })),
  ];
  const all = await workers(
    import.meta.url,
    roles.map((role) => ({ ...role, form, kind, queue: queue.handle })),
  );
  const once = async () => {
    const { answers, ms } = await race(all);
    check(
      'sum',
      answers.reduce((sum, n) => sum + n, 0),
      total,
    );
    await queue.join();
    return (total / ms) * 1000;
  };
  report(await warmed(once));
  process.exit(0);
} else {
  const { role, n, form, kind } = workerData;
  const queue = SharedQueue.attach(workerData.queue);
  const make = ITEMS[kind];
  const value = worth[kind];
  const runs = {
    'put sync'() {
      for (let i = 0; i < n; i++) queue.putSync(make());
      return 0;
    },
    'get sync'() {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += value(queue.getSync());
        queue.taskDone();
      }
      return sum;
    },
    async 'put async'() {
      for (let i = 0; i < n; i++) await queue.put(make());
      return 0;
    },
    async 'get async'() {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += value(await queue.get());
        queue.taskDone();
      }
      return sum;
    },
  };
  parentPort.on('message', async () => parentPort.postMessage(await runs[`${role} ${form}`]()));
  parentPort.postMessage('up');
}
