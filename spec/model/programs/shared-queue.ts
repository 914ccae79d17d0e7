/** Threads that share a queue: programs are made of parts, and each outcome is checked the same way. */
import { type Granule, wordOf } from '../../../core/memory/layout.js';
import { Flag, Item, Queue, Structure, Wait } from '../../../core/queue/user/layout.js';
import type { SharedQueueOptions } from '../../../core/queue/user/queue-core.js';
import type { SharedQueue } from '../../../core/queue/user/shared-queue.js';
import type { Arena } from '../audit.js';
import type { Fate, Program } from '../model.js';
import type { Part, Run } from './queue-parts.js';
import {
  atRest,
  type Body,
  cast,
  isAsync,
  isHeapInOrder,
  isLinkedWord,
  itemBlocks,
  structureBlocks,
} from './shared.js';

interface Line {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  readonly options: SharedQueueOptions;
  /** Whether it goes by priority: an item's number. */
  readonly byPriority?: boolean;
  /** In the queue from the start. */
  readonly filled?: readonly number[];
  readonly parts: Record<string, Part>;
  readonly creator?: Run;
  /** Items may be thrown away, or come again: then {@link check} says which. */
  readonly counts?: boolean;
  check?(fates: Record<string, Fate>, outcome: Outcome): string | undefined;
}

/** What is to be seen at the end. */
export interface Outcome {
  readonly taken: readonly number[];
  readonly left: readonly number[];
  readonly unfinished: number;
  readonly flags: number;
  readonly someoneDied: boolean;
}

export function line({
  name,
  bounds,
  short,
  options,
  byPriority = false,
  filled = [],
  parts,
  creator,
  counts = true,
  check,
}: Line): Program {
  return {
    name,
    bounds,
    short,
    setUp(core) {
      const Kind = byPriority ? core.SharedPriorityQueue : core.SharedQueue;
      const queue = Kind.create(options);
      for (const item of filled) queue.tryPut(item, { priority: item });
      const at = queue.handle.at as Granule;
      const bodyOf = (run: Run): Body => {
        const body: Body = (space, env) => {
          const mine = new Kind<unknown>(space, at) as SharedQueue<unknown>;
          // To become a member is not what this is about.
          env.atOnce(() => (mine as unknown as { ensureMember(): boolean }).ensureMember());
          return run(mine, env);
        };
        body.loop = isAsync(run);
        return body;
      };
      const bodies = Object.entries(parts).map(([who, { run }]) => [who, bodyOf(run)] as const);
      const { threads } = cast(core, Object.fromEntries(bodies), creator && bodyOf(creator));
      const all = [...filled, ...Object.values(parts).flatMap(({ puts = [] }) => puts)];
      return {
        arena: core.ownSpace().arena,
        threads,
        racy: (word) => isLinkedWord(core.ownSpace().arena.i32, word),
        check(fates, audited) {
          const outcome = outcomeOf(audited, at, fates);
          return (
            atRest(audited.i32, at) ??
            waiting(fates, parts, outcome, options) ??
            (counts ? kept(outcome, all, fates) : undefined) ??
            check?.(fates, outcome) ??
            (byPriority && !isHeapInOrder(audited.i32, core.ownSpace().arena.f64, itemBlocks(audited.i32, at))
              ? 'The heap is out of order.'
              : undefined) ??
            counted(audited, at, outcome)
          );
        },
      };
    },
  };
}

/** A small integer is encoded as one word, its double. */
const numberIn = (i32: Int32Array, item: Granule): number => i32[wordOf(item) + Item.PAYLOAD] / 2;

export const numbersOf = ({ notes }: Fate): number[] => notes.filter((note) => typeof note === 'number');

function outcomeOf({ i32 }: Arena, queue: Granule, fates: Record<string, Fate>): Outcome {
  return {
    taken: Object.values(fates).flatMap(numbersOf),
    left: itemBlocks(i32, queue).map((item) => numberIn(i32, item)),
    unfinished: i32[wordOf(queue) + Queue.UNFINISHED],
    flags: i32[wordOf(queue) + Structure.FLAGS],
    someoneDied: Object.values(fates).some(({ died }) => died),
  };
}

/** Who waits at the end must have nothing to go on with. */
function waiting(
  fates: Record<string, Fate>,
  parts: Record<string, Part>,
  { left, flags, unfinished }: Outcome,
  { maxItems = Number.POSITIVE_INFINITY }: SharedQueueOptions,
): string | undefined {
  for (const [who, { waits }] of Object.entries(fates)) {
    if (!waits || parts[who] === undefined) continue;
    const { needs } = parts[who];
    const closed = (flags & (Flag.SENTINEL | Flag.SHUT_DOWN)) !== 0;
    const could =
      needs === Wait.ITEMS
        ? left.length > 0 || closed
        : needs === Wait.ROOM
          ? left.length < maxItems || closed
          : unfinished === 0;
    if (could) return `${who} waits for ever, and could go on.`;
  }
  return undefined;
}

/** No item is there twice; none is lost, but for those whose consumer died. */
function kept({ taken, left, someoneDied }: Outcome, all: readonly number[], fates: Record<string, Fate>) {
  const there = [...taken, ...left];
  if (new Set(there).size !== there.length) return `Twice: ${taken.join(' ')} taken, ${left.join(' ')} left`;
  for (const fate of Object.values(fates)) {
    const wrong = inOrder(numbersOf(fate));
    if (wrong !== undefined) return wrong;
  }
  const missing = all.filter((n) => !there.includes(n));
  const unsaid = missing.filter((n) => Object.values(fates).some(({ notes }) => notes.includes(`put ${n}`)));
  const lost = someoneDied
    ? unsaid.length - 1
    : Object.values(fates).some(({ waits }) => waits)
      ? 0
      : missing.length;
  return lost > 0 ? `Lost: ${missing.join(' ')}` : undefined;
}

/** Those of one producer come in the order in which it put them: its hundred, counting up. */
function inOrder(taken: readonly number[]): string | undefined {
  for (const hundred of [100, 200]) {
    const own = taken.filter((n) => n >= hundred && n < hundred + 100);
    if (own.some((n, i) => i > 0 && own[i - 1] > n)) return `Out of order: ${taken.join(' ')}`;
  }
  return undefined;
}

function counted(audited: Arena, queue: Granule, { left }: Outcome): string | undefined {
  const { i32 } = audited;
  if (i32[wordOf(queue) + Queue.COUNT] !== left.length) return 'The count of items is wrong.';
  return audited.against([...structureBlocks(i32), ...itemBlocks(i32, queue)]);
}
