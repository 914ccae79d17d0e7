/** ringbuf.js: a ring of bytes for one producer and one consumer; records of 16 bytes, looked for without sleeping. Arg: items. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { RingBuffer } from 'ringbuf.js';
import { check, race, report, workers } from '../lib/program.mjs';

if (isMainThread) {
  const n = Number(process.argv[2]);
  const memory = RingBuffer.getStorageForCapacity(1 << 20, Uint8Array);
  const all = await workers(import.meta.url, [
    { role: 'put', n, memory },
    { role: 'get', n, memory },
  ]);
  await race(all);
  const { answers, ms } = await race(all);
  check('sum', answers[1], n);
  report((n / ms) * 1000);
  process.exit(0);
} else {
  const { role, n, memory } = workerData;
  const ring = new RingBuffer(memory, Uint8Array);
  parentPort.on('message', () => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const record = new Uint8Array(16);
      if (role === 'put') {
        record[15] = 1;
        while (ring.availableWrite() < 16);
        ring.push(record);
      } else {
        while (ring.availableRead() < 16);
        ring.pop(record);
        sum += record[15];
      }
    }
    parentPort.postMessage(sum);
  });
  parentPort.postMessage('up');
}
