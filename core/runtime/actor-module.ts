/**
 * Where an actor class is defined, and how another thread finds it there.
 *
 * ```ts
 * @actor(import.meta.url)                     // or `static module = import.meta.url;` in the class
 * export class Counter extends Actor {}
 * ```
 *
 * A class is found by module and name, never by identity: each thread has a module instance of its own.
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class here
import { pathToFileURL } from 'node:url';
import { ActorClassNotFoundError, ActorModuleMissingError } from '../errors.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { Actor } from './actor.js';

type AnyClass = abstract new (...args: any[]) => unknown;
type Registry = Map<string, Set<AnyClass>>;

const MODULE = Symbol.for('troupe.actor-module');
const REGISTRY = Symbol.for('troupe.actor-registry');

/** The name under tsc, and under everything else, of `export default class extends Actor`. */
const ANONYMOUS = new Set(['', 'default', 'default_1']);

/** On globalThis, so that a second copy of this package (a bundle's) knows the same classes. */
function registry(): Registry {
  const holder = globalThis as { [REGISTRY]?: Registry };
  holder[REGISTRY] ??= new Map();
  return holder[REGISTRY];
}

/** A URL as it is; a path, as `__filename` is one, as a file URL. Windows' drive letters are no schemes. */
function toUrl(source: string | URL): string {
  const text = String(source);
  return /^[a-z][a-z\d+.-]+:/i.test(text) ? text : pathToFileURL(text).href;
}

/**
 * Says where an actor class is defined. For old and standard decorators alike, and as a plain call:
 * `actor(__filename)(Counter)`.
 *
 * @param source `import.meta.url`, or `__filename` in CommonJS
 */
export function actor(source: string | URL): (type: AnyClass, context?: unknown) => void {
  const url = toUrl(source);
  return (type) => {
    Object.defineProperty(type, MODULE, { value: url, configurable: true });
    const known = registry();
    const classes = known.get(url);
    if (classes) classes.add(type);
    else known.set(url, new Set([type]));
  };
}

/**
 * The URL of the module that the class is in, by its own mark: a subclass in another module would not be found
 * where its parent is.
 * @throws {ActorModuleMissingError}
 */
export function moduleOf(type: ActorClass<any>): string {
  const module = markOf(type);
  if (module !== undefined) return module;
  throw new ActorModuleMissingError(type.name || 'This class', MODULE in type || 'module' in type);
}

/** The class's own mark; undefined when it has none. */
export function markOf(type: ActorClass<any>): string | undefined {
  const own = (key: PropertyKey, of: object = type): unknown =>
    Object.getOwnPropertyDescriptor(of, key)?.value;
  const mark = own(MODULE) ?? own('module');
  return typeof mark === 'string' || mark instanceof URL ? toUrl(mark) : undefined;
}

/** The name that an actor class is found by. */
export function classNameOf(type: ActorClass<any>): string {
  return ANONYMOUS.has(type.name) ? 'default' : type.name;
}

function isActorClass(value: unknown): value is ActorClass<any> {
  return typeof value === 'function' && value.prototype instanceof Actor;
}

/** What the module exports; in CommonJS the members of `module.exports` as well, which Node does not always name. */
function exportsOf(namespace: object): [name: string, type: ActorClass<any>][] {
  const all = Object.entries(namespace);
  const { default: fallback } = namespace as { default?: unknown };
  if (typeof fallback === 'object' && fallback !== null) all.push(...Object.entries(fallback));
  return all.filter((entry): entry is [string, ActorClass<any>] => isActorClass(entry[1]));
}

/**
 * The class of that name in a module that has been imported: among the decorated ones, then the exports.
 * An anonymous default export is `default`.
 * @throws {ActorClassNotFoundError} for none, and for two candidates, with a list
 */
export function findActorClass(namespace: object, url: string, name: string): ActorClass<any> {
  const decorated = [...(registry().get(url) ?? [])].filter(isActorClass);
  const exported = exportsOf(namespace);
  const named = (type: ActorClass<any>): boolean => classNameOf(type) === name;
  const searches: ActorClass<any>[][] = [
    decorated.filter(named),
    exported.filter(([, type]) => named(type)).map(([, type]) => type),
    exported.filter(([as]) => as === name).map(([, type]) => type),
  ];
  for (const found of searches) {
    const [first, ...others] = new Set(found);
    if (others.length > 0) {
      throw new ActorClassNotFoundError(name, url, describe(exported, [first, ...others]), true);
    }
    if (first) return first;
  }
  const offered = [...new Set([...decorated, ...exported.map(([, type]) => type)])];
  throw new ActorClassNotFoundError(name, url, describe(exported, offered));
}

function describe(exported: [string, ActorClass<any>][], types: ActorClass<any>[]): string[] {
  return types.map((type) => {
    const as = exported.find(([, other]) => other === type)?.[0];
    const name = classNameOf(type);
    return as === undefined || as === name ? name : `${name} (exported as ${as})`;
  });
}
