import { MessageNotSerializableError, TroupeError } from '../../errors.js';
import type { CodecHooks } from './hooks.js';
import { INSTANCE, kindOf, MAP, SET, VIEW } from './kinds.js';
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
export function explained(error: unknown, root: unknown, name: string, hooks: CodecHooks): Error {
  if (error instanceof TroupeError) return error;
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return new MessageNotSerializableError(name, 'nested too deep for the stack of this thread', {
      cause: error,
    });
  }
  const search = new PathSearch(hooks);
  if (error instanceof Refusal) {
    const { offender } = error;
    const path = offender === undefined ? name : search.find(root, name, (value) => isIt(value, offender));
    return new MessageNotSerializableError(path, error.message, { cause: error.cause });
  }
  const path = search.find(root, name, () => false);
  return new MessageNotSerializableError(path, 'reading it threw an error', { cause: error });
}

/** The writer goes the same way, so the first function or symbol on it is the one that it refused. */
function isIt(value: unknown, offender: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol' || value === offender;
}

/** Goes through a value as the writer does, without depth. */
class PathSearch {
  readonly #hooks: CodecHooks;

  constructor(hooks: CodecHooks) {
    this.#hooks = hooks;
  }

  /** The first place that is looked for or cannot be read; the whole when there is none. */
  find(root: unknown, name: string, wanted: (value: unknown) => boolean): string {
    const visited = new Set<unknown>();
    const open: Place[] = [{ value: root, path: name }];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const { value, path } = place;
      if (wanted(value)) return path;
      if (typeof value !== 'object' || value === null || visited.has(value)) continue;
      visited.add(value);
      const parts: Place[] = [];
      try {
        if (!this.#collect(value, path, parts)) return parts[parts.length - 1].path;
      } catch {
        // Not even what it is can be read: a revoked Proxy, say.
        return path;
      }
      for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i]);
    }
    return name;
  }

  /** The parts of a value, in order. False when the last one could not be read. */
  #collect(value: object, path: string, parts: Place[]): boolean {
    const prototype = Object.getPrototypeOf(value);
    if (Array.isArray(value) || prototype === null) return collectFields(value, path, parts);
    switch (kindOf(value, prototype)) {
      case MAP:
        collectEntries(value as Map<unknown, unknown>, path, parts);
        return true;
      case SET:
        for (const item of value as Set<unknown>) {
          parts.push({ value: item, path: `${path}.values(${parts.length})` });
        }
        return true;
      case VIEW:
        parts.push({ value: (value as DataView).buffer, path: `${path}.buffer` });
        return true;
      case INSTANCE: {
        const extension = prototype === Object.prototype ? undefined : this.#hooks.encodeExtension(value);
        return collectFields(extension === undefined ? value : { data: extension.data }, path, parts);
      }
      default:
        // Of the others nothing but their own content travels; an error leaves behind what cannot.
        return true;
    }
  }
}

function collectEntries(map: Map<unknown, unknown>, path: string, parts: Place[]): void {
  for (const [key, item] of map) {
    const isName = typeof key === 'string' || typeof key === 'number';
    const at = isName ? JSON.stringify(key) : `key ${parts.length / 2}`;
    parts.push({ value: key, path: `${path}.keys(${at})` }, { value: item, path: `${path}.get(${at})` });
  }
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
