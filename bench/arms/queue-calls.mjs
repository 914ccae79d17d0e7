/** A call to a worker and its answer, 100 at a time: piscina's run, or comlink's proxies. Args: which, items. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { check, report } from '../lib/program.mjs';

const AT_A_TIME = 100;

async function all(n, call) {
  let sum = 0;
  let left = n;
  const lane = async () => {
    while (left-- > 0) {
      // Not `sum += await`: that would add to what sum was before the wait.
      const one = await call({ type: 'inc', n: 1 });
      sum += one;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  check('sum', sum, n);
  return (n / (performance.now() - begun)) * 1000;
}

const CALLS = {
  async piscina() {
    const { Piscina } = await import('piscina');
    const pool = new Piscina({
      filename: new URL(import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: AT_A_TIME,
    });
    return (item) => pool.run(item);
  },
  async comlink() {
    const [{ wrap }, adapter] = await comlink();
    const worker = new Worker(new URL(import.meta.url), { workerData: 'comlink' });
    const { inc } = wrap(adapter(worker));
    return (item) => inc(item);
  },
};

async function comlink() {
  const { default: adapter } = await import('comlink/dist/esm/node-adapter.mjs');
  return [await import('comlink'), adapter];
}

export default (item) => item.n;

if (isMainThread) {
  const [which, n] = process.argv.slice(2);
  const call = await CALLS[which]();
  await all(n / 4, call);
  report(await all(Number(n), call));
  process.exit(0);
} else if (workerData === 'comlink') {
  const [{ expose }, adapter] = await comlink();
  expose({ inc: (item) => item.n }, adapter(parentPort));
}
