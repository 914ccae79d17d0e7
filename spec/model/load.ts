/**
 * The code that ships, with each access to shared memory led through a {@link Memory}.
 *
 * `dist/core/runtime/troupe.js` is taken as it is built. Its text is patched (numbers made tiny, faults planted), each
 * `words[i]` and each call such as `words.fill()` becomes a call of the memory, and it is loaded once more, in a
 * context of its own: beside the harness, which uses the ordinary copy. The context's microtasks run when the harness
 * says so, hence asynchronous code can be stopped and resumed as the rest.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import vm from 'node:vm';
import { transformSync } from 'esbuild';
import { CHECKED, instrument, type Patch, patched } from './instrument.js';
import type { Memory } from './memory.js';

const require = createRequire(import.meta.url);
const bundle = join(import.meta.dirname, '../../core/runtime/troupe.js');

export type Core = typeof import('../../core/memory/arena.js') &
  typeof import('../../core/memory/parking.js') &
  typeof import('../../core/memory/ready-set.js') &
  typeof import('../../core/memory/robust-lock.js') &
  typeof import('../../core/memory/thread-record.js') &
  typeof import('../../core/messaging/outbox.js') &
  typeof import('../../core/messaging/undelivered.js') &
  typeof import('../../core/queue/block-chain.js') &
  typeof import('../../core/queue/dead-producer.js') &
  typeof import('../../core/queue/producer.js') &
  typeof import('../../core/queue/reader.js') &
  typeof import('../../core/queue/lease.js') &
  typeof import('../../core/queue/sync/index.js') &
  typeof import('../../core/queue/user/shared-queue.js') &
  typeof import('../../core/queue/user/space.js') &
  typeof import('../../core/queue/user/structure.js') &
  typeof import('../../core/queue/user/sentinel.js') &
  typeof import('../../core/runtime/boxes.js') &
  typeof import('../../core/runtime/sleep.js') &
  typeof import('../../core/runtime/turn.js') &
  typeof import('../../core/supervision/burial.js') & {
    /** The burial of a thread that used queues and locks. */
    buryMember(space: import('../../core/queue/user/space.js').Space, slot: number): void;
  };

/** What the loaded code finds in place of the world. */
export interface World {
  readonly Atomics: unknown;
  readonly setTimeout: unknown;
  readonly clearTimeout: unknown;
  readonly setInterval: unknown;
  readonly clearInterval: unknown;
  readonly performance: unknown;
  readonly process: unknown;
}

export interface Loaded {
  readonly core: Core;
  /** Runs the function inside the context, and then the microtasks that it leaves. */
  enter(run: () => void): void;
  /** A promise of the context. */
  promise(): { readonly promise: Promise<void>; readonly resolve: () => void };
  /** Runs a generator as an asynchronous function of the context: what it yields is awaited. */
  drive(body: Generator<unknown, void, unknown>, settled: (error?: unknown) => void): void;
}

let pristine: string | undefined;

interface Script {
  readonly script: vm.Script;
  /** What the burial of queues and locks is called there. */
  readonly bury: string;
}
const scripts = new Map<string, Script>();

function scriptOf(names: readonly string[], patches: readonly Patch[]): Script {
  const key = JSON.stringify(patches);
  const known = scripts.get(key);
  if (known !== undefined) return known;
  pristine ??= readFileSync(bundle, 'utf8');
  const text = patched(pristine, patches);
  // No module shows it: a worker's exit calls it.
  const [, bury] = /function (bury\d*)\(space, slot\)/.exec(text) ?? [];
  const { code } = transformSync(`${instrument(text)}\nexport { ${bury} };\n`, {
    format: 'cjs',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  });
  const script = new vm.Script(`(function (${names.join(', ')}) {${code}\n})`);
  scripts.set(key, { script, bury });
  return { script, bury };
}

export function load(memory: Memory, world: World, patches: readonly Patch[]): Loaded {
  const names = ['exports', 'require', 'module', '__memory', ...Object.keys(world)];
  const { script, bury } = scriptOf(names, patches);
  const context = newContext();
  const make = script.runInContext(context);
  const module = { exports: {} as { parts: Record<string, () => Record<string, unknown>> } };
  make(module.exports, requireHere, module, memory, ...Object.values(world));
  const shown: Record<string, unknown> = {};
  shown.buryMember = (module.exports as unknown as Record<string, unknown>)[bury];
  for (const [file, part] of Object.entries(module.exports.parts)) {
    if (CHECKED.test(file)) Object.assign(shown, part());
  }
  const box = context as { run?: () => void };
  const go = new vm.Script('run()');
  const drive = vm.runInContext(DRIVE, context);
  return {
    core: shown as unknown as Core,
    enter(run) {
      box.run = run;
      go.runInContext(context);
    },
    drive,
    promise: vm.runInContext(PROMISE, context),
  };
}

/** What JavaScript has it has of its own; what Node.js adds is lent to it, except what makes microtasks. */
function newContext(): vm.Context {
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  const own = new Set(vm.runInContext('Object.getOwnPropertyNames(globalThis)', context) as string[]);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!own.has(name) && !/^(?:global|crypto|navigator|localStorage|sessionStorage)$/.test(name)) {
      context[name] = (globalThis as Record<string, unknown>)[name];
    }
  }
  vm.runInContext('queueMicrotask = (run) => void Promise.resolve().then(run)', context);
  return context;
}

const PROMISE = `(() => {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
})`;

const DRIVE = `(async function (body, settled) {
  try {
    let step = body.next();
    while (!step.done) {
      let value, error, failed = false;
      try { value = await step.value; } catch (reason) { failed = true; error = reason; }
      step = failed ? body.throw(error) : body.next(value);
    }
  } catch (error) {
    return settled(error);
  }
  settled();
})`;

/** No simulated thread is the main one: the blocking forms are refused there. */
function requireHere(name: string): unknown {
  const found = require(name);
  return name === 'node:worker_threads' ? { ...found, isMainThread: false } : found;
}
