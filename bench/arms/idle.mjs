/**
 * The CPU that threads use which have nothing to do, in milliseconds for each second. Args: `actors` or `workers`, how
 * many, seconds.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Actor, main, spawnMany } from '../lib/actors.mjs';
import { report, workers } from '../lib/program.mjs';

export class Idle extends Actor {
  static module = import.meta.url;
  ping() {
    return 'pong';
  }
}

/** Until what began with the start is over. */
const SETTLE_MS = 2000;

async function measure(seconds) {
  await rest(SETTLE_MS);
  const before = process.cpuUsage();
  await rest(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  report((user + system) / 1000 / seconds);
}

const [which, count, seconds] = process.argv.slice(2);
if (workerData === 'bare') {
  parentPort.on('message', () => {});
  parentPort.postMessage('up');
} else if (which === 'workers') {
  await workers(import.meta.url, Array(Number(count)).fill('bare'));
  await measure(seconds);
  process.exit(0);
} else {
  await main(async (system) => {
    const all = await spawnMany(system, Idle, Number(count));
    await Promise.all(all.map((one) => one.ask.ping()));
    await measure(seconds);
  });
}
