/** Finds handlers that keep their thread for longer than `hangTimeoutMs`: only a new thread helps. */
import { Thread } from '../memory/layout.js';
import { homeOf, markReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ThreadEntry } from '../runtime/thread.js';
import { readMetrics } from './metrics.js';
import type { Supervisor } from './supervisor.js';

const LOOK_MS = 250;

export class HangWatch {
  readonly #heard = new WeakMap<ThreadEntry, { readonly progress: number; readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly supervisor: Supervisor,
    /** Told before the thread is terminated. */
    readonly onStuck: (path: string, method: string | undefined, forMs: number) => void,
  ) {}

  /** Begins to look once an actor has a limit: an idle system uses no CPU. */
  mind(hangTimeoutMs: number): void {
    if (Number.isFinite(hangTimeoutMs)) this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { host } = this.supervisor;
    for (const node of this.supervisor.all()) {
      const limit = node.spec.hangTimeoutMs;
      if (!Number.isFinite(limit) || node.thread?.worker === undefined || node.state !== 'running') continue;
      const [{ handling }] = readMetrics(host, [node]).actors;
      const current = host.arena.i32[recordOf(node.thread.slot) + Thread.CURRENT];
      const inHandler = current === node.identity.box ? (handling?.forMs ?? 0) : 0;
      // Behind an await it is in no handler, and yet nothing else runs.
      const stuckForMs = node.thread.shared ? inHandler : Math.max(inHandler, this.#silenceOf(node.thread));
      if (stuckForMs < limit) continue;
      this.onStuck(node.path, handling?.method, stuckForMs);
      void node.thread.worker.terminate();
    }
  }

  /** For how many ms a thread has not turned, though it was asked to: an idle one answers. */
  #silenceOf(entry: ThreadEntry): number {
    const { i32 } = this.supervisor.arena;
    const progress = i32[recordOf(entry.slot) + Thread.PROGRESS];
    const now = performance.now();
    let heard = this.#heard.get(entry);
    if (heard?.progress !== progress) {
      heard = { progress, at: now };
      this.#heard.set(entry, heard);
    }
    markReady(i32, homeOf(entry.slot, 0));
    return now - heard.at;
  }
}
