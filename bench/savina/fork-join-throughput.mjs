/** One actor tells many others in turn, each of which does a little with each message. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

export class Worker extends Actor {
  static module = import.meta.url;
  #left;
  #sum = 0;
  expect(messages, finish) {
    this.#left = messages;
    this.finish = finish;
  }
  work() {
    this.#sum += Math.sin(37.2) ** 2;
    if (--this.#left === 0) this.finish.tell.done();
  }
}

export class Master extends Actor {
  static module = import.meta.url;
  async run(workers, messages) {
    for (let i = 0; i < messages; i++) {
      for (const worker of workers) if (!worker.tell.work()) await worker.drained();
    }
  }
}

await program({ actors: 60, messages: 10_000 }, async ({ spawn, expect, actors, messages }) => {
  const master = await spawn(Master);
  const workers = await spawnAll(spawn, Worker, actors);
  let begun;
  const { sum } = await expect(actors, async (finish) => {
    await Promise.all(workers.map((worker) => worker.ask.expect(messages, finish)));
    begun = performance.now();
    master.tell.run(workers, messages);
  });
  const ms = performance.now() - begun;
  check('workers', sum, actors);
  await stopAll([master, ...workers]);
  return ms;
});
