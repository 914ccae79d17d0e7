/**
 * A cold spawn of a thread actor, until `spawn` resolves, and a bare worker, until its first message; interleaved.
 * The CPU is the process's meanwhile, with the first ask and answer.
 *
 *   npm run build && node bench/spawn.mjs [rounds]
 */
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { Actor, ActorSystem, isActorThread } from '../dist/core/index.js';

export class Greeter extends Actor {
  static module = import.meta.url;

  greet() {
    return 'hello';
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function measured(start) {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const wallMs = await start(() => performance.now() - begun);
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1e3 };
}

async function bareWorker() {
  const source = "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('up');";
  const worker = new Worker(new URL(`data:text/javascript,${source}`));
  const exited = once(worker, 'exit');
  const taken = await measured(async (elapsed) => {
    await once(worker, 'message');
    return elapsed();
  });
  await exited;
  return taken;
}

async function actor(system) {
  let greeter;
  const taken = await measured(async (elapsed) => {
    greeter = await system.spawn(Greeter);
    const wallMs = elapsed();
    await greeter.ask.greet();
    return wallMs;
  });
  await greeter.stop();
  return taken;
}

if (isMainThread && !isActorThread) {
  const rounds = Number(process.argv[2] ?? 21);
  const system = await ActorSystem.start({ logger: () => {} });
  const runs = { 'bare worker': [], 'thread actor': [] };
  for (let round = -1; round < rounds; round++) {
    const bare = await bareWorker();
    const ours = await actor(system);
    if (round >= 0) {
      runs['bare worker'].push(bare);
      runs['thread actor'].push(ours);
    }
  }
  await system.shutdown();
  const of = (key, name) => median(runs[name].map((run) => run[key])).toFixed(1);
  console.log(`Node ${process.versions.node}, ${rounds} rounds`);
  for (const name of Object.keys(runs)) {
    console.log(`${name.padEnd(13)} ${of('wallMs', name)} ms, CPU ${of('cpuMs', name)} ms`);
  }
  const ratios = runs['thread actor'].map((run, i) => run.wallMs / runs['bare worker'][i].wallMs);
  console.log(`ratio         ${median(ratios).toFixed(2)}`);
}
