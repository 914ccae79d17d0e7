/** Blocks: taken from the free list, or of fresh memory, and given back by several threads. */
import type { Granule } from '../../../core/memory/layout.js';
import { wordOf } from '../../../core/memory/layout.js';
import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import type { Program } from '../model.js';
import type { Env, ThreadOf } from '../thread.js';

const BYTES = 56;

/** Takes so many blocks, marks each as its own, looks whether it still is, and gives them back. */
function useBlocks(thread: ThreadRecord, count: number, bytes: number, env: Env): void {
  const { arena } = thread;
  const taken: Granule[] = [];
  for (let i = 0; i < count; i++) {
    const block = arena.take(thread, bytes);
    env.store(wordOf(block) + 2, thread.id);
    taken.push(block);
  }
  for (const block of taken.reverse()) {
    if (env.load(wordOf(block) + 2) !== thread.id) env.note(`Another has ${block} too.`);
    arena.give(thread, block);
  }
}

function blocks(
  name: string,
  bounds: Program['bounds'],
  free: number,
  wants: Record<string, number>,
  /** Of those that want others than the rest. */
  sizes: Record<string, number> = {},
): Program {
  return {
    name,
    bounds,
    setUp(core) {
      const { arena, thread } = core.ownSpace();
      const before: Granule[] = [];
      for (let i = 0; i < free; i++) before.push(arena.take(thread, BYTES));
      for (const block of before.reverse()) arena.give(thread, block);
      const slots: number[] = [];
      const threads: ThreadOf[] = Object.entries(wants).map(([who, count]) => {
        const slot = core.claimThread(arena);
        slots.push(slot);
        return {
          name: who,
          mortal: true,
          start: (env) =>
            useBlocks(new core.ThreadRecord(arena, slot, false), count, sizes[who] ?? BYTES, env),
        };
      });
      let again: Env;
      let own: ThreadRecord;
      const bury = (dead: number): void => {
        if (!core.bury(arena, own, slots[dead], [])) again.later(() => bury(dead));
      };
      threads.push({
        name: 'creator',
        loop: true,
        onDeath: bury,
        start(env) {
          again = env;
          own = new core.ThreadRecord(arena, 0, true);
        },
      });
      return {
        arena,
        threads,
        check(fates, audited) {
          const said = Object.values(fates).flatMap(({ notes }) => notes);
          if (said.length > 0) return String(said[0]);
          if (Object.values(fates).some(({ waits }) => waits)) return 'Somebody waits in the arena.';
          return audited.against([]);
        },
      };
    },
  };
}

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

export const arenas = [
  blocks('arena: two take two each, two are free', { preemptions: 4, ...none }, 2, { a: 2, b: 2 }),
  blocks('arena: three take one each, two are free', { preemptions: 3, ...none }, 2, { a: 1, b: 1, c: 1 }),
  blocks('arena: two take two each, one dies', { preemptions: 3, ...one }, 2, { a: 2, b: 2 }),
  blocks('arena: three take one each, one dies', { preemptions: 2, ...one }, 1, { a: 1, b: 1, c: 1 }),
  blocks(
    'arena: three claim fresh memory, of two sizes, one dies',
    { preemptions: 2, ...one },
    0,
    { a: 1, b: 1, c: 1 },
    { b: 2 * BYTES + 8 },
  ),
];
