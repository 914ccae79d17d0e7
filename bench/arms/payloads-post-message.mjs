/** Arg: kind of payload. Bare postMessage; from the first to the answer behind the last. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { bySize, KINDS, makeAll } from '../lib/payloads.mjs';
import { check, connect, race, report, workers } from '../lib/program.mjs';

if (isMainThread) {
  const kind = process.argv[2];
  const all = await workers(import.meta.url, [
    { role: 'put', kind },
    { role: 'get', kind },
  ]);
  connect(all[0], all[1]);
  report(
    await bySize(kind, async (size, n) => {
      const { ms, sum, wanted } = (await race(all.slice(0, 1), { size, n })).answers[0];
      check('sum', sum, wanted);
      return ms;
    }),
  );
  process.exit(0);
} else {
  const { role, kind } = workerData;
  const { worth } = KINDS[kind];
  const take = (port) => {
    let sum = 0;
    port.on('message', (payload) => {
      if (payload !== 'sum') sum += worth(payload);
      else {
        port.postMessage(sum);
        sum = 0;
      }
    });
  };
  const put = (port, { size, n }) => {
    const all = makeAll(kind, size, n);
    const wanted = all.reduce((sum, one) => sum + worth(one), 0);
    const begun = performance.now();
    port.once('message', (sum) => parentPort.postMessage({ ms: performance.now() - begun, sum, wanted }));
    for (const one of all) port.postMessage(one, kind === 'transfer' ? [one.buffer] : []);
    port.postMessage('sum');
  };
  let port;
  parentPort.on('message', (message) => {
    if (message.port) {
      port = message.port;
      if (role === 'get') take(port);
    } else put(port, message);
  });
  parentPort.postMessage('up');
}
