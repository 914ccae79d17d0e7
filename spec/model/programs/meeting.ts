/** Threads that share locks, and some words that these guard. */
import { type Granule, Header, NONE, wordOf } from '../../../core/memory/layout.js';
import type { Space } from '../../../core/queue/user/space.js';
import type { Core } from '../load.js';
import type { Fate, Program } from '../model.js';
import type { Env } from '../thread.js';
import { atRest, type Body, cast, isAsync, isLinkedWord, structureBlocks } from './shared.js';

/** What a body gets: the locks as its thread sees them, the first of its guarded words. */
type Run<Locks> = (locks: Locks, word: number, env: Env) => void | Generator<unknown, void, unknown>;

interface Meeting<Locks> {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  /** Makes the locks. @returns how a thread gets at them */
  make(core: Core): (space: Space) => Locks;
  readonly parts: Record<string, Run<Locks>>;
  readonly creator?: Run<Locks>;
  /** @param words the guarded words */
  check?(fates: Record<string, Fate>, words: Int32Array): string | undefined;
  /** Who may wait at the end. */
  mayWait?(who: string, fates: Record<string, Fate>, words: Int32Array): boolean;
}

const GUARDED_BYTES = 56;

export function meeting<Locks>(plan: Meeting<Locks>): Program {
  const { name, bounds, short } = plan;
  return { name, bounds, short, setUp: (core) => setUp(plan, core) };
}

function setUp<Locks>({ make, parts, creator, check, mayWait }: Meeting<Locks>, core: Core) {
  const { arena, thread } = core.ownSpace();
  const guarded = arena.demand(thread, GUARDED_BYTES);
  thread.letGo();
  const word = wordOf(guarded);
  const attach = make(core);
  const bodyOf = (run: Run<Locks>): Body => {
    const body: Body = (space, env) => {
      // To become a member is not what this is about.
      const locks = env.atOnce(() => {
        const own = attach(space);
        for (const lock of Object.values(own as object))
          (lock as { ensureMember?(): boolean }).ensureMember?.();
        return own;
      });
      return run(locks, word, env);
    };
    body.loop = isAsync(run);
    return body;
  };
  const bodies = Object.entries(parts).map(([who, run]) => [who, bodyOf(run)] as const);
  const { threads } = cast(core, Object.fromEntries(bodies), creator && bodyOf(creator));
  return {
    arena,
    threads,
    racy: (at: number) => isLinkedWord(arena.i32, at),
    check(fates: Record<string, Fate>, audited: import('../audit.js').Arena) {
      const { i32 } = audited;
      for (let s = i32[Header.STRUCTURES] as Granule; s !== NONE; s = i32[wordOf(s)] as Granule) {
        const wrong = atRest(i32, s);
        if (wrong !== undefined) return wrong;
      }
      const words = i32.slice(word, word + GUARDED_BYTES / 4);
      for (const [who, { waits }] of Object.entries(fates)) {
        if (waits && !mayWait?.(who, fates, words)) return `${who} waits for ever.`;
      }
      return check?.(fates, words) ?? audited.against([guarded, ...structureBlocks(i32)]);
    },
  };
}

export const saidBy = (fates: Record<string, Fate>, what: string): number =>
  Object.values(fates).flatMap(({ notes }) => notes.filter((note) => note === what)).length;

/** Runs it, and takes an error with this code for its result. */
export function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string' || !code.startsWith('ERR_TROUPE_')) throw error;
    return code;
  }
}
