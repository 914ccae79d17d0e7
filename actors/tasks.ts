/** Functions on threads: for work that needs no actor of its own. */
import { pathToFileURL } from 'node:url';
import { Actor } from '../core/index.js';

/** How {@link Tasks.run} calls the function. */
export interface TaskOptions {
  /** Give the function an `AbortSignal` behind its arguments. Default false. */
  readonly signal?: boolean;
}

/**
 * Runs functions that modules export. As a pool it is what a pool of worker threads is:
 *
 * ```ts
 * // images.js:   export async function resize(file, width, signal) { … }
 * const tasks = await system.pool(Tasks, { size: 4, hangTimeoutMs: 30_000 });
 * const url = new URL('./images.js', import.meta.url).href;
 *
 * await tasks.ask.run(url, 'resize', ['a.png', 200]);
 * await tasks.with({ timeoutMs: 60_000, signal }).ask.run(url, 'resize', ['a.png', 200], { signal: true });
 * ```
 *
 * - A module is imported once per thread. `import.meta.url` names the caller's own module, which then runs in the
 *   thread as well: keep what it does at its top level inside `ActorSystem.run`.
 * - Arguments and results travel as messages do; `with({ transfer })` moves the arguments.
 * - Time limit (`askTimeoutMs`, 5000, or `timeoutMs`) and abort reject at once, and abort the function's signal. One
 *   that ignores its signal goes on, but its thread takes the next task beside it.
 * - A function that occupies its thread without an `await` hears no signal. `hangTimeoutMs` replaces the thread: the
 *   call rejects, and what waits goes to the others. Each time counts as a restart, so give
 *   `supervision: { maxRestarts: Infinity }` where that is everyday life.
 */
export class Tasks extends Actor {
  static module = import.meta.url;

  /**
   * Calls an exported function and resolves to what it returns, or promises.
   *
   * @param module the module's URL, or its absolute path (`__filename`)
   * @param name the function's name among the exports; `default` for the default export
   * @param args its arguments
   * @throws {TypeError} when the module exports no such function
   */
  async run<R = unknown>(
    module: string,
    name: string,
    args: readonly unknown[] = [],
    options: TaskOptions = {},
  ): Promise<R> {
    const { signal } = this.context;
    if (typeof module !== 'string' || !Array.isArray(args)) {
      throw new TypeError("run takes a module's URL as text, a function's name, and a list of arguments.");
    }
    const task = await functionOf(module, name);
    signal.throwIfAborted();
    const result = options.signal === true ? task(...args, signal) : task(...args);
    return (await orAborted(result, signal)) as R;
  }
}

type Task = (...args: readonly unknown[]) => unknown;

async function functionOf(module: string, name: string): Promise<Task> {
  const url = /^[a-z][a-z\d+.-]+:/i.test(module) ? module : pathToFileURL(module).href;
  const exports = (await import(url)) as Record<string, unknown>;
  // What CommonJS exports is not always named; all of it stands in the default export.
  for (const holder of [exports, exports.default]) {
    if (holder === null || holder === undefined || !Object.hasOwn(holder, name)) continue;
    const found = (holder as Record<string, unknown>)[name];
    if (typeof found === 'function') return found as Task;
  }
  const offered = Object.keys(exports).filter((key) => typeof exports[key] === 'function');
  throw new TypeError(
    `${url} exports no function ${String(name)}. It exports ${offered.length > 0 ? offered.join(', ') : 'no functions'}.`,
  );
}

/** Whichever comes first: a function that never ends must not keep its thread. */
function orAborted(result: unknown, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    Promise.resolve(result)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
