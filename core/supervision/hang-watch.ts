/** Finds code of actors that keeps their thread for longer than `hangTimeoutMs`: only a new thread helps. */
import { NONE, Thread } from '../memory/layout.js';
import { monotonicMs } from '../memory/monotonic.js';
import { homeOf, markReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
import { BusyThreads, progressOf } from './busy-threads.js';
import { methodOf } from './metrics.js';
import type { Supervisor } from './supervisor.js';

const LOOK_MS = 250;

export class HangWatch {
  readonly #heard = new WeakMap<ActorNode, { readonly progress: number; readonly at: number }>();
  /** Terminated already: inside a native call they die when that has ended. */
  readonly #doomed = new WeakSet<ThreadEntry>();
  readonly #busy: BusyThreads;
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
    readonly onStuck: (path: string, where: string | undefined, forMs: number) => void,
  ) {
    this.#busy = new BusyThreads(supervisor.host);
  }

  /** Begins to look once an actor has a limit: an idle system uses no CPU. */
  mind(hangTimeoutMs: number): void {
    if (!Number.isFinite(hangTimeoutMs) || this.#timer !== undefined) return;
    this.#lookedAt = monotonicMs();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = monotonicMs();
    this.#clock += Math.min(now - this.#lookedAt, LOOK_MS);
    this.#lookedAt = now;
    const progress = progressOf(this.supervisor.arena, this.supervisor.all());
    for (const node of this.supervisor.all()) {
      const { thread } = node;
      const limit = node.spec.hangTimeoutMs;
      if (!Number.isFinite(limit) || thread?.worker === undefined || node.state !== 'running') continue;
      if (this.#doomed.has(thread)) continue;
      const stuckForMs = this.#stuckForMs(node, thread, progress.get(thread) as number);
      if (stuckForMs < limit) continue;
      const where = this.#whereIn(thread, node, stuckForMs);
      if (where === 'spared') continue;
      this.#doomed.add(thread);
      this.onStuck(node.path, where, stuckForMs);
      void thread.worker.terminate();
    }
  }

  /** For how many ms at least nothing has come to its end: since it was first seen at what it still is at. */
  #stuckForMs(node: ActorNode, entry: ThreadEntry, progress: number): number {
    const { i32 } = this.supervisor.arena;
    // An idle one answers.
    markReady(i32, homeOf(entry.slot, 0));
    const busyMs = this.#busy.busyMs(entry, progress, this.#clock);
    // On its own thread it may be behind an await, and in none; so may any of several be.
    if (!entry.shared || this.#currentOf(entry) === NONE) return busyMs;
    let heard = this.#heard.get(node);
    if (heard?.progress !== progress || this.#currentOf(entry) !== node.identity.box) {
      heard = { progress, at: this.#clock };
      this.#heard.set(node, heard);
    }
    return this.#clock - heard.at;
  }

  #currentOf({ slot }: ThreadEntry): number {
    return this.supervisor.arena.i32[recordOf(slot) + Thread.CURRENT];
  }

  /**
   * In what a thread is stuck. Behind an await it is not known in whose: then all that are at something have to have
   * been given their time, since one of them may have good reason to take longer.
   */
  #whereIn(entry: ThreadEntry, node: ActorNode, stuckForMs: number): string | undefined | 'spared' {
    const { host } = this.supervisor;
    if (!entry.shared || this.#currentOf(entry) !== NONE) return methodOf(host, node);
    const here = [...this.supervisor.all()].filter(({ thread }) => thread === entry);
    // One that starts or stops may be what takes so long, and has limits of its own.
    if (here.some(({ instance }) => instance === 'coming' || instance === 'leaving')) return 'spared';
    const busy = here.filter((each) => methodOf(host, each) !== undefined);
    const suspects = busy.length > 0 ? busy : here;
    if (suspects.some(({ spec }) => stuckForMs < spec.hangTimeoutMs)) return 'spared';
    if (busy.length === 1)
      return busy[0] === node ? methodOf(host, node) : `${methodOf(host, busy[0])} of ${busy[0].path}`;
    return 'code of its thread';
  }
}
