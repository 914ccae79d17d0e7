import { types } from 'node:util';
import { refusalOf } from './refusal.js';

/** What an object is to the codec. A string is the reason why it cannot travel. */
export type Kind = number | string;

export const INSTANCE = 0;
export const DATE = 1;
export const REGEXP = 2;
export const MAP = 3;
export const SET = 4;
export const ARRAY_BUFFER = 5;
export const SHARED_ARRAY_BUFFER = 6;
export const VIEW = 7;
export const BOXED = 8;
export const ERROR = 9;

/** Objects of one class share a prototype, and asking the engine what they are takes long. */
const kindOfPrototype = new WeakMap<object, Kind>();

/**
 * What an object is, by its internal type rather than by its prototype: `Object.create(Map.prototype)` is no
 * map, and a Date of another realm is a Date.
 */
export function kindOf(value: object, prototype: object): Kind {
  const known = kindOfPrototype.get(prototype);
  if (known === INSTANCE || typeof known === 'string') return known;
  if (known !== undefined && is(value, known)) return known;
  const kind = examine(value);
  // Where the first one seen was only dressed up as something else, later ones may be real.
  if (known === undefined) kindOfPrototype.set(prototype, kind);
  return kind;
}

function is(value: object, kind: number): boolean {
  switch (kind) {
    case DATE:
      return types.isDate(value);
    case REGEXP:
      return types.isRegExp(value);
    case MAP:
      return types.isMap(value);
    case SET:
      return types.isSet(value);
    case ARRAY_BUFFER:
      return types.isArrayBuffer(value);
    case SHARED_ARRAY_BUFFER:
      return types.isSharedArrayBuffer(value);
    case VIEW:
      return ArrayBuffer.isView(value);
    case BOXED:
      return types.isBoxedPrimitive(value) && !types.isSymbolObject(value);
    case ERROR:
      return types.isNativeError(value) || value instanceof Error;
    default:
      return false;
  }
}

function examine(value: object): Kind {
  for (let kind = DATE; kind <= ERROR; kind++) {
    if (is(value, kind)) return kind;
  }
  return refusalOf(value) ?? INSTANCE;
}

// Known from the start, so that nothing dressed up as one of them decides what they are.
for (const [kind, ...classes] of [
  [DATE, Date],
  [REGEXP, RegExp],
  [MAP, Map],
  [SET, Set],
  [ARRAY_BUFFER, ArrayBuffer],
  [SHARED_ARRAY_BUFFER, SharedArrayBuffer],
  [VIEW, Uint8Array, Float64Array, DataView, Buffer],
  [BOXED, Number, String, Boolean, BigInt],
  [ERROR, Error, TypeError, RangeError],
] as const) {
  for (const known of classes) kindOfPrototype.set(known.prototype, kind);
}
