/** What messages may hold besides plain data: refs, shared queues and locks, streams, and errors of users' own classes. */
import { Ref } from '../messaging/actor-ref.js';
import type { CodecHooks } from '../messaging/codec/codec.js';
import type { StreamHandle } from '../messaging/given-stream.js';
import type { RefSpace } from '../messaging/ref-space.js';
import type { Identity, RefWorld } from '../messaging/ref-world.js';
import { sharedHandleOf } from '../queue/shareable.js';
import { sharedFrom } from '../queue/user/inside-items.js';
import type { SharedHandle } from '../queue/user/structure-list.js';
import type { ErrorClasses } from './error-classes.js';
import type { GivenStreams } from './given-streams.js';

/** How they are told apart in a record. */
const REF = 1;
const SHARED = 2;
const STREAM = 3;

interface Surroundings extends RefWorld {
  readonly refs: RefSpace;
  readonly given: GivenStreams;
  readonly errorClasses: ErrorClasses;
}

export function extensionsOf(thread: Surroundings): CodecHooks {
  return {
    encodeExtension: (value) => {
      const identity = Ref.identityIn(thread, value);
      if (identity !== undefined) return { tag: REF, data: identity };
      const shared = sharedHandleOf(value);
      if (shared !== undefined) return { tag: SHARED, data: shared };
      const given = thread.given.encode(value);
      return given && { tag: STREAM, ...given };
    },
    decodeExtension: (tag, data) => {
      if (tag === STREAM) return thread.given.read(data as StreamHandle);
      return tag === SHARED ? sharedFrom(data as SharedHandle) : thread.refs.refTo(data as Identity);
    },
    errorClass: (name) => thread.errorClasses.find(name),
  };
}
