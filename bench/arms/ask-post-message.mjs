/** Bare postMessage, there and back. Args: way (`one`, `many`, `asleep`), asks, and whence: `worker` or `main`. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { measureAsks } from '../lib/asking.mjs';
import { connect, race, report, workers } from '../lib/program.mjs';

/** Answers come in the order of the questions. */
function caller(port) {
  const waiting = [];
  let next = 0;
  port.on('message', (answer) => {
    waiting[next++](answer);
    if (next < 1024 || next < waiting.length) return;
    waiting.length = next = 0;
  });
  return (message) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port.postMessage(message);
    });
}

if (isMainThread) {
  const [way, n, whence] = process.argv.slice(2);
  const roles = whence === 'main' ? ['answer'] : ['answer', 'ask'];
  const all = await workers(
    import.meta.url,
    roles.map((role) => ({ role, way, n: Number(n) })),
  );
  const port = connect(all[0], all[1]);
  if (whence === 'main') report(await measureAsks(way, caller(port), Number(n)));
  else report((await race(all.slice(1))).answers[0]);
  process.exit(0);
} else {
  const { role, way, n } = workerData;
  let port;
  parentPort.on('message', async (message) => {
    if (message.port) {
      port = message.port;
      if (role === 'answer') port.on('message', (question) => port.postMessage(question.n));
    } else parentPort.postMessage(await measureAsks(way, caller(port), n));
  });
  parentPort.postMessage('up');
}
