/** How far a stream may run ahead of its subscriber over the thread boundary, in items and in memory. */
import type { WithOptions } from './options.js';

/** Items that may be under way. */
export const STREAM_WINDOW = 1024;

/**
 * Words that may be under way, beside a last item that is larger: what lies between the threads stays small also when
 * the items are not. 1 MiB.
 */
export const STREAM_WORDS = 1 << 18;

/** Words after whose consumption credit is given, however few items they were. */
export const WORDS_STEP = STREAM_WORDS >> 1;

/**
 * Items after whose consumption an Observable is given credit: often, so that a buffer that is full is seen for what it
 * is. What is pulled gets it by halves, since to wake its thread takes longer than to make some hundred items.
 */
export const pushStep = (buffer: number): number => Math.max(1, Math.min(buffer >> 4, STREAM_WINDOW >> 2));
export const pullStep = (window: number): number => Math.max(1, window >> 1);

/** How far a stream may run ahead of its subscriber. */
export interface StreamLimits {
  /** What an Observable, which cannot be slowed, does beyond that. */
  readonly overflow: string;
  /** Items. */
  readonly buffer: number;
}

/** Those of a ref's options; undefined when they name none. */
export const limitsIn = ({ overflow, buffer }: WithOptions): StreamLimits | undefined =>
  overflow === undefined && buffer === undefined
    ? undefined
    : { overflow: overflow ?? 'error', buffer: buffer ?? STREAM_WINDOW };
