/** Threads that share a queue. */
import { Header, wordOf } from '../../../core/memory/layout.js';
import { Queue } from '../../../core/queue/user/layout.js';
import type { SharedQueueOptions } from '../../../core/queue/user/queue-core.js';
import type { SharedQueue } from '../../../core/queue/user/shared-queue.js';
import type { Arena } from '../audit.js';
import type { Env } from '../machine.js';
import type { Fate, Program } from '../model.js';
import { atRest, cast, itemBlocks, structureBlocks } from './shared.js';

type Numbers = SharedQueue<unknown>;
type Part = (queue: Numbers, env: Env) => void | Generator<unknown, void, unknown>;

interface Line {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  readonly options: SharedQueueOptions;
  /** In the queue from the start. */
  readonly filled?: readonly number[];
  readonly parts: Record<string, Part>;
  check(fates: Record<string, Fate>, left: number[], audited: Arena, queue: number): string | undefined;
}

/** Numbers whose encoding is a word and the number. */
const payload = (i32: Int32Array, queue: number): number[] =>
  itemBlocks(i32, queue).map((item) => i32[wordOf(item) + 9]);

export function line({ name, bounds, short, options, filled = [], parts, check }: Line): Program {
  return {
    name,
    bounds,
    short,
    setUp(core) {
      const queue = core.SharedQueue.create(options);
      for (const item of filled) queue.tryPut(item);
      const { at } = queue.handle;
      const { arena } = core.ownSpace();
      const { threads } = cast(
        core,
        Object.fromEntries(
          Object.entries(parts).map(([who, part]) => [
            who,
            (space, env) => {
              const mine = new core.SharedQueue(space, at as never) as Numbers;
              // To be a member is not what this is about.
              env.atOnce(() => (mine as unknown as { ensureMember(): boolean }).ensureMember());
              return part(mine, env);
            },
          ]),
        ),
      );
      return {
        arena,
        threads,
        check(fates, audited) {
          const { i32 } = audited;
          const left = payload(i32, at);
          return (
            atRest(i32, at) ??
            check(fates, left, audited, at) ??
            (i32[wordOf(at as never) + Queue.COUNT] === left.length
              ? undefined
              : 'The count of items is wrong.') ??
            audited.against([...structureBlocks(i32), ...itemBlocks(i32, at)])
          );
        },
      };
    },
  };
}

const numbersOf = ({ notes }: Fate): number[] =>
  notes.filter((note): note is number => typeof note === 'number');

/** No number is there twice, and those of one producer come in order. */
export function inOrder(taken: readonly number[]): string | undefined {
  if (new Set(taken).size !== taken.length) return `Taken twice: ${taken.join(' ')}`;
  for (const hundred of [100, 200]) {
    const own = taken.filter((n) => n >= hundred && n < hundred + 100);
    if (own.some((n, i) => i > 0 && own[i - 1] > n)) return `Out of order: ${taken.join(' ')}`;
  }
  return undefined;
}

const put =
  (...items: number[]): Part =>
  (queue, env) => {
    for (const item of items) {
      queue.putSync(item);
      env.note(`put ${item}`);
    }
  };

const take =
  (count: number): Part =>
  (queue, env) => {
    for (let i = 0; i < count; i++) env.note(queue.getSync());
  };

/** All that was put was taken or is left, with no thread dead; with one, an item may be gone with it. */
function allThere(fates: Record<string, Fate>, left: number[], all: readonly number[]): string | undefined {
  const taken = Object.values(fates).flatMap(numbersOf);
  const wrong = inOrder([...taken, ...left].sort((a, b) => a - b));
  if (wrong !== undefined) return wrong;
  const dead = Object.values(fates).some(({ died }) => died);
  const missing = all.filter((n) => !taken.includes(n) && !left.includes(n));
  if (!dead && missing.length > 0) return `Lost: ${missing.join(' ')}`;
  return undefined;
}

export const putAndGet = line({
  name: 'queue: one puts two, one gets two, room for one',
  bounds: { preemptions: 2, deaths: 0, timeouts: 0 },
  options: { maxItems: 1 },
  parts: { a: put(101, 102), x: take(2) },
  check: (fates, left) => inOrder(numbersOf(fates.x)) ?? allThere(fates, left, [101, 102]),
});

export { allThere, numbersOf, put, take };

void Header;
