/** Options as users give them: an error names the option, the value, and what it may be. */
import { OptionOutOfRangeError } from '../errors.js';
import type { WithOptions } from './options.js';

/** Items that a stream may run ahead at the most. */
const MAX_BUFFER = 1 << 24;

/** Checks a whole number. */
export function inRange(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new OptionOutOfRangeError(option, value, `a whole number from ${min} to ${max}`);
  }
  return value;
}

/** Checks a duration in ms; `Infinity` is never. */
export function duration(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new OptionOutOfRangeError(option, value, 'milliseconds, 0 or more, or Infinity');
  }
  return value;
}

/** The options of one call: those of `ref.with()`. */
export function checkCall({ timeoutMs, signal, urgent, transfer, overflow, buffer }: WithOptions): void {
  duration('timeoutMs', timeoutMs, 0);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new OptionOutOfRangeError('signal', signal, 'an AbortSignal');
  }
  if (urgent !== undefined && typeof urgent !== 'boolean') {
    throw new OptionOutOfRangeError('urgent', urgent, 'true or false');
  }
  if (transfer !== undefined && !(Array.isArray(transfer) && transfer.every(isObject))) {
    throw new OptionOutOfRangeError('transfer', transfer, 'an array of objects that stand in the arguments');
  }
  if (overflow !== undefined && !['error', 'drop-oldest', 'drop-newest'].includes(overflow)) {
    throw new OptionOutOfRangeError('overflow', overflow, 'error, drop-oldest or drop-newest');
  }
  if (buffer !== undefined) inRange('buffer', buffer, 1, MAX_BUFFER);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
