/** Queues and locks that travel inside an item of a queue, where their place is enough, or inside a message. */
import type { Granule } from '../../memory/layout.js';
import { KINDS } from './layout.js';
import { type Space, spaceOver } from './space.js';
import { SharedStructure } from './structure.js';
import type { SharedHandle } from './structure-list.js';
import { structureAt } from './tracking.js';

export function encodeShared(space: Space, value: object): { tag: number; data: unknown } | undefined {
  if (!(value instanceof SharedStructure)) return undefined;
  const { kind, buffer, at, generation } = value.handle;
  // One of other memory cannot travel; the codec refuses the buffer then.
  return { tag: KINDS.indexOf(kind), data: buffer === space.arena.buffer ? [at, generation] : buffer };
}

export function decodeShared(space: Space, tag: number, data: unknown): unknown {
  const [at, generation] = data as [Granule, number];
  return structureAt(space, KINDS[tag], at, generation);
}

/** The inverse of `sharedHandleOf`, in the receiving thread. @throws ThreadNotTrackedError */
export function sharedFrom({ kind, buffer, at, generation }: SharedHandle): SharedStructure {
  return structureAt(spaceOver(buffer), kind, at as Granule, generation);
}
