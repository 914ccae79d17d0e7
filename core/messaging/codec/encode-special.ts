import { copyBytes } from '../../memory/copy.js';
import type { Encoder } from './encoder.js';
import { encodeError } from './errors-codec.js';
import * as kinds from './kinds.js';
import { Refusal } from './refusal.js';
import * as tag from './tags.js';

/** These are copied one by one: `set` begins slowly. */
const FEW_BYTES = 64;

/** Writes an object that is neither a plain one nor an array. */
export function encodeSpecial(encoder: Encoder, value: object, prototype: object): void {
  if (encoder.attachments.length > 0) {
    const index = encoder.attachments.indexOf(value);
    if (index >= 0) {
      encoder.counted(tag.ATTACHMENT, index);
      return;
    }
  }
  if (prototype === Uint8Array.prototype && encodeWhole(encoder, value)) return;
  const kind = kinds.kindOf(value, prototype);
  switch (kind) {
    case kinds.DATE:
      encoder.double(tag.DATE, Date.prototype.getTime.call(value));
      break;
    case kinds.REGEXP:
      encodeRegExp(encoder, value as RegExp);
      break;
    case kinds.MAP:
      encodeMap(encoder, value as Map<unknown, unknown>);
      break;
    case kinds.SET:
      encodeSet(encoder, value as Set<unknown>);
      break;
    case kinds.ARRAY_BUFFER:
      encodeArrayBuffer(encoder, value as ArrayBuffer);
      break;
    case kinds.SHARED_ARRAY_BUFFER:
      encoder.counted(tag.ATTACHMENT, encoder.attachments.push(value) - 1);
      break;
    case kinds.VIEW:
      encodeView(encoder, value as NodeJS.ArrayBufferView);
      break;
    case kinds.BOXED:
      encoder.word(tag.BOXED);
      encoder.write((value as { valueOf(): unknown }).valueOf());
      break;
    case kinds.ERROR:
      encodeError(encoder, value as Error);
      break;
    default:
      encodeInstance(encoder, value, kind);
      break;
  }
}

function encodeInstance(encoder: Encoder, value: object, kind: kinds.Kind): void {
  const extension = encoder.hooks.encodeExtension(value);
  if (extension !== undefined) {
    if (extension.taken !== undefined) encoder.taken.push(extension.taken);
    encoder.word((extension.tag << 8) | tag.EXTENSION);
    encoder.write(extension.data);
  } else {
    if (typeof kind === 'string') throw new Refusal(value, kind);
    encoder.fields(value);
  }
}

function encodeRegExp(encoder: Encoder, value: RegExp): void {
  encoder.word(tag.REGEXP);
  encoder.write(value.source);
  encoder.write(value.flags);
}

/** A getter among the entries may add to the map: only those present at the start are sent. */
function encodeMap(encoder: Encoder, value: Map<unknown, unknown>): void {
  const entries = [...Map.prototype.entries.call(value)];
  encoder.counted(tag.MAP, entries.length);
  for (const [key, item] of entries) {
    encoder.write(key);
    encoder.write(item);
  }
}

function encodeSet(encoder: Encoder, value: Set<unknown>): void {
  const items = [...Set.prototype.values.call(value)];
  encoder.counted(tag.SET, items.length);
  for (const item of items) encoder.write(item);
}

interface ResizableBuffer extends ArrayBuffer {
  readonly resizable?: boolean;
  readonly maxByteLength: number;
}

function encodeArrayBuffer(encoder: Encoder, value: ArrayBuffer): void {
  const { resizable, maxByteLength } = value as ResizableBuffer;
  const content = viewOfAttached(value);
  encoder.word(resizable ? (1 << 8) | tag.ARRAY_BUFFER : tag.ARRAY_BUFFER);
  encoder.write(content.length);
  if (resizable) encoder.write(maxByteLength);
  encodeBytes(encoder, content);
}

function viewOfAttached(value: ArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(value);
  } catch (cause) {
    throw new Refusal(value, 'an ArrayBuffer that has been transferred already cannot be sent', cause);
  }
}

function encodeBytes(encoder: Encoder, content: Uint8Array): void {
  const { length } = content;
  const at = encoder.reserveBytes(length);
  const { bytes } = encoder;
  if (length > FEW_BYTES) copyBytes(bytes, at, content);
  else for (let i = 0; i < length; i++) bytes[at + i] = content[i];
}

/**
 * A view travels with the whole of its buffer, so that views which share it still do. Only a Buffer that is
 * a part of something larger, as those from the pool are, takes its own bytes along and nothing else.
 */
function encodeView(encoder: Encoder, view: NodeJS.ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = view;
  const name = viewName(view);
  if (name === 'Buffer' && byteLength < buffer.byteLength && !travelsWhole(encoder, buffer)) {
    encoder.word(tag.BUFFER);
    encoder.write(byteLength);
    encodeBytes(encoder, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    return;
  }
  encoder.word((tag.VIEW_KINDS.indexOf(name) << 8) | tag.VIEW);
  encoder.write(byteOffset);
  encoder.write(name === 'DataView' ? byteLength : (view as Uint8Array).length);
  encoder.write(buffer);
}

/**
 * Bytes that are the whole of their buffer, as most are: what {@link encodeView} writes, in half the time.
 * @returns false, and nothing written, for any other
 */
function encodeWhole(encoder: Encoder, value: object): boolean {
  if (!ArrayBuffer.isView(value)) return false;
  const { buffer, byteOffset, length } = value as Uint8Array;
  // Of no length is also what was transferred.
  if (byteOffset !== 0 || length === 0 || length !== buffer.byteLength) return false;
  if (!(buffer instanceof ArrayBuffer) || (buffer as ResizableBuffer).resizable) return false;
  if (encoder.attachments.length > 0 || !encoder.meets(buffer)) return false;
  encoder.word((UINT8_KIND << 8) | tag.VIEW);
  encoder.number(0);
  encoder.number(length);
  encoder.word(tag.ARRAY_BUFFER);
  encoder.number(length);
  encodeBytes(encoder, value as Uint8Array);
  return true;
}

const UINT8_KIND = tag.VIEW_KINDS.indexOf('Uint8Array');

function travelsWhole({ attachments, copied }: Encoder, buffer: ArrayBufferLike): boolean {
  return (
    !(buffer instanceof ArrayBuffer) || attachments.includes(buffer) || copied?.includes(buffer) === true
  );
}

type ViewKind = (typeof tag.VIEW_KINDS)[number];
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: unknown) => ViewKind | undefined;

function viewName(view: NodeJS.ArrayBufferView): ViewKind {
  if (Buffer.isBuffer(view)) return 'Buffer';
  return typedArrayName.call(view) ?? 'DataView';
}
