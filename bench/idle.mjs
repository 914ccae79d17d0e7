/**
 * CPU that an idle system uses: thread actors that have nothing to do, over some seconds.
 *
 *   npm run build && node bench/idle.mjs [actors] [seconds]
 */
import { Actor, ActorSystem, isActorThread } from '../dist/core/index.js';

export class Idle extends Actor {
  static module = import.meta.url;
  ping() {
    return 'pong';
  }
}

if (!isActorThread) {
  const count = Number(process.argv[2] ?? 20);
  const seconds = Number(process.argv[3] ?? 3);
  await ActorSystem.run(async (system) => {
    const refs = await Promise.all(Array.from({ length: count }, () => system.spawn(Idle)));
    await Promise.all(refs.map((ref) => ref.ask.ping()));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const { user, system: kernel } = process.cpuUsage(before);
    const share = (user + kernel) / 1e6 / seconds;
    console.log(`${count} idle thread actors: ${(share * 100).toFixed(2)} % of one core`);
  });
}
