/** The wake-ups alone: a word that another thread waits for with Atomics.waitAsync, there and back. Arg: times. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { measureAsks } from '../lib/asking.mjs';
import { numbers, race, report, workers } from '../lib/program.mjs';

// Far apart: a line each.
const [THERE, BACK] = [0, 32];

if (isMainThread) {
  const memory = new SharedArrayBuffer(256);
  const all = await workers(
    import.meta.url,
    ['answer', 'ask'].map((role) => ({ role, memory, n: numbers()[0] })),
  );
  all[0].postMessage('go');
  report((await race(all.slice(1))).answers[0]);
  process.exit(0);
} else {
  const { role, memory, n } = workerData;
  const words = new Int32Array(memory);
  const give = (word) => {
    Atomics.add(words, word, 1);
    Atomics.notify(words, word);
  };
  const changed = (word, seen) => Atomics.waitAsync(words, word, seen).value;
  parentPort.on('message', async () => {
    if (role === 'answer') {
      for (let seen = 0; ; seen++) {
        await changed(THERE, seen);
        give(BACK);
      }
    }
    const call = async (message) => {
      const seen = words[BACK];
      const answered = changed(BACK, seen);
      give(THERE);
      await answered;
      return message.n;
    };
    parentPort.postMessage(await measureAsks('asleep', call, n));
  });
  parentPort.postMessage('up');
}
