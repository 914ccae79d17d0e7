import { MessageNotSerializableError, TroupeError } from '../../errors.js';
import { Refusal } from './refusal.js';

interface Place {
  readonly value: unknown;
  readonly path: string;
}

/**
 * The error that the sender sees: for a refusal, with the path to the offender. The path is searched only now,
 * so that messages which can travel pay nothing for it.
 *
 * @param root - what was to be sent
 * @param name - what the path begins with
 */
export function explained(error: unknown, root: unknown, name: string): Error {
  const start: Place = { value: root, path: name };
  if (error instanceof Refusal) {
    const path = findPath(start, (value) => isOffender(value, error.offender)) ?? name;
    return new MessageNotSerializableError(path, error.message, { cause: error.cause });
  }
  if (error instanceof TroupeError) return error;
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new MessageNotSerializableError(name, 'nested too deep for the stack of this thread', {
      cause: error,
    });
  }
  const path = findPath(start, () => false) ?? name;
  return new MessageNotSerializableError(path, 'reading it threw an error', { cause: error });
}

/** The writer goes the same way, so the first function or symbol on it is the one that it refused. */
function isOffender(value: unknown, offender: unknown): boolean {
  return (
    typeof value === 'function' || typeof value === 'symbol' || (value === offender && offender !== undefined)
  );
}

/** The first place, in the order of writing, that is looked for or cannot be read. */
function findPath(start: Place, isIt: (value: unknown) => boolean): string | undefined {
  const visited = new Set<unknown>();
  const open: Place[] = [start];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, path } = place;
    if (isIt(value)) return path;
    // Errors leave behind what cannot travel, so nothing inside one is ever the reason.
    if (typeof value !== 'object' || value === null || value instanceof Error || visited.has(value)) continue;
    visited.add(value);
    const parts: Place[] = [];
    if (!collectParts(value, path, parts)) return parts[parts.length - 1].path;
    for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i]);
  }
  return undefined;
}

/** The parts of a value, in order. False when the last one could not be read. */
function collectParts(value: object, path: string, parts: Place[]): boolean {
  if (ArrayBuffer.isView(value)) {
    parts.push({ value: value.buffer, path: `${path}.buffer` });
    return true;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) {
      const at =
        typeof key === 'string' || typeof key === 'number' ? JSON.stringify(key) : `key ${parts.length / 2}`;
      parts.push({ value: key, path: `${path}.keys(${at})` }, { value: item, path: `${path}.get(${at})` });
    }
    return true;
  }
  if (value instanceof Set) {
    for (const item of value) parts.push({ value: item, path: `${path}.values(${parts.length})` });
    return true;
  }
  return collectFields(value, path, parts);
}

function collectFields(value: object, path: string, parts: Place[]): boolean {
  for (const key of Object.keys(value)) {
    const at = path + (Array.isArray(value) ? `[${key}]` : accessor(key));
    try {
      parts.push({ value: (value as Record<string, unknown>)[key], path: at });
    } catch {
      parts.push({ value: undefined, path: at });
      return false;
    }
  }
  return true;
}

function accessor(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
