/** What users' code throws may be anything, also what no other thread can be told. */
import { inspect } from 'node:util';
import { RemoteError } from '../errors.js';

/** In place of what cannot be copied: what it looked like. */
export function described(thrown: unknown): RemoteError {
  return new RemoteError(
    `What was thrown is no Error, and cannot be copied: ${inspect(thrown, { depth: 1 })}`,
  );
}

/** As another thread can be told it. Errors always can; of other values a look at the outside has to do. */
export function tellable(thrown: unknown): unknown {
  return typeof thrown === 'symbol' || typeof thrown === 'function' ? described(thrown) : thrown;
}
