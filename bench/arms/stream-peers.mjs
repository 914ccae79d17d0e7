/**
 * What others have for streams, from a worker to the main thread, as they are made to: comlink calls a callback for each
 * item, a hundred at a time since each is answered; threads.js has Observables, which nothing holds back. Args: items,
 * the library.
 */
import { Worker } from 'node:worker_threads';
import { check, report, timed } from '../lib/program.mjs';

/** Each resolves to a function that takes so many items from its worker, and resolves to their sum. */
const TAKERS = {
  async comlink() {
    const { proxy, wrap } = await import('comlink');
    const { default: adapter } = await import('comlink/dist/esm/node-adapter.mjs');
    const { give } = wrap(adapter(new Worker(new URL('../lib/stream-worker.mjs', import.meta.url))));
    return async (n) => {
      let sum = 0;
      await give(
        n,
        proxy((item) => {
          sum += item.n;
        }),
      );
      return sum;
    };
  },
  async threads() {
    const { spawn, Worker: Thread } = await import('threads');
    const { give } = await spawn(new Thread('../lib/stream-worker.mjs'));
    return (n) =>
      new Promise((complete, error) => {
        let sum = 0;
        give(n).subscribe({ next: (item) => (sum += item.n), error, complete: () => complete(sum) });
      });
  },
};

const [items, peer] = process.argv.slice(2);
const n = Number(items);
process.env.BENCH_PEER = peer;
const take = await TAKERS[peer]();
await take(n / 2);
const { result, ms } = await timed(() => take(n));
check('sum', result, n);
report((n / ms) * 1000);
process.exit(0);
