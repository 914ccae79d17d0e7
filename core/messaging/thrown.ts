/** What users' code throws may be anything, also what no other thread can be told. */
import { inspect } from 'node:util';
import { RemoteError } from '../errors.js';

const MAX_SHOWN = 10_000;

/** In place of what cannot be copied, or has no room: what it looked like. */
export function described(thrown: unknown): RemoteError {
  return new RemoteError(`What was thrown cannot be copied: ${look(thrown)}`);
}

/** Looking runs users' code (getters, `inspect.custom`), which may throw in its turn. */
export function look(thrown: unknown): string {
  try {
    const text = inspect(thrown, { depth: 1 });
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} …` : text;
  } catch {
    return `a value of type ${typeof thrown} that cannot be shown`;
  }
}

/** As another thread can be told it. Errors always can; of other values a look at the outside has to do. */
export function tellable(thrown: unknown): unknown {
  return typeof thrown === 'symbol' || typeof thrown === 'function' ? described(thrown) : thrown;
}
