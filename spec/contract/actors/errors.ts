/** Actors that throw whatever can be thrown. */
import { Actor, type ActorRef } from '../../../core/index.js';
import type { Refuser } from './refused.js';

const here = import.meta.url;

/** Has a namesake in refused.ts. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly from = 'errors.ts';
}

export class Deeper extends Denied {
  constructor(
    message: string,
    readonly level: number,
  ) {
    super(message);
  }
  get twice() {
    return this.level * 2;
  }
}

export class Throws extends Actor {
  static module = here;
  deny() {
    throw new Denied('by errors.ts');
  }
  deeper() {
    throw new Deeper('down', 21);
  }
  aggregate() {
    throw new AggregateError([new Denied('inside'), new RangeError('beside')], 'several');
  }
  caused() {
    throw new Error('outer', { cause: new Denied('inner') });
  }
  anything(what: 'null' | 'number' | 'object' | 'function' | 'symbol' | 'promise') {
    const values = {
      null: null,
      number: 42,
      object: { code: 'E_PLAIN', deep: [1] },
      function: () => 1,
      symbol: Symbol('thrown'),
      promise: Promise.resolve(1),
    };
    throw values[what];
  }
  async later(what: 'null' | 'number' | 'object' | 'function' | 'symbol' | 'promise') {
    await null;
    this.anything(what);
  }
  unsendable() {
    const error = new RangeError('half', { cause: () => 1 });
    throw Object.assign(error, { socket: { on: () => 1 }, fine: [1], code: 'E_HALF', own: new WeakMap() });
  }
  getter() {
    throw Object.defineProperty(new Error('getter'), 'bad', {
      enumerable: true,
      get() {
        throw new Error('never mind');
      },
    });
  }
  circular() {
    const error = new Error('round') as Error & { self?: Error };
    error.self = error;
    error.cause = error;
    throw error;
  }
  frozen() {
    throw Object.freeze(new TypeError('cold'));
  }
  async passOn(other: ActorRef<Throws>, method: 'deny' | 'deeper') {
    await other.ask[method]();
  }
  /** What the class of the other's error is in this thread. */
  async sees(other: ActorRef<Throws>) {
    try {
      await other.ask.deny();
    } catch (error) {
      return error instanceof Denied;
    }
    return undefined;
  }
  async askEnded(other: ActorRef<Throws>) {
    await other.ask.ok();
  }
  async askRefuser(other: ActorRef<Refuser>) {
    await other.ask.deny();
  }
  ok() {
    return 'ok';
  }
}
