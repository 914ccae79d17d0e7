/** Contents as text, bounded in size; or not at all, where they are to stay here. */
import { inspect } from 'node:util';

const MAX_CHARACTERS = 1000;
/** Of an object or an array so many are shown. */
const MAX_ENTRIES = 20;
const MAX_DEPTH = 4;

export class Shown {
  constructor(readonly payloads: boolean) {}

  /** The arguments of a message; undefined when they are not known, or to be hidden. */
  args(args: readonly unknown[] | undefined): string | undefined {
    if (!this.payloads || args === undefined) return undefined;
    return shorten(args.map((each) => textOf(each)).join(', '));
  }

  /** What an error says; only its name, where contents are hidden: it may quote them. */
  error(error: unknown): string {
    const isError = error instanceof Error;
    if (!this.payloads) return isError ? error.name : `a thrown ${typeof error}`;
    return shorten(isError ? `${error.name}: ${error.message}` : textOf(error));
  }
}

function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}

function textOf(value: unknown): string {
  try {
    return inspect(pruned(value, 0), {
      depth: MAX_DEPTH,
      maxArrayLength: MAX_ENTRIES,
      maxStringLength: MAX_CHARACTERS,
      breakLength: 100,
    });
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

/** `inspect` would go through all keys of an object, however many. */
function pruned(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES + 1).map((each) => pruned(each, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries: [string, unknown][] = [];
  for (const key in value) {
    if (entries.length === MAX_ENTRIES) {
      entries.push(['…', 'more']);
      break;
    }
    entries.push([key, pruned((value as Record<string, unknown>)[key], depth + 1)]);
  }
  return Object.fromEntries(entries);
}
