/** What arms of Troupe have in common. An actor's module is imported in its thread too: there `main` does nothing. */
import { Actor, ActorSystem, isActorThread } from '../../dist/core/runtime/entrance.js';

export { Actor };

/** Adds up what it is told, and says it to whoever asks, from 0 on each time. */
export class Sum extends Actor {
  sum = 0;
  add(n) {
    this.sum += n;
  }
  take() {
    const { sum } = this;
    this.sum = 0;
    return sum;
  }
}

/** Patient, since a bench on a busy machine may be slow, and that is to be seen and no error. */
const patient = { askTimeoutMs: 300_000, logger: () => {} };

export async function main(program, options) {
  if (isActorThread) return;
  await ActorSystem.run({ ...patient, ...options }, program);
  process.exit(0);
}

/** So many actors of a class; resolves when all are up. */
export const spawnMany = (system, Type, count, options = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      system.spawn(Type, typeof options === 'function' ? options(i) : options),
    ),
  );
