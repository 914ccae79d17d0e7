/** Promises that somebody waits for, with an end to the waiting. */
import { whenAborted } from '../memory/aborts.js';
import { later } from '../memory/later.js';
import type { Waiting } from './ref-world.js';

/** A promise, and who waits until it has settled. */
export function untilEnd<T>(promise: Promise<T>, waiting: Waiting | undefined): Promise<T> {
  return waiting === undefined ? promise : promise.finally(() => waiting.end());
}

/** A promise with a time limit and a signal. */
export function limited<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  late: (ms: number) => Error,
): Promise<T> {
  if (signal === undefined && (timeoutMs === undefined || !Number.isFinite(timeoutMs))) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      stay();
    };
    const giveUp = (error: unknown) => {
      leave();
      reject(error);
    };
    const { POSITIVE_INFINITY: never } = Number;
    const timer = later(timeoutMs ?? never, () => giveUp(late(timeoutMs as number)));
    const stay = whenAborted(signal, () => giveUp(signal?.reason));
    if (signal?.aborted === true) giveUp(signal.reason);
    promise.then(resolve, reject).finally(leave);
  });
}
