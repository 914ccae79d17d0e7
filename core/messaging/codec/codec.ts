/**
 * Values to bytes and back: what crosses a thread, other than by `postMessage`, goes through here.
 *
 * ```ts
 * const encoder = new Encoder(shapes, hooks);
 * encoder.begin();
 * encoder.value({ type: 'inc', n: 1 });
 *
 * const decoder = new Decoder(shapes, hooks);
 * decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, encoder.attachments);
 * decoder.value();   // { type: 'inc', n: 1 }
 * ```
 */
export { Decoder } from './decoder.js';
export { Encoder } from './encoder.js';
export type { CodecHooks } from './hooks.js';
