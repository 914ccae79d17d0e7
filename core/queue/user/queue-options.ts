/** The options of shared queues, and where they are kept. */
import { OptionOutOfRangeError } from '../../errors.js';
import { ChainBlock, Chained, Flag, Queue, STRUCTURE_BYTES, Structure } from './layout.js';

/** How a queue is made. */
export interface SharedQueueOptions {
  /** Items that it holds before `put` waits. Default: `Infinity`. */
  readonly maxItems?: number;
  /** Bytes of encoded items that it holds before `put` waits. Default: `Infinity`. */
  readonly maxBytes?: number;
  /**
   * What becomes of an item whose consumer's thread died before `taskDone`: it counts as done (`'skip'`, the
   * default), or goes back to the front (`'retry'`). With `'retry'` an item's memory is kept until `taskDone`.
   */
  readonly inFlight?: 'skip' | 'retry';
}

/** What a limit that was not given is in the arena. */
export const UNLIMITED = 0x7fffffff;

/** Writes the options of a new queue. @throws OptionOutOfRangeError */
export function prepareQueue({ maxItems, maxBytes, inFlight = 'skip' }: SharedQueueOptions, flags = 0) {
  const items = limitOf('maxItems', maxItems);
  const bytes = limitOf('maxBytes', maxBytes);
  if (inFlight !== 'skip' && inFlight !== 'retry') {
    throw new OptionOutOfRangeError('inFlight', inFlight, "'skip' or 'retry'");
  }
  return (i32: Int32Array, base: number): void => {
    i32[base + Queue.MAX_ITEMS] = Math.min(items, UNLIMITED);
    i32[base + Queue.MAX_SIZE] = Math.min(Math.floor(bytes / 4), UNLIMITED);
    new Float64Array(i32.buffer, (base + Queue.MAX_BYTES) * 4, 1)[0] = bytes;
    i32[base + Structure.FLAGS] = flags | (inFlight === 'retry' ? Flag.RETRY : 0);
  };
}

/** The same for a SharedQueue, whose items lie in a chain. */
export function prepareChain(options: SharedQueueOptions) {
  const prepare = prepareQueue(options);
  return (i32: Int32Array, base: number): void => {
    prepare(i32, base);
    // All but the producers' lock: one who knew the queue that was here may have it for a moment.
    i32.fill(0, base + Chained.PUT_LOCK + 1, base + STRUCTURE_BYTES / 4);
    i32[base + Chained.AT] = ChainBlock.DATA;
    // Last: until then nobody puts.
    Atomics.store(i32, base + Chained.PUT_GENERATION, i32[base + Structure.GENERATION]);
  };
}

function limitOf(option: string, value = Number.POSITIVE_INFINITY): number {
  const whole = value === Number.POSITIVE_INFINITY || Number.isInteger(value);
  if (!whole || value < 1)
    throw new OptionOutOfRangeError(option, value, 'a whole number from 1, or Infinity');
  return value;
}
