/** A counter as an actor of comedy; `mode` is `threaded` or `in-memory`. */
import { createRequire } from 'node:module';

const { createSystem } = createRequire(import.meta.url)('comedy');
const quiet = { error() {}, warn() {}, info() {}, debug() {}, isDebug: () => false };

/** Its source goes to the thread. */
class Counter {
  initialize() {
    this.sum = 0;
  }
  inc(message) {
    this.sum += message.n;
  }
  value(message) {
    return message.n;
  }
  take() {
    const { sum } = this;
    this.sum = 0;
    return sum;
  }
}

export async function comedyCounter(mode) {
  const root = await createSystem({ log: quiet, test: true }).rootActor();
  return root.createChild(Counter, { mode });
}
