/**
 * The text of the code that ships, with each access to shared memory led through a {@link Memory}: `words[i]`, and calls
 * such as `words.fill()`, become calls of the memory. Nothing else of it changes.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A piece of the text that ships, and what stands in its place. It has to be there, once. */
export interface Patch {
  readonly from: string;
  readonly to: string;
}

/** Shared memory is touched by these; the rest of core is loaded, but never runs here. */
export const CHECKED =
  /^(?:memory|queue|messaging\/codec)\/|^messaging\/(?:shape|outbox|undelivered)|^runtime\/(?:boxes|sleep|turn)\.|^supervision\/burial/;

/** What belongs to typed arrays and may change or read many words. */
const BULK = new Set(['fill', 'set', 'copyWithin', 'slice', 'subarray']);

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

const instrumented = new Map<string, string>();

/** Leads each access through the memory, in the files that are checked; the bundle names each file where it begins. */
export function instrument(text: string): string {
  return text
    .split(/^(?=\/\/ \S+\.js$)/m)
    .map((section) => {
      const [, file = ''] = /^\/\/ (\S+\.js)\n/.exec(section) ?? [];
      if (!CHECKED.test(file)) return section;
      const known = instrumented.get(section) ?? instrumentFile(section);
      instrumented.set(section, known);
      return known;
    })
    .join('');
}

type TypeScript = typeof import('typescript-5');
type Node = import('typescript-5').Node;
type Access = import('typescript-5').ElementAccessExpression;

function instrumentFile(compiled: string): string {
  // A peek stands for an atomic load, which it would be if that was compiled in place.
  const text = compiled.replaceAll(/\bpeek\(/g, 'Atomics.load(');
  const ts: TypeScript = require('typescript-5');
  const source = ts.createSourceFile('troupe.js', text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
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
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      // Its result is nobody's: then additions to one word may change places.
      const { expression: callee, arguments: args } = node.expression;
      const sign = { 'Atomics.add': '', 'Atomics.sub': '-' }[callee.getText()];
      if (sign !== undefined) {
        const [words, at, value] = args.map(emit);
        return ` Atomics.count(${words}, ${at}, ${sign}(${value}));`;
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

  return emit(source);
}
