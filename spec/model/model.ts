/** A program on the code that ships: put together, explored, or run along one schedule. */
import type { Arena } from '../../core/memory/arena.js';
import { Arena as Audited, isOwnerWord } from './audit.js';
import { type Bounds, type Explored, Explorer } from './explore.js';
import type { Patch } from './instrument.js';
import { type Core, load } from './load.js';
import { Machine } from './machine.js';
import { KIND_NAMES, Memory } from './memory.js';
import { State, Status, type ThreadOf } from './thread.js';

/** What became of a thread. */
export interface Fate {
  readonly died: boolean;
  /** It has not come to its end, and nothing will let it go on. */
  readonly waits: boolean;
  readonly notes: readonly unknown[];
}

export interface Setting {
  readonly arena: Arena;
  readonly threads: readonly ThreadOf[];
  /** @returns what is wrong with an outcome */
  check(fates: Record<string, Fate>, audited: Audited): string | undefined;
  /** Words that are read and stored without order, by design. */
  racy?(word: number): boolean;
}

export interface Program {
  readonly name: string;
  readonly bounds: Bounds;
  /** Bounds of the short run; false when it is not in it. */
  readonly short?: Partial<Bounds> | false;
  setUp(core: Core): Setting;
}

/** Numbers made tiny: a few looks instead of hundreds, blocks for a record or two. */
export const TINY: readonly Patch[] = [
  { from: 'var WORKER_SPINS = 400;', to: 'var WORKER_SPINS = 1;' },
  { from: 'var CREATOR_SPINS = 600;', to: 'var CREATOR_SPINS = 1;' },
  { from: 'var PATIENCE = 20;', to: 'var PATIENCE = 1;' },
  { from: 'var MOST_LOOKS = 96;', to: 'var MOST_LOOKS = 0;' },
  { from: 'var FEWEST_LOOKS = 4;', to: 'var FEWEST_LOOKS = 0;' },
  // One that is called and does not come is passed over sooner than anybody gives up trying.
  { from: 'calledMs: 100', to: 'calledMs: 2' },
  // A small item fills a block.
  {
    from: 'CAPACITY] = this.arena.wordsOf(block);\n    i32[word + ChainBlock.LINKED] = 0;',
    to: 'CAPACITY] = ChainBlock.DATA + 2;\n    i32[word + ChainBlock.LINKED] = 0;',
  },
  { from: 'var ARENA_SIZES = [1 << 30, 1 << 28, 1 << 26];', to: 'var ARENA_SIZES = [1 << 22];' },
  { from: 'var LONGEST_SPIN = 2e3;', to: 'var LONGEST_SPIN = 1;' },
  { from: 'var SHORTEST_SPIN = 20;', to: 'var SHORTEST_SPIN = 1;' },
  { from: 'var FIRST_BLOCK_BYTES = 448;', to: 'var FIRST_BLOCK_BYTES = 112;' },
  { from: 'var BLOCK_BYTES = (1 << 16) - 8;', to: 'var BLOCK_BYTES = 112;' },
  { from: 'var FIRST_BYTES = 4096 - 8;', to: 'var FIRST_BYTES = 112;' },
  { from: 'var NEXT_BYTES = (1 << 16) - 8;', to: 'var NEXT_BYTES = 112;' },
  { from: 'var LEASE_BYTES = 512 - 8;', to: 'var LEASE_BYTES = 112;' },
];

export function put(
  program: Program,
  patches: readonly Patch[],
  bounds: Bounds,
  everywhere = false,
): [Explorer, Machine] {
  const memory = new Memory();
  const late: { machine?: Machine } = {};
  const loaded = load(memory, worldOf(late, memory.atomics), [...TINY, ...patches]);
  const { threads, arena, check, racy: unordered = () => false } = program.setUp(loaded.core);
  const racy = (word: number): boolean => isOwnerWord(arena.i32, word) || unordered(word);
  memory.adopt(arena);
  const machine = new Machine(memory, threads, loaded);
  late.machine = machine;
  memory.agent = machine;
  const outcome = (): string | undefined => {
    const fates: Record<string, Fate> = {};
    for (const [i, { name, onDeath }] of threads.entries()) {
      const status = machine.of(i, State.STATUS);
      const ended = status === Status.DEAD || status === Status.DONE || onDeath !== undefined;
      const died = status === Status.DEAD;
      fates[name] = { died, waits: !ended, notes: machine.notesOf(i) };
    }
    return check(fates, new Audited(arena));
  };
  return [new Explorer(machine, memory, bounds, outcome, racy, everywhere), machine];
}

/** The world is needed to load the code, the machine only when it runs. */
function worldOf(late: { machine?: Machine }, atomics: unknown) {
  const through =
    (name: 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval') =>
    (...args: unknown[]): unknown =>
      (late.machine?.world[name] as ((...args: unknown[]) => unknown) | undefined)?.(...args);
  return {
    Atomics: atomics,
    setTimeout: through('setTimeout'),
    clearTimeout: through('clearTimeout'),
    setInterval: through('setInterval'),
    clearInterval: through('clearInterval'),
    performance: {
      timeOrigin: 0,
      now: () => (late.machine?.world.performance as { now(): number } | undefined)?.now() ?? 0,
    },
    process: {
      ...process,
      on: () => undefined,
      // A tick comes when no microtask is left; here nothing else is queued when somebody asks for one.
      nextTick: (run: () => void) => run(),
      emitWarning: (text: string) =>
        (late.machine?.world.process as { emitWarning(text: string): void } | undefined)?.emitWarning(text),
      hrtime: () => (late.machine?.world.process as { hrtime(): number[] } | undefined)?.hrtime() ?? [0, 0],
    },
  };
}

/** What this process has taken of a core: on a busy machine, it is not followed less far. */
export function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export interface Way {
  readonly bounds?: Partial<Bounds>;
  readonly patches?: readonly Patch[];
  readonly seconds?: number;
  /** See {@link Explorer}. */
  readonly everywhere?: boolean;
}

export async function explore(
  program: Program,
  { bounds, patches = [], seconds: limit = 1e9, everywhere }: Way,
): Promise<Explored> {
  const [explorer] = put(program, patches, { ...program.bounds, ...bounds }, everywhere);
  const end = seconds() + limit;
  return explorer.explore(() => seconds() < end);
}

/** One schedule again. @returns the outcome, and each step of it as a line */
export function replay(
  program: Program,
  schedule: string,
  patches: readonly Patch[] = [],
): [Explored, string[]] {
  const [explorer, { threads }] = put(program, patches, program.bounds);
  const outcome = explorer.replay(schedule);
  const lines = explorer.trace.map(
    ({ thread, kind, word }, step) => `${step} ${threads[thread].name} ${KIND_NAMES[kind]} ${word}`,
  );
  return [outcome, lines];
}
