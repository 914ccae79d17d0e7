/** Args: way (`one`, `many`, `asleep`), asks, and whence: from another `worker`, or from the `main` thread. */
import { Actor, main } from '../lib/actors.mjs';
import { measureAsks } from '../lib/asking.mjs';
import { report } from '../lib/program.mjs';

export class Counter extends Actor {
  static module = import.meta.url;
  value(message) {
    return message.n;
  }
}

export class Asker extends Actor {
  static module = import.meta.url;
  run(counter, way, n) {
    return measureAsks(way, (message) => counter.ask.value(message), n);
  }
}

await main(async (system) => {
  const [way, n, whence] = process.argv.slice(2);
  const counter = await system.spawn(Counter);
  const call = (message) => counter.ask.value(message);
  if (whence === 'main') report(await measureAsks(way, call, Number(n)));
  else report(await (await system.spawn(Asker)).ask.run(counter, way, Number(n)));
});
