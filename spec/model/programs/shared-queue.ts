/** Threads that share a queue: programs are made of parts, and each outcome is checked the same way. */
import { type Granule, wordOf } from '../../../core/memory/layout.js';
import { Chained, Flag, Item, Structure, Wait } from '../../../core/queue/user/layout.js';
import type { SharedQueueOptions } from '../../../core/queue/user/queue-options.js';
import type { Arena } from '../audit.js';
import type { Fate, Program } from '../model.js';
import type { Part, Run } from './queue-parts.js';
import {
  atRest,
  type Body,
  cast,
  chainBlocks,
  chainItems,
  isAsync,
  isLinkedWord,
  openItems,
  returnedItems,
  structureBlocks,
} from './shared.js';

interface Line {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  readonly options: SharedQueueOptions;
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
      const queue = core.SharedQueue.create(options);
      for (const item of filled) queue.tryPut(item);
      const at = queue.handle.at as Granule;
      const bodyOf = (run: Run): Body => {
        const body: Body = (space, env) => {
          const mine = new core.SharedQueue<unknown>(space, at);
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
        racy: (word) => isLinkedWord(core.ownSpace().arena.i32, word) || isCountWord(at, word),
        check(fates, audited) {
          const outcome = outcomeOf(audited, at, fates);
          return (
            atRest(audited.i32, at) ??
            waiting(fates, parts, outcome, options) ??
            (counts ? kept(outcome, all, fates) : undefined) ??
            check?.(fates, outcome) ??
            counted(audited, at, outcome)
          );
        },
      };
    },
  };
}

/** A producer may see an older count of what was taken: then it sees less room, and looks again in its turn. */
const isCountWord = (queue: Granule, word: number): boolean =>
  [Chained.PUT, Chained.PUT_SIZE, Chained.TAKEN, Chained.TAKEN_SIZE].some((w) => wordOf(queue) + w === word);

/** A small integer is encoded as one word, its double. */
const numberIn = (i32: Int32Array, record: number): number => i32[record + 1] / 2;

export const numbersOf = ({ notes }: Fate): number[] => notes.filter((note) => typeof note === 'number');

function outcomeOf({ i32 }: Arena, queue: Granule, fates: Record<string, Fate>): Outcome {
  const returned = returnedItems(i32, queue).map((item) => wordOf(item) + Item.PAYLOAD - 1);
  const left = [...returned, ...chainItems(i32, queue)].map((record) => numberIn(i32, record));
  return {
    taken: Object.values(fates).flatMap(numbersOf),
    left,
    unfinished: left.length + openItems(i32, queue),
    // Who has refused items has ended it, for all.
    flags: i32[wordOf(queue) + Structure.FLAGS] | i32[wordOf(queue) + Chained.SHUT],
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
  const inChain = i32[wordOf(queue) + Chained.PUT] - i32[wordOf(queue) + Chained.TAKEN];
  const returned = i32[wordOf(queue) + Chained.RETURNED];
  const items = returnedItems(i32, queue);
  if (returned !== items.length || inChain + returned !== left.length) return 'The count of items is wrong.';
  return audited.against([...structureBlocks(i32), ...chainBlocks(i32, queue), ...items]);
}
