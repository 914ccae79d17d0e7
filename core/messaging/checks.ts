/** Options as users give them: an error names the option, the value, and what it may be. */
import { OptionOutOfRangeError, WrongArgumentError } from '../errors.js';
import type {
  ShutdownOptions,
  SpawnSettings,
  SupervisionOptions,
  WaitOptions,
  WithOptions,
} from './options.js';

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
  return value === undefined ? fallback : milliseconds(option, value);
}

function milliseconds(option: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new OptionOutOfRangeError(option, value, 'milliseconds, 0 or more, or Infinity');
  }
  return value;
}

/** Checks one of several texts. */
export function oneOf(option: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value as string)) return;
  const quoted = allowed.map((each) => `'${each}'`);
  throw new OptionOutOfRangeError(option, value, `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`);
}

/** Checks an object of further options, unless it is left out. */
export function group(option: string, value: unknown, range = 'an object of options'): void {
  if (value !== undefined && !isRecord(value)) throw new OptionOutOfRangeError(option, value, range);
}

/** Checks the last argument of a call, which may be left out. */
export function optionsOf(call: string, value: unknown): void {
  if (value !== undefined && !isRecord(value))
    throw new WrongArgumentError(call, value, 'an object of options');
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new OptionOutOfRangeError('signal', signal, 'an AbortSignal');
  }
}

/** How long to wait, and what ends that: of `join`, `drained` and the like. */
export function checkWait(call: string, options: WaitOptions): void {
  optionsOf(call, options);
  duration('timeoutMs', options.timeoutMs, 0);
  checkSignal(options.signal);
}

/** How the whole system stops. */
export function checkShutdown(options: ShutdownOptions): void {
  checkWait('shutdown', options);
  const { drain } = options;
  if (drain !== undefined && typeof drain !== 'boolean') {
    throw new OptionOutOfRangeError('drain', drain, 'true or false');
  }
}

/** The name of an actor, which becomes a part of its path. */
export function checkName(name: unknown): void {
  if (name === undefined) return;
  if (typeof name !== 'string' || name === '' || name.includes('/') || name.length > 200) {
    throw new OptionOutOfRangeError('name', name, 'a text of 1 to 200 characters without /');
  }
}

/** What Node gives a thread. */
export function checkThread({ execArgv, env, resourceLimits }: SpawnSettings): void {
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every(isText))) {
    throw new OptionOutOfRangeError('execArgv', execArgv, 'an array of texts');
  }
  if (env !== undefined && !(isRecord(env) && Object.values(env).every(isText))) {
    throw new OptionOutOfRangeError('env', env, 'an object of texts');
  }
  group('resourceLimits', resourceLimits, 'an object of numbers, as of a Worker');
  for (const [limit, value] of Object.entries(resourceLimits ?? {})) {
    if (value === undefined || (typeof value === 'number' && value > 0)) continue;
    throw new OptionOutOfRangeError(`resourceLimits.${limit}`, value, 'a number above 0');
  }
}

export function checkSupervision(supervision: SupervisionOptions | undefined): void {
  group('supervision', supervision);
  const { restart, onError, inFlight, maxRestarts, maxAttempts, withinMs, backoff } = supervision ?? {};
  oneOf('supervision.restart', restart, ['permanent', 'transient', 'temporary']);
  oneOf('supervision.onError', onError, ['restart', 'resume', 'stop', 'escalate']);
  oneOf('supervision.inFlight', inFlight, ['skip', 'retry']);
  if (maxRestarts !== undefined && maxRestarts !== Number.POSITIVE_INFINITY) {
    inRange('supervision.maxRestarts', maxRestarts, 0, 0x7fffffff);
  }
  if (maxAttempts !== undefined) inRange('supervision.maxAttempts', maxAttempts, 1, 0x7fffffff);
  duration('supervision.withinMs', withinMs, 0);
  group('supervision.backoff', backoff, 'an object of minMs, maxMs and jitter');
  if (backoff === undefined) return;
  const { minMs, maxMs, jitter = 0 } = backoff;
  milliseconds('supervision.backoff.minMs', minMs);
  milliseconds('supervision.backoff.maxMs', maxMs);
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) {
    throw new OptionOutOfRangeError('supervision.backoff.jitter', jitter, 'a number from 0 to 1');
  }
}

/** The options of one call: those of `ref.with()`. */
export function checkCall(options: WithOptions): void {
  checkWait('with', options);
  const { urgent, transfer, overflow, buffer } = options;
  if (urgent !== undefined && typeof urgent !== 'boolean') {
    throw new OptionOutOfRangeError('urgent', urgent, 'true or false');
  }
  if (transfer !== undefined && !(Array.isArray(transfer) && transfer.every(isObject))) {
    throw new OptionOutOfRangeError('transfer', transfer, 'an array of objects that stand in the arguments');
  }
  oneOf('overflow', overflow, ['error', 'drop-oldest', 'drop-newest']);
  if (buffer !== undefined) inRange('buffer', buffer, 1, MAX_BUFFER);
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isRecord = (value: unknown): value is object => isObject(value) && !Array.isArray(value);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
