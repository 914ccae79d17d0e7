/** What a test expects of a message, and how it is told. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every parameter list here
import { inspect, isDeepStrictEqual } from 'node:util';
import type { IsAny } from '../messaging/ref-types.js';

/** The arguments of a method. */
export type ArgsOf<F> = IsAny<F> extends true ? any[] : F extends (...args: infer P) => any ? P : never;

/** Each argument as a value, or as a function that says whether it fits: no message can hold a function. */
export type Expected<P extends readonly unknown[]> = { [I in keyof P]: P[I] | ((value: P[I]) => boolean) };

/** A method's name, and its arguments unless any will do. */
export interface Expectation {
  readonly method: string | undefined;
  readonly args: readonly unknown[];
}

/** Without arguments any will do; else all of them have to fit. */
export function fits(
  { method, args }: Expectation,
  heard: { method: string; args: readonly unknown[] },
): boolean {
  if (method === undefined) return true;
  if (method !== heard.method) return false;
  if (args.length === 0) return true;
  return args.length === heard.args.length && args.every((each, i) => fitsOne(each, heard.args[i]));
}

function fitsOne(expected: unknown, value: unknown): boolean {
  return typeof expected === 'function' ? Boolean(expected(value)) : isDeepStrictEqual(value, expected);
}

/** `add(5)`; `add(…)` where any arguments will do. */
export function describe({ method, args }: Expectation): string {
  if (method === undefined) return 'a message';
  return `${method}(${args.length === 0 ? '…' : args.map(shown).join(', ')})`;
}

/** As it was heard. */
export const describeHeard = (heard: { method: string; args: readonly unknown[] }): string =>
  `${heard.method}(${heard.args.map(shown).join(', ')})`;

function shown(value: unknown): string {
  if (typeof value === 'function') return value.name || 'one that fits';
  return inspect(value, { depth: 3, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
}
