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
export type { SharedQueueOptions } from './user/queue-options.js';
// The end mark
export { SENTINEL, type Sentinel } from './user/sentinel.js';
export type { PriorityOptions, SharedPriorityQueueOptions } from './user/shared-queue.js';
export { SharedPriorityQueue, SharedQueue, SharedStack } from './user/shared-queue.js';
// Threads
export type { SharedHandle } from './user/structure-list.js';
export { trackWorker } from './user/tracking.js';
export type { SharedSyncOptions, SharedWaitOptions } from './user/waits.js';

class RecordCodec implements ItemCodec {
  words = new Int32Array(0) as Int32Array;
  readonly #i32: Int32Array;
  readonly #u8: Buffer;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;

  constructor(space: Space) {
    const { arena, thread } = space;
    const shapes = sharedShapes(arena, thread);
    const hooks = {
      encodeExtension: (value: object) => encodeShared(space, value),
      decodeExtension: (tag: number, data: unknown) => decodeShared(space, tag, data),
      errorClass: () => undefined,
    };
    this.#i32 = arena.i32;
    this.#u8 = arena.u8;
    this.#encoder = new Encoder(shapes, hooks);
    this.#decoder = new Decoder(shapes, hooks);
  }

  encode(value: unknown): number {
    const encoder = this.#encoder;
    encoder.begin();
    encoder.value(value, 'item');
    if (encoder.attachments.length > 0) {
      const reason = 'a SharedArrayBuffer does not fit into a shared queue; hand it over in workerData';
      throw new MessageNotSerializableError('item', reason);
    }
    this.words = encoder.words;
    return encoder.position;
  }

  decode(start: number, size: number): unknown {
    this.#decoder.begin(this.#i32, this.#u8, start, start + size, undefined);
    return this.#decoder.value();
  }
}

useCodec((space) => new RecordCodec(space));
// Now, so that workers made from here on inherit the memory.
ownSpace();
trackAll();
