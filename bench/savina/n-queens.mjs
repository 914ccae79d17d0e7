/** How many ways n queens stand on a board: a master deals out beginnings, workers go on from there. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

const SOLUTIONS = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14_200, 73_712, 365_596];

const fits = (rows, row) =>
  rows.every((other, i) => other !== row && Math.abs(other - row) !== rows.length - i);

function count(rows, n) {
  if (rows.length === n) return 1;
  let found = 0;
  for (let row = 0; row < n; row++) if (fits(rows, row)) found += count([...rows, row], n);
  return found;
}

export class Worker extends Actor {
  static module = import.meta.url;
  begin(master, n, dealt) {
    this.master = master;
    this.n = n;
    this.dealt = dealt;
  }
  work(rows) {
    if (rows.length >= this.dealt) {
      this.master.tell.found(count(rows, this.n));
      return;
    }
    for (let row = 0; row < this.n; row++) if (fits(rows, row)) this.master.tell.deal([...rows, row]);
    this.master.tell.found(0);
  }
}

export class Master extends Actor {
  static module = import.meta.url;
  #next = 0;
  #out = 0;
  #found = 0;
  start(workers, finish) {
    this.workers = workers;
    this.finish = finish;
    this.deal([]);
  }
  deal(rows) {
    this.#out++;
    this.workers[this.#next++ % this.workers.length].tell.work(rows);
  }
  found(some) {
    this.#found += some;
    if (--this.#out === 0) this.finish.tell.done(this.#found);
  }
}

await program({ n: 12, workers: 20, dealt: 4 }, async ({ spawn, expect, n, workers: many, dealt }) => {
  const master = await spawn(Master);
  const workers = await spawnAll(spawn, Worker, many);
  await Promise.all(workers.map((worker) => worker.ask.begin(master, n, dealt)));
  const { ms, sum } = await expect(1, (finish) => master.tell.start(workers, finish));
  check('solutions', sum, SOLUTIONS[n]);
  await stopAll([master, ...workers]);
  return ms;
});
