/** What the programs on queues and locks have in common: threads that are members, and the one that buries them. */
import type { Granule } from '../../../core/memory/layout.js';
import { Header, ThreadState, wordOf } from '../../../core/memory/layout.js';
import { ChainBlock, Chained, Item, Member, Structure } from '../../../core/queue/user/layout.js';
import type { Space } from '../../../core/queue/user/space.js';
import { offsetInBlock } from '../audit.js';
import type { Core } from '../load.js';
import type { Env, ThreadOf } from '../thread.js';

export interface Body {
  (space: Space, env: Env): void | Generator<unknown, void, unknown>;
  /** Whether it waits on an event loop. */
  loop?: boolean;
}

/** Whether what a part does is awaited step by step. */
export const isAsync = (run: object): boolean => run.constructor.name === 'GeneratorFunction';

export interface Cast {
  readonly threads: readonly ThreadOf[];
  /** Threads' places in the arena. */
  readonly slots: Record<string, number>;
}

/** Threads with these bodies, and the creating thread, which may have one too. */
export function cast(core: Core, bodies: Record<string, Body>, creator?: Body): Cast {
  const { arena } = core.ownSpace();
  const slots = new Map<string, number>();
  const threads: ThreadOf[] = Object.entries(bodies).map(([name, body]) => {
    const slot = core.claimThread(arena);
    slots.set(name, slot);
    return {
      name,
      mortal: true,
      loop: body.loop,
      start: (env) => {
        const space = env.atOnce(() => new core.Space(arena, new core.ThreadRecord(arena, slot, false)));
        return body(space, env);
      },
    };
  });
  const buried = Object.values(Object.fromEntries(slots));
  let own: Space;
  threads.push({
    name: 'creator',
    loop: true,
    onDeath: (thread) => core.buryMember(own, buried[thread]),
    start: (env) => {
      own = env.atOnce(() => new core.Space(arena, new core.ThreadRecord(arena, 0, true)));
      return creator?.(own, env);
    },
  });
  return { threads, slots: Object.fromEntries(slots) };
}

/** Blocks of all structures, and of their members. */
export function structureBlocks(i32: Int32Array): Granule[] {
  const blocks: Granule[] = [];
  for (let s = i32[Header.STRUCTURES] as Granule; s !== 0; s = i32[wordOf(s)] as Granule) {
    blocks.push(s);
    for (let m = i32[wordOf(s) + Structure.MEMBERS] as Granule; m !== 0; m = i32[wordOf(m)] as Granule) {
      blocks.push(m);
      for (let i = i32[wordOf(m) + Member.FIRST] as Granule; i !== 0; i = i32[wordOf(i)] as Granule)
        blocks.push(i);
    }
  }
  return blocks;
}

/** The blocks of a SharedQueue's chain, the first one first. */
export function chainBlocks(i32: Int32Array, queue: Granule): Granule[] {
  const blocks: Granule[] = [];
  for (
    let b = i32[wordOf(queue) + Chained.HEAD] as Granule;
    b !== 0;
    b = i32[wordOf(b) + ChainBlock.NEXT] as Granule
  ) {
    blocks.push(b);
  }
  return blocks;
}

/** Records of the items that lie in a SharedQueue. */
export function chainItems(i32: Int32Array, queue: Granule): number[] {
  const records: number[] = [];
  let from = i32[wordOf(queue) + Chained.AT];
  for (const block of chainBlocks(i32, queue)) {
    const end = wordOf(block) + i32[wordOf(block) + ChainBlock.COMMITTED];
    for (let at = wordOf(block) + from; at < end; at += i32[at]) records.push(at);
    from = ChainBlock.DATA;
  }
  return records;
}

/** Items that have come back to a SharedQueue, the first one first. */
export function returnedItems(i32: Int32Array, queue: Granule): Granule[] {
  const blocks: Granule[] = [];
  for (
    let item = i32[wordOf(queue) + Chained.RETURNED_FIRST] as Granule;
    item !== 0;
    item = i32[wordOf(item) + Item.NEXT] as Granule
  ) {
    blocks.push(item);
  }
  return blocks;
}

/** Items of a queue that were taken and are not done. */
export function openItems(i32: Int32Array, queue: Granule): number {
  let open = 0;
  for (
    let m = i32[wordOf(queue) + Structure.MEMBERS] as Granule;
    m !== 0;
    m = i32[wordOf(m) + Member.NEXT] as Granule
  ) {
    open += i32[wordOf(m) + Member.TAKEN];
  }
  return open;
}

/** What a structure must look like when nobody is at work. */
export function atRest(i32: Int32Array, structure: number): string | undefined {
  const base = wordOf(structure as Granule);
  if (i32[base + Structure.LOCK] !== 0) return `The lock of ${structure} was not given back.`;
  if (i32[base + Structure.LOG_COUNT] !== 0) return `An undo log of ${structure} is left.`;
  return undefined;
}

export const isFree = (i32: Int32Array, record: number): boolean => i32[record] === ThreadState.FREE;

/**
 * Whether a member or item is linked is looked at by who buries the thread that had it in hand, after the owner word and
 * before it again: what another owner does meanwhile is no matter.
 */
export const isLinkedWord = (i32: Int32Array, word: number): boolean =>
  offsetInBlock(i32, word) === Member.LINKED;
