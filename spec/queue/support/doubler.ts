import { Actor } from '../../../core/index.js';
import type { Sentinel, SharedQueue } from '../../../core/queue/index.js';
// For its effect too: it is by this import that a queue in a message can be attached here.
import { Mutex } from '../../../core/queue/sync/index.js';

export interface Work {
  readonly jobs: SharedQueue<number | Sentinel>;
  readonly results: { readonly to: SharedQueue<number> };
  readonly mutex: Mutex;
}

/** Doubles what comes by one queue into another, with a mutex held. */
export class Doubler extends Actor {
  static module = import.meta.url;

  async work({ jobs, results, mutex }: Work): Promise<string> {
    using _guard = await mutex.acquire();
    for await (const job of jobs) await results.to.put(job * 2);
    return `${jobs.constructor.name} ${mutex instanceof Mutex}`;
  }
}
