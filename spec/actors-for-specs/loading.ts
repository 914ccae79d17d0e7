import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import { Actor, actor } from '../../core/index.js';
// Its type alone: the thread has no queues before one arrives.
import type { SharedQueue } from '../../core/queue/index.js';
import type { CoreCode, Loader } from '../../core/runtime/loader.js';

const bundle = new URL('../../core/runtime/troupe.cjs', import.meta.url);

/** Says how core came into its thread. */
@actor(import.meta.url)
export class Loading extends Actor {
  isFromCode(): boolean | undefined {
    const loaders = globalThis as Record<symbol, Loader | undefined>;
    return loaders[Symbol.for(`troupe.loader:${bundle.href}`)]?.isFromCode;
  }

  /** Bytes of the compiled code that its thread was handed. */
  size(): number {
    return (workerData as { 'troupe:core': CoreCode })['troupe:core'].compiled.byteLength;
  }

  /** Whether its thread has what most do without. */
  hasLate(): boolean {
    const files = Object.keys(createRequire(import.meta.url).cache);
    return files.some((file) => file.endsWith('late.cjs'));
  }

  next(queue: SharedQueue<string>): string | undefined {
    return queue.tryGet();
  }
}
