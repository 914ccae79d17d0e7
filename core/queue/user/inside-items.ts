/** Queues and locks that travel inside an item of a queue: their place is enough. */
import type { Granule } from '../../memory/layout.js';
import { KINDS } from './layout.js';
import type { Space } from './space.js';
import { SharedStructure } from './structure.js';
import { structureAt } from './tracking.js';

export function encodeShared(space: Space, value: object): { tag: number; data: unknown } | undefined {
  if (!(value instanceof SharedStructure)) return undefined;
  const { kind, buffer, at } = value.handle;
  // One of other memory cannot travel; the codec refuses the buffer then.
  return { tag: KINDS.indexOf(kind), data: buffer === space.arena.buffer ? at : buffer };
}

export function decodeShared(space: Space, tag: number, data: unknown): unknown {
  return structureAt(space, KINDS[tag], data as Granule);
}
