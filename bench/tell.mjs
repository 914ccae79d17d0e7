/**
 * One actor telling another on its own thread `{ type: 'inc', n }`, beside bare `postMessage` between two workers.
 * Rounds are interleaved; the figure is the median of the ratios taken round by round.
 *
 *   npm run build && node bench/tell.mjs [rounds] [messages]
 */
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads';
import { Actor, ActorSystem, isActorThread } from '../dist/core/index.js';

export class Sink extends Actor {
  static module = import.meta.url;
  #sum = 0;
  #seen = 0;
  #expected = 0;
  #done;
  expect(n) {
    this.#sum = this.#seen = 0;
    this.#expected = n;
  }
  inc(message) {
    this.#sum += message.n;
    if (++this.#seen === this.#expected) this.#done?.();
  }
  state() {
    return { sum: this.#sum, seen: this.#seen };
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  async send(sink, n) {
    let held = 0;
    for (let i = 0; i < n; i++) {
      if (!sink.tell.inc({ type: 'inc', n: 1 }) && ++held % 64 === 0) await sink.drained();
    }
    return held;
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function viaActors(sink, source, n) {
  await sink.ask.expect(n);
  const begun = performance.now();
  await source.with({ timeoutMs: 120_000 }).ask.send(sink, n);
  for (;;) {
    const { seen, sum } = await sink.with({ timeoutMs: 120_000 }).ask.state();
    if (seen === n && sum === n) return n / (performance.now() - begun) / 1000;
    if (seen > n) throw new Error(`too many: ${seen}`);
  }
}

function viaPostMessage(workers, n) {
  return new Promise((resolve) => {
    const begun = performance.now();
    workers.sink.once('message', (sum) => {
      if (sum !== n) throw new Error(`lost: ${sum} of ${n}`);
      resolve(n / (performance.now() - begun) / 1000);
    });
    workers.sink.postMessage({ expect: n });
    workers.source.postMessage({ send: n });
  });
}

function postMessageWorkers() {
  const url = new URL(import.meta.url);
  const sink = new Worker(url, { workerData: { role: 'sink' } });
  const source = new Worker(url, { workerData: { role: 'source' } });
  const { port1, port2 } = new MessageChannel();
  sink.postMessage({ port: port1 }, [port1]);
  source.postMessage({ port: port2 }, [port2]);
  return { sink, source };
}

function runPostMessageRole(role) {
  let port;
  let expected = 0;
  let sum = 0;
  let seen = 0;
  parentPort.on('message', (message) => {
    if (message.port) {
      port = message.port;
      port.on('message', (m) => {
        sum += m.n;
        if (++seen === expected) {
          parentPort.postMessage(sum);
          sum = seen = 0;
        }
      });
    } else if (message.expect) expected = message.expect;
    else for (let i = 0; i < message.send; i++) port.postMessage({ type: 'inc', n: 1 });
  });
  return role;
}

if (!isMainThread && workerData?.role) runPostMessageRole(workerData.role);
else if (!isActorThread) {
  const rounds = Number(process.argv[2] ?? 5);
  const n = Number(process.argv[3] ?? 1_000_000);
  const workers = postMessageWorkers();
  await ActorSystem.run(async (system) => {
    const sink = await system.spawn(Sink);
    const source = await system.spawn(Source);
    await viaActors(sink, source, n);
    await viaPostMessage(workers, n / 10);
    const troupe = [];
    const post = [];
    for (let round = 0; round < rounds; round++) {
      troupe.push(await viaActors(sink, source, n));
      post.push(await viaPostMessage(workers, n / 4));
    }
    const show = (list) => `${median(list).toFixed(2)} M/s (${list.map((v) => v.toFixed(2)).join(' ')})`;
    console.log(`tell         ${show(troupe)}`);
    console.log(`postMessage  ${show(post)}`);
    console.log(`ratio        ${median(troupe.map((v, i) => v / post[i])).toFixed(1)}`);
  });
  await workers.sink.terminate();
  await workers.source.terminate();
}
