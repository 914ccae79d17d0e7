/** Finds handlers that keep their thread for longer than `hangTimeoutMs`: only a new thread helps. */
import { Box, Thread, wordOf } from '../memory/layout.js';
import { homeOf, markReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import { readMetrics } from './metrics.js';
import type { Supervisor } from './supervisor.js';

const LOOK_MS = 250;

export class HangWatch {
  readonly #heard = new WeakMap<ActorNode, { readonly progress: number; readonly at: number }>();
  /** Terminated already: inside a native call they die when that has ended. */
  readonly #doomed = new WeakSet<ThreadEntry>();
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  /**
   * Time that counts, in ms: of a look that comes late no more than was to pass. The whole process may have been
   * suspended, and then nobody had any.
   */
  #clock = 0;

  constructor(
    readonly supervisor: Supervisor,
    /** Told before the thread is terminated. */
    readonly onStuck: (path: string, method: string | undefined, forMs: number) => void,
  ) {}

  /** Begins to look once an actor has a limit: an idle system uses no CPU. */
  mind(hangTimeoutMs: number): void {
    if (!Number.isFinite(hangTimeoutMs) || this.#timer !== undefined) return;
    this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { host } = this.supervisor;
    const now = performance.now();
    this.#clock += Math.min(now - this.#lookedAt, LOOK_MS);
    this.#lookedAt = now;
    const progress = this.#progress();
    for (const node of this.supervisor.all()) {
      const { thread } = node;
      const limit = node.spec.hangTimeoutMs;
      if (!Number.isFinite(limit) || thread?.worker === undefined || node.state !== 'running') continue;
      if (this.#doomed.has(thread)) continue;
      const stuckForMs = this.#stuckForMs(node, thread, progress.get(thread) as number);
      if (stuckForMs < limit) continue;
      this.#doomed.add(thread);
      const [{ handling }] = readMetrics(host, [node], []).actors;
      this.onStuck(node.path, handling?.method, stuckForMs);
      void thread.worker.terminate();
    }
  }

  /** Of each thread a number that changes with its turns, and with each message that is done in one. */
  #progress(): Map<ThreadEntry, number> {
    const { i32 } = this.supervisor.arena;
    const progress = new Map<ThreadEntry, number>();
    for (const { thread, identity } of this.supervisor.all()) {
      if (thread === undefined) continue;
      const base = wordOf(identity.box);
      const turns = progress.get(thread) ?? i32[recordOf(thread.slot) + Thread.PROGRESS];
      const taken = i32[base + Box.DONE] + i32[base + Box.URGENT_DONE];
      progress.set(thread, (turns + taken + i32[base + Box.PROCESSED] + i32[base + Box.FAILED]) | 0);
    }
    return progress;
  }

  /** For how many ms at least nothing has come to its end: since it was first seen at what it still is at. */
  #stuckForMs(node: ActorNode, entry: ThreadEntry, progress: number): number {
    const { i32 } = this.supervisor.arena;
    // On a shared thread the one in whose handler it is; on its own it may be behind an await, and in none.
    const isAtIt = !entry.shared || i32[recordOf(entry.slot) + Thread.CURRENT] === node.identity.box;
    let heard = this.#heard.get(node);
    if (heard?.progress !== progress || !isAtIt) {
      heard = { progress, at: this.#clock };
      this.#heard.set(node, heard);
    }
    // An idle one answers.
    if (!entry.shared) markReady(i32, homeOf(entry.slot, 0));
    return this.#clock - heard.at;
  }
}
