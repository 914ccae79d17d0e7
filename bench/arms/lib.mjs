/** What arms have in common. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The last line of an arm. */
export const report = (value) => console.log(JSON.stringify({ value }));

export function check(what, got, wanted) {
  if (got === wanted) return;
  console.error(`${what}: ${got} instead of ${wanted}`);
  process.exit(1);
}

/** Workers of the same file, each with its role; up when this resolves. */
export async function workers(file, data) {
  const all = data.map((workerData) => new Worker(new URL(file), { workerData }));
  await Promise.all(all.map((worker) => once(worker, 'message')));
  return all;
}

/** Says go to all at once; resolves to what each answers, and how long that took. */
export async function race(all, go = 'go') {
  const answers = Promise.all(all.map(async (worker) => (await once(worker, 'message'))[0]));
  const begun = performance.now();
  for (const worker of all) worker.postMessage(go);
  return { answers: await answers, ms: performance.now() - begun };
}
