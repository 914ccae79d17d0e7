import type { ActorRef } from '../../core/index.js';
import type { IndexActor } from './actors/index-actor.js';
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
  /** Where they send what they make. */
  index: ActorRef<IndexActor>;
  paths: readonly string[];
  /** How many tokenizers there are. */
  workers: number;
  /** When all began, as `performance.now()` gives it: what the time is counted from. */
  begun: number;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Called before batch number `batch` of `batches` is sent. */
  onBatch?(batch: number, batches: number): void;
}

const MAX_FILES_PER_BATCH = 128;
const MIN_FILES_PER_BATCH = 8;

/**
 * Has all files indexed. The tokenizers pull: a batch is only sent when one comes back, so what is under way is
 * bounded, however many files there are. After an abort, what is under way is finished and nothing more is sent.
 */
export async function indexFiles(options: IndexingOptions): Promise<Totals> {
  const { tokenizers, index, paths, workers, begun, signal } = options;
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
  const batches = batchesOf(paths, workers);
  let next = 0;
  let seen = 0;

  const lane = async (): Promise<void> => {
    while (next < batches.length && !signal.aborted) {
      const batch = batches[next];
      options.onBatch?.(next++, batches.length);
      try {
        addTo(totals, await tokenizers.ask.tokenize(batch, index));
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

  // One being worked on and one waiting for each worker keeps all of them busy.
  await Promise.all(Array.from({ length: workers * 2 }, lane));
  totals.elapsedMs = performance.now() - begun;
  return totals;
}

/** Large batches first, since a term is sent once for each; small ones last, so that all workers end together. */
export function batchesOf(paths: readonly string[], workers: number): Batch[] {
  const batches: Batch[] = [];
  for (let first = 0; first < paths.length; first += batches[batches.length - 1].paths.length) {
    const share = Math.ceil((paths.length - first) / (workers * 4));
    const size = Math.min(MAX_FILES_PER_BATCH, Math.max(MIN_FILES_PER_BATCH, share));
    batches.push({ first, paths: paths.slice(first, first + size) });
  }
  return batches;
}

function addTo(totals: Totals, result: BatchResult): void {
  totals.files += result.files;
  totals.bytes += result.bytes;
  totals.tooLarge += result.tooLarge;
  totals.binary += result.binary;
  totals.unreadable += result.unreadable;
}
