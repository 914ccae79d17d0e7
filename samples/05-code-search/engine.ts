import { type ActorRef, ActorSystem } from '../../core/index.js';
import { IndexActor } from './actors/index-actor.js';
import { QueryActor } from './actors/query-actor.js';
import { Tokenizer } from './actors/tokenizer.js';
import { KillTickets, killPlan } from './chaos.js';
import type { IndexSize } from './index-store.js';
import { indexFiles, type Totals } from './indexing.js';
import type { Progress } from './progress.js';

export interface EngineOptions {
  /** The folder that the paths are relative to. */
  root: string;
  /** 0: every actor inline. */
  threads: number;
  /** How many tokenizer threads will be killed. */
  chaos: number;
}

/** What indexing came to. */
export interface Outcome extends Totals {
  size: IndexSize;
  /** Tokenizer threads that were killed meanwhile. */
  killed: number;
  /** Files that were read, or given up, and are not in the index. */
  lost: number;
}

/** The actor system of the code search, and the refs that the rest of the program talks to. */
export class Engine implements AsyncDisposable {
  private constructor(
    readonly system: ActorSystem,
    readonly tokenizers: ActorRef<Tokenizer>,
    readonly index: ActorRef<IndexActor>,
    readonly query: ActorRef<QueryActor>,
    readonly options: EngineOptions,
    readonly kills: KillTickets,
  ) {}

  static async start(options: EngineOptions): Promise<Engine> {
    const { root, threads, chaos } = options;
    const placement = threads === 0 ? 'inline' : 'thread';
    const system = await ActorSystem.start({
      name: 'code-search',
      // Indexing a large folder, or its digest, takes longer than a chat between actors.
      askTimeoutMs: Number.POSITIVE_INFINITY,
      // Deaths that were ordered need no warning each: the summary counts them.
      ...(chaos > 0 ? { logger: () => {} } : {}),
    });
    try {
      // Few and large messages: a short queue is enough to keep the index busy.
      const mailbox = { maxItems: 64, maxBytes: 64 << 20 };
      const index = await system.spawn(IndexActor, { name: 'index', placement, mailbox });
      const kills = new KillTickets();
      const tokenizers = await system.pool(Tokenizer, {
        name: 'tokenizers',
        size: Math.max(1, threads),
        placement,
        props: { root, index, ...(chaos > 0 ? { kills: kills.buffer } : {}) },
        // A batch that kills its worker three times by itself is poison; deaths that were ordered are not its fault.
        supervision: { inFlight: 'retry', maxRestarts: chaos + 3, maxAttempts: chaos + 3 },
      });
      const query = await system.spawn(QueryActor, { name: 'query', placement, props: { root, index } });
      return new Engine(system, tokenizers, index, query, options, kills);
    } catch (error) {
      await system.shutdown({ drain: false });
      throw error;
    }
  }

  /** Indexes the files. Aborting `signal` ends it early, with an index of what was read until then. */
  async indexFiles(
    paths: readonly string[],
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Outcome> {
    const { threads, chaos } = this.options;
    const inFlight = Math.max(1, threads) * 2;
    let plan: number[] | undefined;
    const totals = await indexFiles({
      tokenizers: this.tokenizers,
      paths,
      inFlight,
      signal,
      onProgress,
      onBatch: (batch, batches) => {
        plan ??= killPlan(chaos, batches);
        for (const at of plan) if (at === batch) this.kills.issue();
      },
    });
    // Behind all segments: each was accepted before its batch was answered.
    const size = await this.index.ask.size();
    return { ...totals, size, killed: this.kills.taken, lost: totals.failed + totals.files - size.files };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system.shutdown();
  }
}
