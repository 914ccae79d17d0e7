/** The other half of arms/ask-peers.mjs: answers with n, as the peer named in the environment wants it. */
import { parentPort } from 'node:worker_threads';

export const value = (message) => message.n;

/** What piscina and tinypool call. */
export default value;

const SERVE = {
  async comlink() {
    const { expose } = await import('comlink');
    const { default: adapter } = await import('comlink/dist/esm/node-adapter.mjs');
    expose({ value }, adapter(parentPort));
  },
  async poolifier() {
    const { ThreadWorker } = await import('poolifier');
    return new ThreadWorker(value);
  },
  async workerpool() {
    const { default: workerpool } = await import('workerpool');
    workerpool.worker({ value });
  },
  async threads() {
    const { expose } = await import('threads/worker');
    expose({ value });
  },
};

await SERVE[process.env.BENCH_PEER]?.();
