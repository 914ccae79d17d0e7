/**
 * There and back between two threads, in microseconds. Args: `queue` (two SharedQueues), `post` (postMessage) or `wait`
 * (bare Atomics.wait and notify); round trips; microseconds that each pauses first, so that the other one sleeps.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { SharedQueue } from '../../dist/core/queue/index.js';
import { check, connect, race, report, workers } from '../lib/program.mjs';

if (isMainThread) {
  const [by, trips, pause] = process.argv.slice(2);
  const there = SharedQueue.create();
  const back = SharedQueue.create();
  const memory = new SharedArrayBuffer(256);
  const data = {
    by,
    there: there.handle,
    back: back.handle,
    memory,
  };
  const all = await workers(import.meta.url, [
    { ...data, role: 'ask' },
    { ...data, role: 'answer' },
  ]);
  connect(all[0], all[1]);
  // Until all of it is compiled: what is slept on is run a few times only.
  await race(all, { trips: 30_000, pause: 0 });
  const { answers } = await race(all, { trips: Number(trips), pause: Number(pause) });
  check('trips', answers[1], Number(trips));
  report(answers[0]);
  process.exit(0);
} else {
  const { by, role, memory } = workerData;
  let trips;
  let pause;
  const there = SharedQueue.attach(workerData.there);
  const back = SharedQueue.attach(workerData.back);
  const words = new Int32Array(memory);
  // Far apart: a line each.
  const [THERE, BACK] = [0, 32];
  let port;

  const rest = () => {
    if (pause === 0) return;
    const end = performance.now() + pause / 1000;
    while (performance.now() < end);
  };
  const give = (word) => {
    Atomics.add(words, word, 1);
    Atomics.notify(words, word);
  };
  const take = (word, seen) => {
    while (Atomics.load(words, word) === seen) Atomics.wait(words, word, seen);
  };
  /** Both ends of one trip; `n` counts them. */
  const ends = {
    queue: {
      ask: () => {
        there.putSync({ type: 'inc', n: 1 });
        back.getSync();
      },
      answer: (before) => {
        const item = there.getSync();
        before();
        back.putSync(item);
      },
    },
    wait: {
      ask: () => {
        const seen = words[BACK];
        give(THERE);
        take(BACK, seen);
      },
      answer: (before) => {
        if (words[THERE] === words[BACK]) take(THERE, words[BACK]);
        before();
        give(BACK);
      },
    },
  };

  /** The median time of a trip, without the pauses: the mean is full of what else a machine does. */
  const askAll = () => {
    const times = new Float64Array(trips);
    for (let i = 0; i < trips; i++) {
      rest();
      const begun = performance.now();
      ends[by].ask();
      times[i] = performance.now() - begun;
    }
    return times.sort()[trips >> 1] * 1000 - pause;
  };
  const answerAll = () => {
    for (let i = 0; i < trips; i++) ends[by].answer(rest);
    return trips;
  };
  /** Of all rounds: the first question of a round may come before this thread has heard of the round. */
  let answered = 0;
  let wanted = 0;
  let allAnswered;
  const answerOverPort = (done) => {
    allAnswered = () => done(trips);
    wanted += trips;
    if (answered === wanted) allAnswered();
  };
  const answerOne = (item) => {
    port.postMessage(item);
    if (++answered === wanted) allAnswered();
  };
  const askOverPort = (done) => {
    let left = trips;
    const begun = performance.now();
    port.removeAllListeners('message');
    port.on('message', () => {
      if (--left === 0) done(((performance.now() - begun) / trips) * 1000);
      else port.postMessage({ type: 'inc', n: 1 });
    });
    port.postMessage({ type: 'inc', n: 1 });
  };
  parentPort.on('message', (message) => {
    if (message.port) {
      port = message.port;
      if (role === 'answer') port.on('message', answerOne);
      return;
    }
    ({ trips, pause } = message);
    if (by === 'post') {
      const overPort = role === 'ask' ? askOverPort : answerOverPort;
      overPort((result) => parentPort.postMessage(result));
    } else parentPort.postMessage(role === 'ask' ? askAll() : answerAll());
  });
  parentPort.postMessage('up');
}
