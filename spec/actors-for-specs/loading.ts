import { Actor, actor } from '../../core/index.js';
import type { Loader } from '../../core/runtime/loader.js';

const bundle = new URL('../../core/runtime/troupe.cjs', import.meta.url);

/** Says how core came into its thread. */
@actor(import.meta.url)
export class Loading extends Actor {
  isFromCode(): boolean | undefined {
    const loaders = globalThis as Record<symbol, Loader | undefined>;
    return loaders[Symbol.for(`troupe.loader:${bundle.href}`)]?.isFromCode;
  }
}
