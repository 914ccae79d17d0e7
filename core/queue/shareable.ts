/** What is told for a queue or lock before any of these is loaded: most threads have none. */
import type { SharedHandle } from './user/structure-list.js';

export abstract class Shareable {
  abstract get handle(): SharedHandle;
}

/** What of a queue or lock goes into a message between actors. */
export function sharedHandleOf(value: object): SharedHandle | undefined {
  return value instanceof Shareable ? value.handle : undefined;
}
