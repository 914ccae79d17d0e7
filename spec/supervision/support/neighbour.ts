/** Counts what goes on in its thread, and can keep a question open when it ends. */
import { workerData } from 'node:worker_threads';
import { Actor, type ActorRef } from '../../../core/index.js';
import { Arena } from '../../../core/memory/arena.js';
import { Thread } from '../../../core/memory/layout.js';
import { recordOf } from '../../../core/memory/thread-record.js';
import { BOOT_KEY, type WorkerBoot } from '../../../core/runtime/thread.js';

export class Neighbour extends Actor {
  static module = import.meta.url;
  static concurrency = 2;
  #left = false;

  /** Turns of its thread so far, this one included. */
  turns(): number {
    const { buffer, slot } = (workerData as Record<string, WorkerBoot>)[BOOT_KEY];
    return Arena.over(buffer).i32[recordOf(slot) + Thread.PROGRESS];
  }

  /** Never answers; notes when its asker has gone. */
  wait(): Promise<never> {
    this.context.signal.addEventListener('abort', () => {
      this.#left = true;
    });
    return new Promise(() => {});
  }

  /** Leaves a question open. */
  ask(other: ActorRef<Neighbour>): void {
    void other.ask.wait().catch(() => {});
  }

  left(): boolean {
    return this.#left;
  }
}
