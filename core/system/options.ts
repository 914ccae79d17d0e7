/** Options of a system: checked before anything is made of them. */
import { pathToFileURL } from 'node:url';
import { OptionOutOfRangeError } from '../errors.js';
import { duration, inRange } from '../messaging/checks.js';
import type { SystemOptions } from '../messaging/options.js';
import { checkSupervision } from '../runtime/spawning.js';

/** @throws {OptionOutOfRangeError} */
export function checkOptions(options: SystemOptions): void {
  const { arenaBytes, threads, warmThreads } = options;
  if (arenaBytes !== undefined) inRange('arenaBytes', arenaBytes, 8 << 20, 2 ** 32);
  if (threads !== undefined) inRange('threads', threads, 1, 1000);
  if (warmThreads !== undefined) inRange('warmThreads', warmThreads, 0, 1000);
  duration('askTimeoutMs', options.askTimeoutMs, 0);
  checkSupervision(options.supervision ?? {});
  if (options.name !== undefined && (typeof options.name !== 'string' || options.name === '')) {
    throw new OptionOutOfRangeError('name', options.name, 'a text');
  }
}

/** What every thread can import: absolute paths as URLs; URLs and names of packages as they are. */
export function moduleUrl(value: string | URL): string {
  const text = String(value);
  if (value instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(text)) return text;
  return text.startsWith('/') || /^[a-z]:\\/i.test(text) ? pathToFileURL(text).href : text;
}
