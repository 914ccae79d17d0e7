/** What programs have in common that are arms of a suite. */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';

/** The last line of an arm: a number, or several by the name of their column. */
export const report = (value) => console.log(JSON.stringify({ value }));

/** What was sent has been processed, or the arm has no row. */
export function check(what, got, wanted) {
  if (got === wanted) return;
  console.error(`${what}: ${got} instead of ${wanted}`);
  process.exit(1);
}

/** Numbers of the command line. */
export const numbers = (from = 2) => process.argv.slice(from).map(Number);

/** Workers of the same file, each with its role; up when this resolves. */
export async function workers(file, data) {
  const all = data.map((workerData) => new Worker(new URL(file), { workerData }));
  await Promise.all(all.map((worker) => once(worker, 'message')));
  return all;
}

/** A port of one channel for each of the two; to a worker, or back for this thread where there is none. */
export function connect(one, other) {
  const { port1, port2 } = new MessageChannel();
  one.postMessage({ port: port1 }, [port1]);
  other?.postMessage({ port: port2 }, [port2]);
  return port2;
}

/** Says go to all at once; resolves to what each answers, and how long that took. */
export async function race(all, go = 'go') {
  const answers = Promise.all(all.map(async (worker) => (await once(worker, 'message'))[0]));
  const begun = performance.now();
  for (const worker of all) worker.postMessage(go);
  return { answers: await answers, ms: performance.now() - begun };
}

export async function timed(work) {
  const begun = performance.now();
  const result = await work();
  return { result, ms: performance.now() - begun };
}

/** Until so many milliseconds are over, with this thread busy and those it speaks to asleep. */
export function busyFor(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
