/** Actors that log. */
import { Actor, type ActorRef } from '../../../core/index.js';

export class Talker extends Actor {
  static module = import.meta.url;
  #flag: Int32Array | undefined;
  #next: ActorRef<Talker> | undefined;
  override onStart() {
    this.context.log.debug('open');
  }
  meet(next: ActorRef<Talker>) {
    this.#next = next;
  }
  /** Each says a number and tells the next one to say the next. */
  count(from: number, to: number) {
    this.context.log.info({ n: from }, 'counting');
    if (from < to) this.#next?.tell.count(from + 1, to);
  }
  say(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', fields: object, message: string) {
    this.context.log[level](fields, message);
  }
  take(flag: Int32Array) {
    this.#flag = flag;
  }
  sayAndFlag() {
    this.context.log.info('while you sleep');
    if (this.#flag !== undefined) Atomics.store(this.#flag, 0, 1);
  }
  sayOdd() {
    this.context.log.info({ call: () => 5, symbol: Symbol('s'), fine: 1 }, 'odd');
  }
  sayOwnError() {
    class StockError extends RangeError {
      override name = 'StockError';
      left = 2;
    }
    this.context.log.error(new StockError('none left', { cause: new TypeError('why') }));
  }
  level() {
    return this.context.log.level;
  }
  louder() {
    this.context.log.level = 'trace';
  }
  fail() {
    throw new Error('oops');
  }
}
