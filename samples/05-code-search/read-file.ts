import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isBinary, MAX_FILE_BYTES } from './tokenize.js';

/** Why a file is not in the index. */
export type SkipReason = 'too-large' | 'binary' | 'unreadable';

// A file that has become a link or a pipe since the walk must be neither followed nor waited for.
// Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const buffer = Buffer.allocUnsafeSlow(MAX_FILE_BYTES + 1);

/**
 * The bytes of a text file, or why there are none. They lie in a buffer that the next call uses again.
 *
 * Reads synchronously: an actor on a thread of its own may block, and this takes half the time of the promises.
 */
export function readTextFile(path: string): Buffer | SkipReason {
  let file: number | undefined;
  try {
    file = openSync(path, FLAGS);
    const stats = fstatSync(file);
    if (!stats.isFile()) return 'unreadable';
    if (stats.size > MAX_FILE_BYTES) return 'too-large';
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_FILE_BYTES) return 'too-large'; // It has grown since.
    const bytes = buffer.subarray(0, length);
    return isBinary(bytes) ? 'binary' : bytes;
  } catch {
    return 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
