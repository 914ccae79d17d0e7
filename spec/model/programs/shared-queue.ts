/** Threads that share a queue: programs are made of parts, and each outcome is checked the same way. */
import { type Granule, wordOf } from '../../../core/memory/layout.js';
import { Chained, Flag, Structure, Wait } from '../../../core/queue/user/layout.js';
import type { SharedQueueOptions } from '../../../core/queue/user/queue-options.js';
import type { Arena } from '../audit.js';
import type { Fate, Program } from '../model.js';
import { type KindOf, priorityOf, row } from './queue-kinds.js';
import type { Part, Run } from './queue-parts.js';
import { isExplained } from './sequential.js';
import { atRest, type Body, cast, isAsync, isLinkedWord, structureBlocks } from './shared.js';

interface Line {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  /** Default: first in, first out. */
  readonly kind?: KindOf;
  readonly options?: SharedQueueOptions;
  /** In the queue from the start. */
  readonly filled?: readonly number[];
  readonly parts: Record<string, Part>;
  readonly creator?: Run;
  /** What else has to be so. */
  check?(fates: Record<string, Fate>, outcome: Outcome): string | undefined;
}

/** What is to be seen at the end. */
export interface Outcome {
  readonly left: readonly number[];
  readonly unfinished: number;
  readonly flags: number;
}

export function line({
  name,
  bounds,
  short,
  kind = row,
  options = {},
  filled = [],
  parts,
  creator,
  check,
}: Line): Program {
  return {
    name,
    bounds,
    short,
    setUp(core) {
      const queue = kind.create(core, options);
      for (const item of filled) queue.tryPut(item, { priority: priorityOf(item) });
      const at = queue.handle.at as Granule;
      const bodyOf = (run: Run): Body => {
        const body: Body = (space, env) => {
          // To become a member is not what this is about.
          const mine = env.atOnce(() => {
            const queue = kind.attach(core, space, at);
            (queue as unknown as { ensureMember(): boolean }).ensureMember();
            return queue;
          });
          return run(mine, env);
        };
        body.loop = isAsync(run);
        return body;
      };
      const bodies = Object.entries(parts).map(([who, { run }]) => [who, bodyOf(run)] as const);
      const { threads } = cast(core, Object.fromEntries(bodies), creator && bodyOf(creator));
      const racy = new Set(kind.racy.map((word) => wordOf(at) + word));
      const { maxItems = Number.POSITIVE_INFINITY, inFlight } = options;
      const rules = { order: kind.order, filled, maxItems, retries: inFlight === 'retry' };
      // There are many ways to few outcomes.
      const explained = new Map<string, boolean>();
      const explain = (fates: Record<string, Fate>, { left, unfinished }: Outcome): string | undefined => {
        const key = JSON.stringify([fates, left, unfinished]);
        const known = explained.get(key) ?? isExplained(rules, Object.values(fates), { left, unfinished });
        explained.set(key, known);
        if (known) return undefined;
        const said = Object.entries(fates).map(
          ([who, { notes, died }]) => `${who}: ${notes}${died ? ', died' : ''}`,
        );
        return `No order of the calls explains it: ${said.join('; ')}; left: ${left}; unfinished: ${unfinished}`;
      };
      return {
        arena: core.ownSpace().arena,
        threads,
        racy: (word) => isLinkedWord(core.ownSpace().arena.i32, word) || racy.has(word),
        check(fates, audited) {
          const outcome = outcomeOf(kind, audited, at);
          return (
            atRest(audited.i32, at) ??
            kind.wrong(audited.i32, at) ??
            waiting(fates, parts, outcome, maxItems) ??
            explain(fates, outcome) ??
            check?.(fates, outcome) ??
            audited.against([...structureBlocks(audited.i32), ...kind.blocks(audited.i32, at)])
          );
        },
      };
    },
  };
}

export const numbersOf = ({ notes }: Fate): number[] => notes.filter((note) => typeof note === 'number');

function outcomeOf(kind: KindOf, { i32 }: Arena, queue: Granule): Outcome {
  return {
    left: kind.left(i32, queue),
    unfinished: kind.unfinished(i32, queue),
    // Who has refused items has ended it, for all.
    flags: i32[wordOf(queue) + Structure.FLAGS] | (kind === row ? i32[wordOf(queue) + Chained.SHUT] : 0),
  };
}

/** Who waits at the end must have nothing to go on with. */
function waiting(
  fates: Record<string, Fate>,
  parts: Record<string, Part>,
  { left, flags, unfinished }: Outcome,
  maxItems: number,
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
