/** A thread that plays scripts of calls on a queue, one after another, and tells what came of each call. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { SharedPriorityQueue, SharedQueue, SharedStack } from '../../../core/queue/index.js';
import type { SharedHandle } from '../../../core/queue/sync/index.js';

export interface Step {
  readonly call: 'put' | 'putSync' | 'tryPut' | 'get' | 'getSync' | 'tryGet';
  readonly timeoutMs: number;
  readonly priority: number;
}
export interface Script {
  readonly player: number;
  readonly handle: SharedHandle<'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack'>;
  readonly steps: readonly Step[];
}
export interface Item {
  readonly player: number;
  readonly number: number;
  readonly priority: number;
}
export interface Played {
  readonly put: Item[];
  readonly taken: Item[];
}

const ENDS = ['ERR_TROUPE_QUEUE_FULL', 'ERR_TROUPE_QUEUE_EMPTY', 'ERR_TROUPE_QUEUE_SHUT_DOWN'];

// biome-ignore lint/suspicious/noExplicitAny: any of the three queues
type Queue = any;

async function play({ player, handle, steps }: Script): Promise<Played> {
  const Type = { SharedQueue, SharedPriorityQueue, SharedStack }[handle.kind];
  const queue: Queue = Type.attach(handle as never);
  const played: Played = { put: [], taken: [] };
  for (const [number, { call, timeoutMs, priority }] of steps.entries()) {
    try {
      if (call === 'put' || call === 'putSync' || call === 'tryPut') {
        const item = { player, number, priority };
        if ((await queue[call](item, { timeoutMs, priority })) !== false) played.put.push(item);
      } else {
        const item = await queue[call]({ timeoutMs });
        if (item === undefined) continue;
        played.taken.push(item);
        queue.taskDone();
      }
    } catch (error) {
      if (!ENDS.includes((error as { code: string }).code)) throw error;
    }
  }
  return played;
}

export class Player {
  readonly #worker = new Worker(new URL(import.meta.url), { argv: ['player'] });

  async play(script: Script): Promise<Played> {
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage(script);
    return (await answer)[0] as Played;
  }

  end(): Promise<number> {
    return this.#worker.terminate();
  }
}

if (!isMainThread && process.argv.includes('player')) {
  parentPort?.on('message', async (script: Script) => parentPort?.postMessage(await play(script)));
}
