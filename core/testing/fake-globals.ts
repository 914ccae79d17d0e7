/**
 * A thread's clock, calendar and timers, and its chance, taken over while a test system runs. Troupe's own code, RxJS
 * and users' code all take them from here, so that nothing else has to know.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Random } from './random.js';
import { timerOf, VirtualImmediate, type VirtualTime } from './virtual-time.js';

type Callback = (...args: unknown[]) => unknown;
type Patch = readonly [object: object, key: string, value: unknown];

const require = createRequire(import.meta.url);
const RealDate = Date;

/** @returns gives everything back */
export function takeOver(time: VirtualTime, chance: Random): () => void {
  const timers = timersOf(time);
  const patches: Patch[] = [
    ...Object.entries(timers).flatMap(([key, value]): Patch[] => [
      [globalThis, key, value],
      [require('node:timers'), key, value],
    ]),
    ...Object.entries(promisedTimers(time)).map(
      ([key, value]): Patch => [require('node:timers/promises'), key, value],
    ),
    [globalThis, 'Date', dateOf(time)],
    [performance, 'now', () => time.nowMs],
    [performance, 'timeOrigin', time.startMs],
    [process, 'hrtime', hrtimeOf(time)],
    [AbortSignal, 'timeout', (ms: number) => signalAfter(time, ms)],
    [Math, 'random', () => chance.next()],
  ];
  const undo = patches.map(apply);
  // Named imports of Node's own modules follow.
  syncBuiltinESMExports();
  return () => {
    for (const each of undo.reverse()) each();
    syncBuiltinESMExports();
  };
}

function hrtimeOf(time: VirtualTime): typeof process.hrtime {
  const bigint = () => BigInt(Math.round(time.nowMs * 1e6));
  const hrtime = (since: [number, number] = [0, 0]): [number, number] => {
    const passed = bigint() - (BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]));
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  };
  return Object.assign(hrtime, { bigint });
}

function apply([object, key, value]: Patch): () => void {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable,
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(object, key);
    else Object.defineProperty(object, key, before);
  };
}

function timersOf(time: VirtualTime): Record<string, Callback> {
  const real = { clearTimeout, clearImmediate };
  // One that was set before: it is still real.
  const clear = (timer: unknown) => {
    const own = timerOf(timer);
    if (own === undefined) real.clearTimeout(timer as NodeJS.Timeout);
    else own.close();
  };
  const promised = promisedTimers(time);
  const promisify = Symbol.for('nodejs.util.promisify.custom');
  return {
    setTimeout: Object.assign(
      (callback: unknown, ms: unknown, ...args: unknown[]) =>
        time.setTimer(callback as Callback, ms, args, false),
      { [promisify]: promised.setTimeout },
    ),
    setInterval: (callback: unknown, ms: unknown, ...args: unknown[]) =>
      time.setTimer(callback as Callback, ms, args, true),
    setImmediate: Object.assign(
      (callback: unknown, ...args: unknown[]) => time.setImmediate(callback as Callback, args),
      { [promisify]: promised.setImmediate },
    ),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: (immediate: unknown) => {
      if (immediate instanceof VirtualImmediate) time.removeImmediate(immediate);
      else real.clearImmediate(immediate as NodeJS.Immediate);
    },
  };
}

interface PromiseOptions {
  readonly signal?: AbortSignal;
}

/** `node:timers/promises`. */
function promisedTimers(time: VirtualTime) {
  const sleep = (ms?: number, value?: unknown, options: PromiseOptions = {}) =>
    waiting(options, (resolve) => {
      const timer = time.setTimer(() => resolve(value), ms, [], false);
      return () => timer.close();
    });
  const soon = (value?: unknown, options: PromiseOptions = {}) =>
    waiting(options, (resolve) => {
      const immediate = time.setImmediate(() => resolve(value), []);
      return () => time.removeImmediate(immediate);
    });
  return {
    setTimeout: sleep,
    setImmediate: soon,
    // Ticks that come while nobody waits are not made up for one by one, but are not lost: as Node's own.
    async *setInterval(ms?: number, value?: unknown, { signal }: PromiseOptions = {}) {
      let missed = 0;
      let wake: () => void = () => undefined;
      const tick = () => {
        missed++;
        wake();
      };
      const timer = time.setTimer(tick, ms, [], true);
      const stop = () => wake();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          if (signal?.aborted) throw abortError(signal);
          while (missed > 0) {
            missed--;
            yield value;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        signal?.removeEventListener('abort', stop);
        timer.close();
      }
    },
    scheduler: {
      wait: (ms: number, options?: PromiseOptions) => sleep(ms, undefined, options),
      yield: () => soon(),
    },
  };
}

/** @param begin sets the timer, and returns how it is cleared */
function waiting(
  { signal }: PromiseOptions,
  begin: (resolve: (value: unknown) => void) => () => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const onAbort = () => {
      clear();
      reject(abortError(signal as AbortSignal));
    };
    const clear = begin((value) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** As those of Node's own timers. */
function abortError({ reason }: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

function signalAfter(time: VirtualTime, ms: number): AbortSignal {
  const controller = new AbortController();
  const timeout = () =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  time.setTimer(timeout, ms, [], false);
  return controller.signal;
}

/** The class itself, but for now. */
function dateOf(time: VirtualTime): DateConstructor {
  const now = () => time.dateMs;
  return new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}
