/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `troupe/queue`: queues that threads share, with or without actors.
 *
 * This entrance brings the codec, which lies in a room above the queues, and follows the workers made from here on.
 */
import { MessageNotSerializableError } from '../errors.js';
import { Decoder, Encoder } from '../messaging/codec/codec.js';
import { sharedShapes } from '../messaging/shared-shapes.js';
import { decodeShared, encodeShared } from './user/inside-items.js';
import type { ItemCodec } from './user/item-codec.js';
import { ownSpace, type Space, useCodec } from './user/space.js';
import { trackAll } from './user/tracking.js';

// Queues
export { AnySharedQueue } from './user/any-shared-queue.js';
// Threads
export type { SharedHandle } from './user/places.js';
export type { SharedQueueOptions } from './user/queue-options.js';
// The end mark
export { SENTINEL, type Sentinel } from './user/sentinel.js';
export type { PriorityOptions, SharedPriorityQueueOptions } from './user/shared-queue.js';
export { SharedPriorityQueue, SharedQueue, SharedStack } from './user/shared-queue.js';
export { trackWorker } from './user/tracking.js';
export type { SharedSyncOptions, SharedWaitOptions } from './user/waits.js';

function codecOf(space: Space): ItemCodec {
  const { arena, thread } = space;
  const { i32, u8 } = arena;
  const shapes = sharedShapes(arena, thread);
  const hooks = {
    encodeExtension: (value: object) => encodeShared(space, value),
    decodeExtension: (tag: number, data: unknown) => decodeShared(space, tag, data),
    errorClass: () => undefined,
  };
  const encoder = new Encoder(shapes, hooks);
  const decoder = new Decoder(shapes, hooks);
  return {
    encode(value) {
      encoder.begin();
      encoder.value(value, 'item');
      if (encoder.attachments.length > 0) {
        const reason = 'a SharedArrayBuffer does not fit into a shared queue; hand it over in workerData';
        throw new MessageNotSerializableError('item', reason);
      }
      return encoder.position;
    },
    get words() {
      return encoder.words;
    },
    decode(start, size) {
      decoder.begin(i32, u8, start, start + size, undefined);
      return decoder.value();
    },
  };
}

useCodec(codecOf);
// Now, so that workers made from here on inherit the memory.
ownSpace();
trackAll();
