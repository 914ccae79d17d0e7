/** What of section 1 holds inside an actor's thread. */
import { Actor, ActorSystem, isActorThread } from '../../../core/index.js';

export const imported = isActorThread;

export class Nested extends Actor {
  static module = import.meta.url;
  async start() {
    const outcome = await ActorSystem.start({ name: 'inner' }).then(
      () => undefined,
      (error: Error & { code?: string }) => error,
    );
    return { name: outcome?.name, code: outcome?.code, message: outcome?.message };
  }
  async run() {
    let ran = false;
    const withOptions = await ActorSystem.run({ arenaBytes: -1 }, () => {
      ran = true;
    });
    return { ran, withOptions, isActorThread, imported };
  }
}
