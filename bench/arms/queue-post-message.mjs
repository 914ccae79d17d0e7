/** Bare postMessage between two workers. Arg: items. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { check, connect, race, report, workers } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

if (isMainThread) {
  const n = Number(process.argv[2]);
  const all = await workers(import.meta.url, [
    { role: 'put', n },
    { role: 'get', n },
  ]);
  connect(all[0], all[1]);
  const once = async () => {
    const { answers, ms } = await race(all);
    check('sum', answers[1], n);
    return (n / ms) * 1000;
  };
  report(await warmed(once));
  process.exit(0);
} else {
  const { role, n } = workerData;
  let port;
  let sum = 0;
  let seen = 0;
  parentPort.on('message', (message) => {
    if (message.port) {
      port = message.port;
      if (role === 'put') return;
      port.on('message', (item) => {
        sum += item.n;
        if (++seen < n) return;
        parentPort.postMessage(sum);
        sum = seen = 0;
      });
    } else if (role === 'put') {
      for (let i = 0; i < n; i++) port.postMessage({ type: 'inc', n: 1 });
      parentPort.postMessage(0);
    }
  });
  parentPort.postMessage('up');
}
