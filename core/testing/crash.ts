/** Faults on demand. */
import { WrongArgumentError } from '../errors.js';
import { Ref } from '../messaging/actor-ref.js';
import type { RefBase } from '../messaging/ref-types.js';

/**
 * Lets the thread of an actor die, as `process.exit()` or a lack of memory would, so that a test can watch its
 * supervision. An actor without a thread of its own (`shared`, `inline`) fails instead, soon after, and the others
 * go on. Of a pool, the pool itself is what has no thread: crash its workers.
 *
 * ```ts
 * await crash(counter);
 * await counter.ask.total();          // answered by the replacement
 * ```
 * @returns resolves when the thread has died; at once for an actor that has ended
 * @throws {WrongArgumentError} for what is no ref of a running system
 */
export async function crash(ref: RefBase): Promise<void> {
  if (typeof ref !== 'object' || ref === null || Ref.identityOf(ref) === undefined) {
    throw new WrongArgumentError('crash', ref, 'a ref of a running system');
  }
  await Ref.crash(ref as unknown as Ref);
}
