import { types } from 'node:util';
import { MessageChannel, MessagePort } from 'node:worker_threads';

/** Thrown inside the encoder; leaves it as a MessageNotSerializableError with the path to the offender. */
export class Refusal extends Error {
  readonly offender: unknown;

  constructor(offender: unknown, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.offender = offender;
  }
}

export const FUNCTION_REASON =
  'a function cannot be sent to another thread; send this.self, and let the receiver call back with tell';
export const SYMBOL_REASON = 'a symbol cannot be sent to another thread';

/** Classes of the platform whose content does not lie in fields: an instance would arrive empty. */
const HOST_CLASSES = new Set(
  (
    'AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CompressionStream ' +
    'CountQueuingStrategy Crypto CryptoKey CustomEvent DecompressionStream Event EventSource EventTarget File ' +
    'FinalizationRegistry FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance ' +
    'PerformanceEntry PerformanceObserver ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ' +
    'ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response ' +
    'Storage SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream ' +
    'TransformStreamDefaultController URL URLSearchParams WeakRef WebSocket WritableStream ' +
    'WritableStreamDefaultController WritableStreamDefaultWriter'
  ).split(' '),
);

/** Absent where the engine runs without its compilers. */
const { WebAssembly: webAssembly } = globalThis as { WebAssembly?: object };

const HINTS: Record<string, string> = {
  URL: '; send its href',
  URLSearchParams: '; send it as a string',
  Headers: '; send Object.fromEntries(headers)',
  AbortSignal: '; with({ signal }) aborts a message, and context.signal tells the handler',
  Blob: '; send its arrayBuffer()',
  MessagePort: '; name it in with({ transfer: [port] })',
};

/** Iterators have no class of their own to know them by, only a prototype. */
const ITERATOR_PROTOTYPES = new Set<unknown>(
  [[][Symbol.iterator](), ''[Symbol.iterator](), ''.matchAll(/./g)].map((iterator) =>
    Object.getPrototypeOf(iterator),
  ),
);

/** Why an object cannot travel as a plain object of its fields; undefined when it can. */
export function refusalOf(value: object): string | undefined {
  const what = hostName(value);
  if (what === undefined) return undefined;
  return `${/^[AEIaei]/.test(what) ? 'an' : 'a'} ${what} cannot be sent to another thread${HINTS[what] ?? ''}`;
}

function hostName(value: object): string | undefined {
  if (types.isPromise(value)) return 'Promise';
  if (types.isWeakMap(value)) return 'WeakMap';
  if (types.isWeakSet(value)) return 'WeakSet';
  if (types.isSymbolObject(value)) return 'Symbol object';
  if (types.isGeneratorObject(value)) return 'generator';
  if (types.isMapIterator(value) || types.isSetIterator(value)) return 'iterator';
  if (types.isExternal(value)) return 'native pointer';
  if (types.isKeyObject(value)) return 'KeyObject';
  if (types.isCryptoKey(value)) return 'CryptoKey';
  if (value instanceof MessagePort) return 'MessagePort';
  if (value instanceof MessageChannel) return 'MessageChannel';
  return hostClassName(value);
}

/** Looks along the prototypes, and asks the platform itself whether a class of that name is its own. */
function hostClassName(value: object): string | undefined {
  for (let p = Object.getPrototypeOf(value); p !== null; p = Object.getPrototypeOf(p)) {
    if (ITERATOR_PROTOTYPES.has(p)) return 'iterator';
    const type: unknown = Object.getOwnPropertyDescriptor(p, 'constructor')?.value;
    if (typeof type !== 'function' || typeof type.name !== 'string') continue;
    const { name } = type;
    if (type === Promise || type === WeakMap || type === WeakSet) return name;
    if (HOST_CLASSES.has(name) && ownGlobal(globalThis, name) === type) return name;
    if (ownGlobal(Intl, name) === type) return `Intl.${name}`;
    if (webAssembly !== undefined && ownGlobal(webAssembly, name) === type) return `WebAssembly.${name}`;
    // Node marks the classes that its own structured clone treats apart (key material, handles, statistics).
    if (Object.getOwnPropertySymbols(p).some(isCloneMark)) return name;
  }
  return undefined;
}

function ownGlobal(holder: object, name: string): unknown {
  return Object.hasOwn(holder, name) ? (holder as Record<string, unknown>)[name] : undefined;
}

function isCloneMark(symbol: symbol): boolean {
  return symbol.description?.startsWith('messaging_') === true;
}
