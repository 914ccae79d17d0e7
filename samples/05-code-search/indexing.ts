import type { ActorRef } from '../../core/index.js';
import type { Batch, BatchResult, Tokenizer } from './actors/tokenizer.js';
import type { Progress } from './progress.js';

/** What became of all the files of the walk. */
export interface Totals extends BatchResult {
  /** Files of batches that nobody could finish, however often they were tried. */
  failed: number;
  /** Why the first of them could not. */
  firstFailure: Error | undefined;
  elapsedMs: number;
}

export interface IndexingOptions {
  tokenizers: ActorRef<Tokenizer>;
  paths: readonly string[];
  /** Batches under way at once: one being worked on and one waiting for each worker keeps all of them busy. */
  inFlight: number;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Called before batch number `batch` of `batches` is sent. */
  onBatch?(batch: number, batches: number): void;
}

const FILES_PER_BATCH = 64;

/**
 * Has all files indexed. The tokenizers pull: a batch is only sent when one comes back, so what is under way is
 * bounded, however many files there are. After an abort, what is under way is finished and nothing more is sent.
 */
export async function indexFiles(options: IndexingOptions): Promise<Totals> {
  const { tokenizers, paths, signal } = options;
  const begun = performance.now();
  const totals: Totals = {
    files: 0,
    bytes: 0,
    tooLarge: 0,
    binary: 0,
    unreadable: 0,
    failed: 0,
    firstFailure: undefined,
    elapsedMs: 0,
  };
  const batches = Math.ceil(paths.length / FILES_PER_BATCH);
  let next = 0;
  let seen = 0;

  const lane = async (): Promise<void> => {
    while (next < batches && !signal.aborted) {
      const number = next++;
      options.onBatch?.(number, batches);
      const first = number * FILES_PER_BATCH;
      const batch: Batch = { first, paths: paths.slice(first, first + FILES_PER_BATCH) };
      try {
        addTo(totals, await tokenizers.ask.tokenize(batch));
      } catch (error) {
        totals.failed += batch.paths.length;
        totals.firstFailure ??= error as Error;
      }
      seen += batch.paths.length;
      totals.elapsedMs = performance.now() - begun;
      options.onProgress({
        files: seen,
        totalFiles: paths.length,
        bytes: totals.bytes,
        elapsedMs: totals.elapsedMs,
      });
      // With all actors inline, nothing else would give the signal and the page their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  await Promise.all(Array.from({ length: options.inFlight }, lane));
  totals.elapsedMs = performance.now() - begun;
  return totals;
}

function addTo(totals: Totals, result: BatchResult): void {
  totals.files += result.files;
  totals.bytes += result.bytes;
  totals.tooLarge += result.tooLarge;
  totals.binary += result.binary;
  totals.unreadable += result.unreadable;
}
