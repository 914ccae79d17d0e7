/**
 * What one more thread takes of resident memory, in MB: the slope from 10 to 50. Arg: `actors` or `workers`. Each is a
 * module of its own, without imports of the user's.
 */

import { once } from 'node:events';
import { setTimeout as rest } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Actor, main, spawnMany } from '../lib/actors.mjs';
import { check, report } from '../lib/program.mjs';

export class Idle extends Actor {
  static module = import.meta.url;
  ping() {
    return 1;
  }
}

const [FEW, MANY] = [10, 50];
const SETTLE_MS = 500;
const WORKER = new URL('../lib/idle-worker.mjs', import.meta.url);

async function resident() {
  await rest(SETTLE_MS);
  return process.memoryUsage.rss() / (1 << 20);
}

async function bareWorkers(count) {
  const all = Array.from({ length: count }, () => new Worker(WORKER));
  return (await Promise.all(all.map((worker) => once(worker, 'message')))).flat();
}

async function actors(system, count) {
  const all = await spawnMany(system, Idle, count);
  return Promise.all(all.map((one) => one.ask.ping()));
}

await main(async (system) => {
  const more = (count) => (process.argv[2] === 'workers' ? bareWorkers(count) : actors(system, count));
  let alive = (await more(FEW)).length;
  const before = await resident();
  alive += (await more(MANY - FEW)).length;
  check('threads', alive, MANY);
  report(((await resident()) - before) / (MANY - FEW));
});
