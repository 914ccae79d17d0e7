/** Actors that send on what they are sent. */
import { Actor, type ActorRef } from '../../core/index.js';

const here = import.meta.url;

export class Relay extends Actor<{ to: ActorRef<Relay> } | undefined> {
  static module = here;
  #passed = 0;
  pass(n: number) {
    this.#passed += n;
    this.props?.to.tell.pass(n);
  }
  async passLater(n: number) {
    await null;
    this.pass(n);
  }
  fail(why: string) {
    throw new RangeError(why);
  }
  passed() {
    return this.#passed;
  }
  /** Of the whole chain, asked from one to the next. */
  async total(): Promise<number> {
    const behind = await this.props?.to.ask.total();
    return this.#passed + (behind ?? 0);
  }
}
