/**
 * What `with({ transfer })` names may be few bytes: to copy them into the message, and to take them from their sender
 * then, is far cheaper than to move them by the creating thread, and nobody can tell the difference.
 */
import { types } from 'node:util';
import { MessageNotSerializableError } from '../errors.js';

/** As many bytes of one message are copied; measured, see docs/performance.md. */
const MOST_COPIED = 1 << 17;

/** Whether all of it are ArrayBuffers, and small. A resizable one has room that would not be copied. */
export function isCopied(transfer: readonly unknown[]): boolean {
  let rest = MOST_COPIED;
  for (const object of transfer) {
    if (!types.isArrayBuffer(object)) return false;
    const { byteLength, resizable } = object as ArrayBuffer & { readonly resizable?: boolean };
    // Of no length is also one that has been moved already, which has to be said.
    if (byteLength === 0 || resizable === true) return false;
    rest -= byteLength;
  }
  return rest >= 0 && transfer.length > 0;
}

/**
 * Takes from the sender what has been copied; all of it, or nothing.
 * By `structuredClone`, since `ArrayBuffer.prototype.transfer` also takes what must not be moved, as Buffers' pool.
 */
export function detach(transfer: readonly unknown[]): void {
  try {
    structuredClone(undefined, { transfer: transfer as ArrayBuffer[] });
  } catch (error) {
    throw notMoved(error);
  }
}

/** An object that cannot be moved stands in the list, or one twice. */
export const notMoved = (error: unknown): MessageNotSerializableError =>
  new MessageNotSerializableError('transfer', `not all of it can be moved: ${String(error)}`);
