/**
 * Values to bytes and back: what crosses a thread, other than by `postMessage`, goes through here.
 *
 * A value arrives as structured clone would have it, with these differences: a `Buffer` arrives as a `Buffer`,
 * with its own bytes only where it is a part of something larger; an error keeps its class, name, code and own
 * fields, and loses those of them that cannot travel; whatever else cannot travel is refused with the path to
 * it, also objects of the platform that structured clone would turn into `{}`; a view of a resizable buffer
 * arrives with the length that it had.
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
