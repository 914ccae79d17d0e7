/**
 * Values of messages as JSON, and back. What JSON has is written as it is; what it has not is an object whose `$` says
 * what it is:
 *
 * ```
 * {"$":"undefined"}  {"$":"number","value":"NaN"}  {"$":"bigint","value":"12"}
 * {"$":"Date","value":0}  {"$":"RegExp","source":"a+","flags":"g"}
 * {"$":"Map","entries":[["a",1]]}  {"$":"Set","items":[1]}
 * {"$":"Buffer","base64":"aGk="}  {"$":"Float64Array","base64":"…"}  {"$":"ArrayBuffer","base64":"…"}
 * {"$":"Error","name":"RangeError","message":"…","stack":"…","fields":{"code":"E"}}
 * {"$":"ref","path":"/counter","type":"Counter"}
 * {"$":"object","entries":[["$","a key of that name"]]}
 * {"$":"first","number":1,"value":…} and, where the same object stands again, {"$":"again","number":1}
 * {"$":"v8","base64":"…"}      by v8.serialize, for what is rarer
 * {"$":"lost","shown":"…"}     cannot be written down: a shared queue
 * ```
 */
import { inspect, types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { Ref } from '../messaging/actor-ref.js';
import { sharedHandleOf } from '../queue/shareable.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Tagged = { readonly [key: string]: Json } & { readonly $: string };

const ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Typed arrays that can be made of a buffer. */
const ARRAYS: Record<string, new (buffer: ArrayBuffer) => ArrayBufferView> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
};

export function toJson(value: unknown): Json {
  return new Writer(value).write(value);
}

/** @param refOf gives a ref in the place of one that was recorded */
export function fromJson(json: Json, refOf: (path: string, type: string) => unknown): unknown {
  return new Reader(refOf).read(json);
}

/** All refs that a value holds, by path. */
export function refsIn(json: Json, found = new Map<string, string>()): Map<string, string> {
  if (typeof json !== 'object' || json === null) return found;
  if (!Array.isArray(json)) {
    const { $, path, type } = json as Tagged;
    if ($ === 'ref') found.set(String(path), String(type));
  }
  for (const each of Object.values(json)) refsIn(each as Json, found);
  return found;
}

class Writer {
  /** Objects that stand in the value more than once, by their number once they are written. */
  readonly #shared = new Map<object, number>();
  #last = 0;

  constructor(value: unknown) {
    this.#findShared(value, new Set());
  }

  #findShared(value: unknown, seen: Set<object>): void {
    if (typeof value !== 'object' || value === null) return;
    if (seen.has(value)) {
      this.#shared.set(value, 0);
      return;
    }
    seen.add(value);
    if (Ref.identityOf(value) !== undefined || ArrayBuffer.isView(value)) return;
    const inner =
      value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
    for (const each of inner) this.#findShared(each, seen);
    if (value instanceof Error) this.#findShared(value.cause, seen);
  }

  write(value: unknown): Json {
    switch (typeof value) {
      case 'boolean':
      case 'string':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
      case 'undefined':
        return { $: 'undefined' };
      case 'bigint':
        return { $: 'bigint', value: String(value) };
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        return { $: 'lost', shown: inspect(value) };
    }
  }

  #object(value: object): Json {
    const number = this.#shared.get(value);
    if (number === undefined) return this.#content(value);
    if (number > 0) return { $: 'again', number };
    const own = ++this.#last;
    this.#shared.set(value, own);
    return { $: 'first', number: own, value: this.#content(value) };
  }

  #content(value: object): Json {
    const identity = Ref.identityOf(value);
    if (identity !== undefined) return { $: 'ref', path: identity.path, type: identity.types[0] ?? 'Actor' };
    if (Array.isArray(value)) return this.#array(value);
    if (value instanceof Error) return this.#error(value);
    if (value instanceof Date) return { $: 'Date', value: this.write(value.getTime()) };
    if (value instanceof RegExp) return { $: 'RegExp', source: value.source, flags: value.flags };
    if (value instanceof Map) {
      return { $: 'Map', entries: [...value].map(([k, v]) => [this.write(k), this.write(v)]) };
    }
    if (value instanceof Set) return { $: 'Set', items: [...value].map((item) => this.write(item)) };
    const bytes = bytesOf(value);
    if (bytes !== undefined) return bytes;
    if (sharedHandleOf(value) !== undefined) return { $: 'lost', shown: inspect(value) };
    if (!types.isBoxedPrimitive(value)) return this.#plain(value);
    return { $: 'v8', base64: serialize(value).toString('base64') };
  }

  #array(value: readonly unknown[]): Json {
    // Holes become undefined.
    return Array.from(value, (item) => this.write(item));
  }

  #plain(value: object): Json {
    const entries = Object.entries(value).map(([key, each]): [string, Json] => [key, this.write(each)]);
    if ('$' in value) return { $: 'object', entries };
    return Object.fromEntries(entries);
  }

  #error(error: Error): Json {
    const { name, message, stack = '' } = error;
    const fields = this.#plain({ ...error });
    const told = { $: 'Error', name, message, stack, fields };
    return 'cause' in error ? { ...told, cause: this.write(error.cause) } : told;
  }
}

function bytesOf(value: object): Json | undefined {
  if (Buffer.isBuffer(value)) return { $: 'Buffer', base64: value.toString('base64') };
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    const base64 = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
    return { $: Object.prototype.toString.call(value).slice(8, -1), base64 };
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    const base64 = Buffer.from(new Uint8Array(value)).toString('base64');
    return { $: value instanceof ArrayBuffer ? 'ArrayBuffer' : 'SharedArrayBuffer', base64 };
  }
  return undefined;
}

class Reader {
  readonly #shared = new Map<number, unknown>();

  constructor(readonly refOf: (path: string, type: string) => unknown) {}

  read(json: Json): unknown {
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return this.#fill([], json);
    if (!('$' in json)) return this.#fillObject({}, Object.entries(json as object) as [string, Json][]);
    return this.#tagged(json as Tagged, (value) => value);
  }

  #fill(into: unknown[], items: readonly Json[]): unknown[] {
    for (const item of items) into.push(this.read(item));
    return into;
  }

  #fillObject(into: object, entries: readonly [string, Json][]): object {
    for (const [key, each] of entries) {
      // `__proto__` is a key like others.
      const value = this.read(each);
      Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return into;
  }

  /** @param note is given what may hold itself before that is filled */
  #tagged(json: Tagged, note: <T>(value: T) => T): unknown {
    const { $, value } = json;
    switch ($) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(value);
      case 'bigint':
        return BigInt(value as string);
      case 'Date':
        return note(new Date(this.read(value) as number));
      case 'RegExp':
        return note(new RegExp(json.source as string, json.flags as string));
      case 'Map':
        return this.#map(note(new Map()), json.entries as [Json, Json][]);
      case 'Set': {
        const set = note(new Set());
        for (const item of json.items as Json[]) set.add(this.read(item));
        return set;
      }
      case 'Error':
        return this.#error(json, note);
      case 'object':
        return this.#fillObject(note({}), json.entries as [string, Json][]);
      case 'ref':
        return this.refOf(json.path as string, json.type as string);
      case 'first':
        return this.#first(json.number as number, value);
      case 'again':
        return this.#shared.get(json.number as number);
      case 'v8':
        return note(deserialize(Buffer.from(json.base64 as string, 'base64')));
      case 'lost':
        return undefined;
      default:
        return note(arrayOf($, Buffer.from(json.base64 as string, 'base64')));
    }
  }

  #first(number: number, value: Json): unknown {
    const note = <T>(made: T): T => {
      this.#shared.set(number, made);
      return made;
    };
    if (Array.isArray(value)) return this.#fill(note([]), value);
    const object = value as Tagged;
    if ('$' in object) return this.#tagged(object, note);
    return this.#fillObject(note({}), Object.entries(object as object) as [string, Json][]);
  }

  #map(map: Map<unknown, unknown>, entries: readonly [Json, Json][]): Map<unknown, unknown> {
    for (const [key, value] of entries) map.set(this.read(key), this.read(value));
    return map;
  }

  #error(json: Tagged, note: <T>(value: T) => T): Error {
    const name = json.name as string;
    const error = note(new (ERRORS[name] ?? Error)(json.message as string));
    const hidden = (key: string, value: unknown) =>
      Object.defineProperty(error, key, { value, writable: true, configurable: true });
    if (error.name !== name) hidden('name', name);
    hidden('stack', json.stack);
    if ('cause' in json) hidden('cause', this.read(json.cause));
    return Object.assign(error, this.read(json.fields));
  }
}

function arrayOf(type: string, bytes: Buffer): unknown {
  if (type === 'Buffer') return bytes;
  const buffer =
    type === 'SharedArrayBuffer' ? new SharedArrayBuffer(bytes.length) : new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  if (type in ARRAYS) return new ARRAYS[type](buffer as ArrayBuffer);
  return buffer;
}
