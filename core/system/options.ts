/** Options of a system: checked before anything is made of them. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OptionOutOfRangeError } from '../errors.js';
import { checkSupervision, checkThread, duration, inRange, oneOf, optionsOf } from '../messaging/checks.js';
import type { SystemOptions, TraceOptions } from '../messaging/options.js';
import { LEVELS } from '../runtime/actor-log.js';

/** @throws {OptionOutOfRangeError | WrongArgumentError} */
export function checkOptions(options: SystemOptions): void {
  optionsOf('ActorSystem.start', options);
  const { arenaBytes, threads, warmThreads } = options;
  if (arenaBytes !== undefined) inRange('arenaBytes', arenaBytes, 8 << 20, 2 ** 32);
  if (threads !== undefined) inRange('threads', threads, 1, 1000);
  if (warmThreads !== undefined) inRange('warmThreads', warmThreads, 0, 1000);
  duration('askTimeoutMs', options.askTimeoutMs, 0);
  oneOf('askCycle', options.askCycle, ['report', 'reject']);
  checkSupervision(options.supervision);
  checkThread(options);
  const { name, signals, logger, preload } = options;
  given('name', name, 'a text', (value) => typeof value === 'string' && value !== '');
  given('signals', signals, 'true or false', (value) => typeof value === 'boolean');
  given('logger', logger, 'a pino logger, or a function of a log entry', isLogger);
  given('providers', options.providers, MODULE, isModule);
  given('preload', preload, `an array, each ${MODULE}`, (all) => Array.isArray(all) && all.every(isModule));
  given('workerUrl', options.workerUrl, 'a URL or an absolute path', (value) => {
    return isModule(value) && URL.canParse(moduleUrl(value as string | URL));
  });
}

/** @returns the path of the file */
export function traceFile(options: TraceOptions): string {
  optionsOf('trace', options);
  const file: unknown = options?.file;
  if (file instanceof URL && file.protocol === 'file:') return fileURLToPath(file);
  if (typeof file === 'string' && file !== '') return resolve(file);
  throw new OptionOutOfRangeError('file', file, 'a path or a file: URL');
}

function given(option: string, value: unknown, range: string, fits: (value: unknown) => boolean): void {
  if (value !== undefined && !fits(value)) throw new OptionOutOfRangeError(option, value, range);
}

const isLogger = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return typeof value === 'function';
  const methods = [...LEVELS, 'child', 'isLevelEnabled', 'on', 'removeListener'];
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
};

const MODULE = 'a URL, an absolute path, or the name of a package';
const isModule = (value: unknown): boolean =>
  value instanceof URL || (typeof value === 'string' && value !== '');

/** What every thread can import: absolute paths as URLs; URLs and names of packages as they are. */
export function moduleUrl(value: string | URL): string {
  const text = String(value);
  if (value instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(text)) return text;
  return text.startsWith('/') || /^[a-z]:\\/i.test(text) ? pathToFileURL(text).href : text;
}
