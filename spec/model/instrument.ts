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
import type { Memory } from './memory.js';

const require = createRequire(import.meta.url);
const bundle = join(import.meta.dirname, '../../core/runtime/troupe.js');

/** A piece of the text that ships, and what stands in its place. It has to be there, once. */
export interface Patch {
  readonly from: string;
  readonly to: string;
}

/** Shared memory is touched by these; the rest of core is loaded, but never runs here. */
const CHECKED = /^(?:memory|queue|messaging\/codec)\/|^messaging\/shape|^runtime\/boxes|^supervision\/burial/;

/** What belongs to typed arrays and may change or read many words. */
const BULK = new Set(['fill', 'set', 'copyWithin', 'slice', 'subarray']);

export type Core = typeof import('../../core/memory/arena.js') &
  typeof import('../../core/memory/parking.js') &
  typeof import('../../core/memory/ready-set.js') &
  typeof import('../../core/memory/robust-lock.js') &
  typeof import('../../core/memory/thread-record.js') &
  typeof import('../../core/queue/block-chain.js') &
  typeof import('../../core/queue/lease.js') &
  typeof import('../../core/queue/sync/index.js') &
  typeof import('../../core/queue/user/shared-queue.js') &
  typeof import('../../core/queue/user/space.js') &
  typeof import('../../core/queue/user/structure.js') &
  typeof import('../../core/queue/user/sentinel.js') &
  typeof import('../../core/runtime/boxes.js') &
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

export function patched(text: string, patches: readonly Patch[]): string {
  for (const { from, to } of patches) {
    const parts = text.split(from);
    if (parts.length !== 2) {
      throw new Error(`To be patched once, but found ${parts.length - 1} times:\n${from}`);
    }
    text = parts.join(to);
  }
  return text;
}

let pristine: string | undefined;

export function load(memory: Memory, world: World, patches: readonly Patch[]): Loaded {
  pristine ??= readFileSync(bundle, 'utf8');
  const text = patched(pristine, patches);
  // No module shows how queues and locks bury a thread: it is called by a worker's exit.
  const [, bury] = /function (bury\d*)\(space, slot\)/.exec(text) ?? [];
  const shown = `${instrument(text)}\nexport { ${bury} as buryMember };\n`;
  const { code } = transformSync(shown, {
    format: 'cjs',
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  });
  const context = newContext();
  const names = ['exports', 'require', 'module', '__memory', ...Object.keys(world)];
  const make = vm.runInContext(`(function (${names.join(', ')}) {${code}\n})`, context);
  const module = { exports: {} as { parts: Record<string, Record<string, unknown>>; buryMember: unknown } };
  make(module.exports, requireHere, module, memory, ...Object.values(world));
  const { parts, buryMember } = module.exports;
  const core: Record<string, unknown> = { buryMember };
  for (const part of Object.values(parts)) {
    // The parts' exports are getters.
    for (const name of Object.keys(part)) core[name] = part[name];
  }
  const box = context as { run?: () => void };
  const go = new vm.Script('run()');
  const drive = vm.runInContext(DRIVE, context);
  return {
    core: core as unknown as Core,
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

type TypeScript = typeof import('typescript-5');
type Node = import('typescript-5').Node;
type Access = import('typescript-5').ElementAccessExpression;

/** Leads each access through the memory, in the files that are checked. */
export function instrument(text: string): string {
  const ts: TypeScript = require('typescript-5');
  const source = ts.createSourceFile('troupe.js', text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const sections = [...text.matchAll(/^\/\/ (\S+\.js)$/gm)].map(({ index, 1: file }) => ({ index, file }));
  const isChecked = (position: number): boolean => {
    const file = sections.findLast(({ index }) => index <= position)?.file;
    return file !== undefined && CHECKED.test(file);
  };
  const { SyntaxKind } = ts;
  const isAssigned = (node: Node): boolean =>
    ts.isBinaryExpression(node.parent) &&
    node.parent.left === node &&
    node.parent.operatorToken.kind === SyntaxKind.EqualsToken;
  const isAccess = (node: Node): node is Access =>
    ts.isElementAccessExpression(node) && node.questionDotToken === undefined;

  function plain(node: Node): string {
    let out = '';
    let at = node.getFullStart();
    ts.forEachChild(node, (child) => {
      out += text.slice(at, child.getFullStart()) + emit(child);
      at = child.getEnd();
    });
    return out + text.slice(at, node.getEnd());
  }

  const parts = (access: Access): string => `${emit(access.expression)}, ${emit(access.argumentExpression)}`;

  function emit(node: Node): string {
    if (ts.isBinaryExpression(node) && isAccess(node.left)) {
      const operator = node.operatorToken.getText();
      if (operator === '=') return ` __memory.put(${parts(node.left)}, ${emit(node.right)})`;
      if (/^[^=!<>?]{1,3}=$/.test(operator) && operator !== '||=' && operator !== '&&=') {
        const change = `(x) => x ${operator.slice(0, -1)} (${emit(node.right)})`;
        return ` __memory.update(${parts(node.left)}, ${change}, false)`;
      }
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const steps = { [SyntaxKind.PlusPlusToken]: '+', [SyntaxKind.MinusMinusToken]: '-' };
      const sign = (steps as Record<number, string>)[node.operator];
      if (sign !== undefined && isAccess(node.operand)) {
        return ` __memory.update(${parts(node.operand)}, (x) => x ${sign} 1, ${ts.isPostfixUnaryExpression(node)})`;
      }
    }
    if (ts.isCallExpression(node)) {
      const callee = node.expression;
      // The object of a method: what is called on it stays a call on it.
      if (isAccess(callee)) return plain(node);
      if (ts.isPropertyAccessExpression(callee) && BULK.has(callee.name.text)) {
        const args = node.arguments.map((argument) => `, ${emit(argument)}`).join('');
        return ` __memory.bulk(${emit(callee.expression)}, '${callee.name.text}'${args})`;
      }
    }
    if (isAccess(node)) {
      const { parent } = node;
      const isTarget =
        ts.isDeleteExpression(parent) ||
        (ts.isArrayLiteralExpression(parent) && isAssigned(parent)) ||
        (ts.isCallExpression(parent) && parent.expression === node) ||
        (ts.isBinaryExpression(parent) &&
          parent.left === node &&
          parent.operatorToken.kind >= SyntaxKind.FirstAssignment &&
          parent.operatorToken.kind <= SyntaxKind.LastAssignment);
      if (!isTarget) return ` __memory.get(${parts(node)})`;
    }
    return plain(node);
  }

  let out = '';
  let at = 0;
  for (const statement of source.statements) {
    const whole = text.slice(at, statement.getFullStart());
    out +=
      whole +
      (isChecked(statement.getStart())
        ? emit(statement)
        : text.slice(statement.getFullStart(), statement.getEnd()));
    at = statement.getEnd();
  }
  return out + text.slice(at);
}
