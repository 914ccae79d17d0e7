/** Actors whose handlers throw, never answer, or wait for an abort. */
import { Actor, type ActorRef } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;

/** An error class that both sides have loaded. */
export class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  constructor(
    readonly item: string,
    readonly left: number,
  ) {
    super(`${item} is out of stock`);
  }
}

export class Thrower extends Actor {
  static module = here;
  #handled = 0;
  range() {
    throw new RangeError('too far', { cause: new TypeError('no number') });
  }
  coded() {
    throw Object.assign(new Error('no file'), { code: 'ENOENT', path: '/nowhere', at: { line: 3 } });
  }
  own() {
    throw new OutOfStock('tea', 0);
  }
  async later() {
    await null;
    throw new Error('later');
  }
  text() {
    throw 'just text';
  }
  empty() {
    throw undefined;
  }
  unsendable() {
    throw Object.assign(new Error('with a function'), { callback: () => 1 });
  }
  count() {
    return ++this.#handled;
  }
  crashNow() {
    process.exit(1);
  }
  async crashLater(gate: SharedArrayBuffer) {
    await passGate(gate);
    process.exit(1);
  }
}

export class Slow extends Actor {
  static module = here;
  #taken: string[] = [];
  async hold(gate: SharedArrayBuffer) {
    this.#taken.push('hold');
    await passGate(gate);
    return 'late';
  }
  never() {
    this.#taken.push('never');
    return new Promise<never>(() => undefined);
  }
  /** Knocks at the second gate when its asker has given up. */
  async untilAborted(begun: SharedArrayBuffer, aborted: SharedArrayBuffer) {
    const { signal } = this.context;
    knock(begun);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    knock(aborted);
  }
  note(what: string) {
    this.#taken.push(what);
  }
  taken() {
    return this.#taken;
  }
  askSelf(): Promise<unknown> {
    return (this.self as ActorRef<Slow>).with({ timeoutMs: 50 }).ask.taken();
  }
  async stopSelf() {
    const report = await (this.self as ActorRef<Slow>).stop();
    return report.reason.kind;
  }
  async joinSelf() {
    return await (this.self as ActorRef<Slow>).join();
  }
}
