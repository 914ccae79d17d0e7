/** Contents as text, bounded in size; or not at all, where they are to stay here. */
import { inspect } from 'node:util';

const MAX_CHARACTERS = 1000;
/** Of an object or an array so many are shown. */
const MAX_ENTRIES = 20;
const MAX_DEPTH = 4;
/** Of all that is in it, at the most. */
const MAX_NODES = 500;

export class Shown {
  constructor(readonly payloads: boolean) {}

  /** The arguments of a message; undefined when they are not known, or to be hidden. */
  args(args: readonly unknown[] | undefined): string | undefined {
    if (!this.payloads || args === undefined) return undefined;
    return shorten(args.slice(0, MAX_ENTRIES).map(textOf).join(', '));
  }

  /** What an error says; only its name, where contents are hidden: it may quote them. */
  error(error: unknown): string {
    try {
      const isError = error instanceof Error;
      if (!this.payloads) return isError ? String(error.name) : `a thrown ${typeof error}`;
      return isError ? shorten(`${error.name}: ${error.message}`) : textOf(error);
    } catch {
      // Of an inline actor it comes as it was thrown, with its getters.
      return 'an error that cannot be shown';
    }
  }
}

function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}

function textOf(value: unknown): string {
  try {
    const text = inspect(pruned(value, 0, { left: MAX_NODES }), {
      depth: MAX_DEPTH - 1,
      maxArrayLength: MAX_ENTRIES,
      maxStringLength: MAX_CHARACTERS,
      breakLength: 100,
    });
    return shorten(text);
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

/** `inspect` would go through all keys of an object, however many. */
function pruned(value: unknown, depth: number, budget: { left: number }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (--budget.left <= 0) return '…';
  if (depth >= MAX_DEPTH) return value;
  // One more than is shown, for `inspect` to say that there are more.
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ENTRIES + 1).map((each) => pruned(each, depth + 1, budget));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries: [string, unknown][] = [];
  for (const key in value) {
    if (entries.length === MAX_ENTRIES || budget.left <= 0) {
      entries.push(['…', '…']);
      break;
    }
    entries.push([key, pruned((value as Record<string, unknown>)[key], depth + 1, budget)]);
  }
  return Object.fromEntries(entries);
}
