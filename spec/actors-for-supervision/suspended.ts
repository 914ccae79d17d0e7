/** A process that is to be suspended while its actor is at work: it says how that went. */
import { Actor, ActorSystem } from '../../core/index.js';

export class Busy extends Actor {
  static module = import.meta.url;
  #sum = 0;
  /** Keeps its thread busy: with so much work, however long that takes. */
  spin(rounds: number) {
    for (let i = 0; i < rounds; i++) this.#sum = Math.sqrt(this.#sum + i);
    return this.#sum;
  }
}

await ActorSystem.run({ logger: () => undefined }, async (system) => {
  const busy = await system.spawn(Busy, { hangTimeoutMs: 2000 });
  const begun = performance.now();
  await busy.ask.spin(1e7);
  const rounds = Math.ceil((400 / (performance.now() - begun)) * 1e7);
  const say = (what: object) => process.send?.(what);
  const stop = new Promise<void>((resolve) => process.once('message', () => resolve()));
  let isOver = false;
  void stop.then(() => {
    isOver = true;
  });
  say({ ready: true });
  // It is in the midst of one whenever the process is suspended.
  while (!isOver)
    await busy
      .with({ timeoutMs: 60_000 })
      .ask.spin(rounds)
      .catch(() => undefined);
  const [{ restarts }] = system.metrics().actors;
  say({ restarts });
});
