/** Calls from the main thread to one worker of a library. Args: way (`one`, `many`), calls, the library. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { measureAsks } from '../lib/asking.mjs';
import { comedyCounter } from '../lib/comedy.mjs';
import { report } from '../lib/program.mjs';

const AT_A_TIME = 100;
const url = new URL('../lib/peer-worker.mjs', import.meta.url);
const file = fileURLToPath(url);
const onePool = { filename: url.href, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: AT_A_TIME };

/** Each resolves to what makes one call. */
const CALLS = {
  async piscina() {
    const { Piscina } = await import('piscina');
    const pool = new Piscina(onePool);
    return (message) => pool.run(message);
  },
  async tinypool() {
    const { Tinypool } = await import('tinypool');
    const pool = new Tinypool(onePool);
    return (message) => pool.run(message);
  },
  async comlink() {
    const { wrap } = await import('comlink');
    const { default: adapter } = await import('comlink/dist/esm/node-adapter.mjs');
    const { value } = wrap(adapter(new Worker(url)));
    return (message) => value(message);
  },
  async workerpool() {
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(file, { minWorkers: 1, maxWorkers: 1, workerType: 'thread' });
    return (message) => pool.exec('value', [message]);
  },
  async poolifier() {
    const { FixedThreadPool } = await import('poolifier');
    const pool = new FixedThreadPool(1, file);
    return (message) => pool.execute(message);
  },
  async threads() {
    const { spawn, Worker: Thread } = await import('threads');
    const { value } = await spawn(new Thread('../lib/peer-worker.mjs'));
    return (message) => value(message);
  },
  async comedy() {
    const counter = await comedyCounter('threaded');
    return (message) => counter.sendAndReceive('value', message);
  },
};

const [way, n, peer] = process.argv.slice(2);
process.env.BENCH_PEER = peer;
report(await measureAsks(way, await CALLS[peer](), Number(n)));
process.exit(0);
