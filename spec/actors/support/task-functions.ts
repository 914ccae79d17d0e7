/** What the specs of Tasks let run. */
import { threadId } from 'node:worker_threads';

export const add = (...numbers: number[]): number => numbers.reduce((sum, n) => sum + n, 0);

export default function twice(n: number): number {
  return n * 2;
}

export const whichThread = async (): Promise<number> => threadId;

export const notAFunction = 3;

export function fail(): never {
  throw Object.assign(new RangeError('too small'), { code: 'E_SMALL' });
}

export class TaskError extends Error {
  override name = 'TaskError';
  retry = 3;
}

export function failOfItsOwn(): never {
  throw new TaskError('mine');
}

export const unsendable = (): unknown => () => 'a function';

export const bytesOf = (buffer: ArrayBuffer): number => buffer.byteLength;

/** Says that it has begun, and waits for its signal. */
export async function untilAborted(seen: Int32Array, signal: AbortSignal): Promise<void> {
  Atomics.store(seen, 0, 1);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  Atomics.store(seen, 0, 2);
}

export const forever = (): Promise<never> => new Promise(() => undefined);

export function spin(): never {
  for (;;);
}

export const exit = (): never => process.exit(1);

/** Meets another one: ends when so many are here. */
export async function meet(here: Int32Array, count: number): Promise<void> {
  Atomics.add(here, 0, 1);
  while (Atomics.load(here, 0) < count) await new Promise((resolve) => setImmediate(resolve));
}
