/** What arms of Troupe have in common. An actor's module is imported in its thread too: there `main` does nothing. */
import { Actor, ActorSystem, isActorThread } from '../../dist/core/index.js';

export { Actor };

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
