/** Taps of actors: set in the life that runs, and in those that come after it. */
import type { Tap } from '../runtime/taps.js';
import type { ActorNode } from './actor-node.js';
import type { Ground } from './ground.js';

export class Taps {
  readonly #waiting = new Map<number, (error: unknown) => void>();
  #last = 0;

  constructor(readonly ground: Ground) {}

  /** Resolves when it is set; what the actor is sent from then on is seen. */
  async set(node: ActorNode, tap: Tap | undefined): Promise<void> {
    node.tap = tap;
    const { thread } = node;
    // The next life comes with it.
    if (thread === undefined || thread.dead) return;
    const number = ++this.#last;
    const answered = new Promise<unknown>((resolve) => this.#waiting.set(number, resolve));
    this.ground.say(thread, { op: 'tap', actor: node.address, tap, number });
    const isGone = () => node.thread !== thread || thread.dead || node.isEnding;
    const error = await node.until(isGone, answered);
    this.#waiting.delete(number);
    if (error === undefined) return;
    node.tap = undefined;
    throw error;
  }

  onTapped(number: number, error: unknown): void {
    this.#waiting.get(number)?.(error);
  }
}
