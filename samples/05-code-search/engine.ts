import { type ActorRef, ActorSystem } from '../../core/index.js';
import { IndexActor } from './actors/index-actor.js';
import { QueryActor } from './actors/query-actor.js';
import { Tokenizer } from './actors/tokenizer.js';
import type { Answer } from './answer.js';
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

/** What indexing came to. Its time runs from the start of the system: threads, walk and all, to the whole index. */
export interface Outcome extends Totals {
  size: IndexSize;
  /** Tokenizer threads that were killed meanwhile. */
  killed: number;
  /** Files that were read, or given up, and are not in the index. */
  lost: number;
}

/** The actor system of the code search, and what the rest of the program asks of it. */
export class Engine implements AsyncDisposable {
  readonly #begun: number;
  readonly #kills = new KillTickets();
  readonly #index: Promise<ActorRef<IndexActor>>;
  readonly #tokenizers: Promise<ActorRef<Tokenizer>>;
  readonly #query: Promise<ActorRef<QueryActor>>;

  private constructor(
    readonly system: ActorSystem,
    readonly options: EngineOptions,
    begun: number,
  ) {
    this.#begun = begun;
    const { root, threads, chaos } = options;
    const isInline = threads === 0;
    this.#tokenizers = system.pool(Tokenizer, {
      name: 'tokenizers',
      size: Math.max(1, threads),
      placement: isInline ? 'inline' : 'thread',
      props: { root, ...(chaos > 0 ? { kills: this.#kills.buffer } : {}) },
      // A batch that kills its worker three times by itself is poison; deaths that were ordered are not its fault.
      supervision: { inFlight: 'retry', maxRestarts: chaos + 3, maxAttempts: chaos + 3 },
    });
    // The query waits for the index anyway: one thread is enough for both.
    const placement = isInline ? 'inline' : 'shared';
    // Few and large messages: a short queue is enough to keep the index busy.
    const mailbox = { maxItems: 64, maxBytes: 64 << 20 };
    this.#index = system.spawn(IndexActor, { name: 'index', placement, mailbox });
    this.#query = this.#index.then((index) =>
      system.spawn(QueryActor, { name: 'query', placement, props: { root, index } }),
    );
    // Whoever needs one that has failed to start hears of it there.
    for (const starting of [this.#tokenizers, this.#index, this.#query]) starting.catch(() => {});
  }

  /** Starts the system, and has its threads begin; nobody waits for them here, since there is a folder to walk. */
  static async start(options: EngineOptions): Promise<Engine> {
    const begun = performance.now();
    const system = await ActorSystem.start({
      name: 'code-search',
      threads: 1,
      // Indexing a large folder, or its digest, takes longer than a chat between actors.
      askTimeoutMs: Number.POSITIVE_INFINITY,
      // Deaths that were ordered need no warning each: the summary counts them.
      ...(options.chaos > 0 ? { logger: () => {} } : {}),
    });
    return new Engine(system, options, begun);
  }

  /** Indexes the files. Aborting `signal` ends it early, with an index of what was read until then. */
  async indexFiles(
    paths: readonly string[],
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Outcome> {
    const { threads, chaos } = this.options;
    const index = await this.#index;
    let plan: number[] | undefined;
    const totals = await indexFiles({
      tokenizers: await this.#tokenizers,
      index,
      paths,
      workers: Math.max(1, threads),
      begun: this.#begun,
      signal,
      onProgress,
      onBatch: (batch, batches) => {
        plan ??= killPlan(chaos, batches);
        for (const at of plan) if (at === batch) this.#kills.issue();
      },
    });
    // Behind all segments: each was accepted before its batch was answered.
    const size = await index.ask.size();
    return {
      ...totals,
      size,
      elapsedMs: performance.now() - this.#begun,
      killed: this.#kills.taken,
      lost: totals.failed + totals.files - size.files,
    };
  }

  /** Answers what somebody typed, also from half an index. */
  async answer(text: string, limit: number): Promise<Answer> {
    return (await this.#query).ask.answer(text, limit);
  }

  /** The fingerprint of the index: see `IndexStore`. */
  async digest(): Promise<string> {
    return (await this.#index).ask.digest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system.shutdown();
  }
}
