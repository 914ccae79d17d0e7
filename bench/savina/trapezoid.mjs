/** An integral by trapezoids, a part of it for each worker. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

const [LEFT, RIGHT] = [1, 5];

const height = (x) => (1 / (x + 1)) * Math.sqrt(1 + Math.exp(Math.sqrt(2 * x))) * Math.sin(x ** 3 - 1);

function area(from, to, width) {
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += ((height(LEFT + i * width) + height(LEFT + (i + 1) * width)) / 2) * width;
  }
  return sum;
}

export class Worker extends Actor {
  static module = import.meta.url;
  work(from, to, width, finish) {
    finish.tell.done(area(from, to, width));
  }
}

const inMillionths = (value) => Math.round(value * 1e6);

let known;

await program({ pieces: 10_000_000, workers: 100 }, async ({ spawn, expect, pieces, workers: many }) => {
  const width = (RIGHT - LEFT) / pieces;
  const workers = await spawnAll(spawn, Worker, many);
  const { ms, sum } = await expect(many, (finish) => {
    for (const [i, worker] of workers.entries()) {
      worker.tell.work(Math.floor((pieces * i) / many), Math.floor((pieces * (i + 1)) / many), width, finish);
    }
  });
  known ??= area(0, pieces, width);
  check('area', inMillionths(sum), inMillionths(known));
  await stopAll(workers);
  return ms;
});
