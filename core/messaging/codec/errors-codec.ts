import * as troupeErrors from '../../errors.js';
import type { Decoder } from './decoder.js';
import type { Encoder } from './encoder.js';
import type { CodecHooks } from './hooks.js';
import * as tag from './tags.js';

type ErrorClass = { readonly prototype: Error };

const BUILT_IN: Record<string, ErrorClass> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  DOMException,
};
const MAX_CLASSES = 16;
/** Classes of errors that came from elsewhere: who knows them not passes them on to who may. */
const CAME_AS = new WeakMap<Error, readonly string[]>();
/** Properties that an error has without being enumerable. */
const HIDDEN = ['cause', 'errors', 'code'];

/**
 * Writes an error. An error is how trouble is told, so it always travels: of its properties those which cannot
 * are left out, as a request with its sockets often hangs on one.
 */
export function encodeError(encoder: Encoder, error: Error): void {
  const head = encoder.reserve(1);
  encoder.write((CAME_AS.get(error) ?? classNames(error)).join('\n'));
  encoder.write(text(error, 'name') ?? 'Error');
  encoder.write(text(error, 'message') ?? '');
  encoder.write(text(error, 'stack'));
  let count = 0;
  for (const key of extraKeys(error)) {
    if (encodeExtra(encoder, error, key)) count++;
  }
  encoder.words[encoder.base + head] = (count << 8) | tag.ERROR;
}

function encodeExtra(encoder: Encoder, error: Error, key: string): boolean {
  const mark = encoder.mark();
  try {
    encoder.write(key);
    encoder.write(Object.prototype.propertyIsEnumerable.call(error, key));
    encoder.write((error as unknown as Record<string, unknown>)[key]);
    return true;
  } catch {
    encoder.rollback(mark);
    return false;
  }
}

function extraKeys(error: Error): string[] {
  const keys = Object.keys(error).filter((key) => !['message', 'stack', 'name'].includes(key));
  for (const key of HIDDEN) {
    if (!keys.includes(key) && (Object.hasOwn(error, key) || (key === 'code' && text(error, key))))
      keys.push(key);
  }
  return keys.slice(0, tag.LONG - 1);
}

/** A property as text, whatever was put there; undefined when there is none, or reading it throws. */
function text(error: Error, key: string): string | undefined {
  try {
    const value = (error as unknown as Record<string, unknown>)[key];
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}

/** From the error's own class up to the first built-in one; without those whose name cannot be read. */
function classNames(error: Error): string[] {
  const names: string[] = [];
  let prototype = Object.getPrototypeOf(error);
  while (prototype !== null && names.length < MAX_CLASSES) {
    const name = nameOfClass(prototype);
    if (typeof name === 'string' && name !== '') {
      names.push(name);
      if (Object.hasOwn(BUILT_IN, name)) break;
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

function nameOfClass(prototype: object): unknown {
  const type = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  try {
    return typeof type === 'function' ? type.name : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an error; `slot` is where back references to it lead. */
export function decodeError(decoder: Decoder, count: number, slot: number): Error {
  const names = decoder.text().split('\n');
  const name = decoder.text();
  const message = decoder.text();
  const stack = decoder.read();
  const error = revive(names, name, message, decoder.hooks);
  decoder.settle(slot, error);
  CAME_AS.set(error, names);
  if (error.message !== message || message !== '') hide(error, 'message', message);
  if (error.name !== name) hide(error, 'name', name);
  hide(error, 'stack', typeof stack === 'string' ? stack : `${name}: ${message}`);
  for (let i = 0; i < count; i++) decodeExtra(decoder, error);
  return error;
}

function decodeExtra(decoder: Decoder, error: Error): void {
  const key = decoder.text();
  const enumerable = decoder.read() === true;
  const value = decoder.read();
  // A code that the class gives by itself needs no property.
  if (!enumerable && key === 'code' && (error as { code?: unknown }).code === value) return;
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

/** An empty error of the first class that is known here. Its constructor does not run: it may do anything. */
function revive(names: readonly string[], name: string, message: string, hooks: CodecHooks): Error {
  if (names[0] === 'DOMException') return new DOMException(message, name);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const error = new Error();
    const known =
      ownClass(name) ?? names.map((each) => classOf(each, hooks)).find((each) => each !== undefined);
    if (known !== undefined && known !== Error) Object.setPrototypeOf(error, known.prototype);
    return error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function classOf(name: string, hooks: CodecHooks): ErrorClass | undefined {
  if (Object.hasOwn(BUILT_IN, name)) return BUILT_IN[name];
  const found = ownClass(name) ?? hooks.errorClass(name);
  return isErrorClass(found) ? found : undefined;
}

/** A class of this package. Its errors keep their name also where a minifier renamed the class. */
function ownClass(name: string): ErrorClass | undefined {
  if (!Object.hasOwn(troupeErrors, name)) return undefined;
  const found = (troupeErrors as unknown as Record<string, unknown>)[name];
  return isErrorClass(found) ? found : undefined;
}

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof Error;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, writable: true, configurable: true });
}
