/** Takes numbers in their order, as fast as they come. */
import { Actor, type ActorRef } from '../../../core/index.js';

export class Sequence extends Actor {
  static module = import.meta.url;
  #next = 0;
  #wrong = 0;
  take(n: number): void {
    if (n !== this.#next++) this.#wrong++;
  }
  wrong(): number {
    return this.#wrong;
  }
}

export class Sequencer extends Actor {
  static module = import.meta.url;
  async send(to: ActorRef<Sequence>, count: number): Promise<void> {
    for (let n = 0; n < count; n++) if (!to.tell.take(n)) await to.drained();
  }
}
