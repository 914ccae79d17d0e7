import { CorruptRecordError } from '../../errors.js';
import type { Decoder } from './decoder.js';
import { decodeError } from './errors-codec.js';
import * as tag from './tags.js';

/** Reads what {@link encodeSpecial} wrote, and the rare primitives. */
export function decodeSpecial(decoder: Decoder, kind: number, payload: number): unknown {
  if (kind === tag.BIGINT_HEX) return decodeBigInt(decoder, payload === 1);
  const slot = decoder.claim();
  switch (kind) {
    case tag.DATE:
      return decoder.settle(slot, new Date(decoder.double()));
    case tag.REGEXP:
      return decoder.settle(slot, new RegExp(decoder.text(), decoder.text()));
    case tag.BOXED:
      return decoder.settle(slot, decodeBoxed(decoder));
    case tag.MAP:
      return decodeMap(decoder, payload, slot);
    case tag.SET:
      return decodeSet(decoder, payload, slot);
    case tag.ARRAY_BUFFER:
      return decoder.settle(slot, decodeArrayBuffer(decoder, payload === 1));
    case tag.BUFFER:
      return decoder.settle(slot, decoder.byteCopy(decoder.size(), Buffer.alloc));
    case tag.VIEW:
      return decoder.settle(slot, decodeView(decoder, payload, slot < 0));
    case tag.ERROR:
      return decodeError(decoder, decoder.checked(payload), slot);
    case tag.EXTENSION:
      return decoder.settle(slot, decoder.hooks.decodeExtension(payload, decoder.read()));
    default:
      throw new CorruptRecordError(`a value of unknown kind ${kind}`);
  }
}

function decodeBigInt(decoder: Decoder, negative: boolean): bigint {
  const absolute = BigInt(`0x${decoder.text()}`);
  return negative ? -absolute : absolute;
}

function decodeBoxed(decoder: Decoder): object {
  const value = decoder.read();
  if ((typeof value === 'object' && value !== null) || value === null || value === undefined) {
    throw new CorruptRecordError('a boxed value that is no primitive');
  }
  return Object(value);
}

function decodeMap(decoder: Decoder, payload: number, slot: number): Map<unknown, unknown> {
  const count = decoder.long(payload);
  decoder.checked(count * 2);
  const map = decoder.settle(slot, new Map<unknown, unknown>());
  for (let i = 0; i < count; i++) {
    const key = decoder.read();
    map.set(key, decoder.read());
  }
  return map;
}

function decodeSet(decoder: Decoder, payload: number, slot: number): Set<unknown> {
  const count = decoder.checked(decoder.long(payload));
  const set = decoder.settle(slot, new Set<unknown>());
  for (let i = 0; i < count; i++) set.add(decoder.read());
  return set;
}

type BufferConstructor = new (length: number, options?: { maxByteLength: number }) => ArrayBuffer;

function decodeArrayBuffer(decoder: Decoder, resizable: boolean): ArrayBuffer {
  const length = decoder.size();
  if (!resizable) return decoder.bytes(length).buffer as ArrayBuffer;
  const options = { maxByteLength: decoder.size() };
  const create = ArrayBuffer as unknown as BufferConstructor;
  return decoder.byteCopy(length, () => new Uint8Array(new create(length, options))).buffer as ArrayBuffer;
}

type ViewConstructor = new (buffer: ArrayBufferLike, offset: number, length: number) => object;

/** @param alone nothing refers to its buffer */
function decodeView(decoder: Decoder, kind: number, alone: boolean): object {
  const name = tag.VIEW_KINDS[kind];
  const offset = decoder.size();
  const length = decoder.size();
  if (name === 'Uint8Array' && alone && offset === 0 && decoder.passes(tag.ARRAY_BUFFER)) {
    // Half the time: the engine makes the buffer of few bytes only when somebody asks for it.
    const whole = decoder.bytes(decoder.size());
    return whole.length === length ? whole : new Uint8Array(whole.buffer, 0, length);
  }
  const buffer = decoder.read();
  if (!(buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer) || name === undefined) {
    throw new CorruptRecordError('a view of something that is no buffer');
  }
  if (name === 'Buffer') return Buffer.from(buffer, offset, length);
  const View = (globalThis as unknown as Record<string, ViewConstructor | undefined>)[name];
  if (View === undefined) throw new CorruptRecordError(`a ${name}, which this version of Node.js lacks`);
  return new View(buffer, offset, length);
}
