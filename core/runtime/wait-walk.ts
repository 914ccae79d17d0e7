/**
 * Looks for cycles of actors that wait for each other, in shared memory alone.
 *
 * Who asks an actor waits for what that one's handler waits for: any of that, if it closes the cycle. With several
 * handlers at once it is the one that answers the question. Who asks a pool waits for whichever worker is free first,
 * so all of them have to be stuck in the cycle. Who waits for an end waits for all handlers, however many there are.
 */
import type { Arena } from '../memory/arena.js';
import { Box, BoxKind, type Granule, NONE, Taking, Thread, wordOf } from '../memory/layout.js';
import { slotOf } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import { workersOf } from '../queue/lease.js';
import { identityAt } from './names.js';
import { For, hasWaits, isStill, questionOf, type WaitEdge, waitsOf } from './wait-slots.js';

/** Actors looked at before the search is given up: a hint is not worth more. */
const MAX_STEPS = 2000;
/** Links of a cycle at most. */
const MAX_DEPTH = 100;

/** A link: a wait as noted, or one that follows from what actors are to each other. */
export type Step = Omit<WaitEdge, 'slot'> & { readonly slot?: number };

/** Whether nothing can come of a search there: most actors wait for nobody. */
export const isDeadEnd = (i32: Int32Array, start: Granule, target: Granule): boolean =>
  target !== start && i32[wordOf(target) + Box.KIND] !== BoxKind.POOL && !hasWaits(i32, target);

/** Actors that wait for each other, as far as can be seen. */
export interface Cycle {
  /** From the one that closed it back to that one. */
  readonly paths: readonly string[];
  /** One of the others is in a handler's first lines: it may be about to go on without waiting. */
  readonly isMoving: boolean;
}

/**
 * The cycle that an actor closes by waiting for another; undefined when there is none.
 * Each link is looked at a second time: found twice, they were all there together in between.
 */
export function cycleOf(
  arena: Arena,
  start: Address & { readonly path: string },
  first: Step,
): Cycle | undefined {
  const way = new WayBack(arena, start, first).find();
  if (way === undefined) return undefined;
  // Before the second look: one that has just stopped running has let go of what it does not wait for.
  const isMoving = way.some(({ box }) => box !== start.box && isRunning(arena.i32, box));
  const stands = ({ slot, number, answers }: Step): boolean =>
    slot === undefined || isStill(arena.i32, slot, number, answers);
  if (!way.every(stands)) return undefined;
  return { paths: [start.path, ...way.map((step) => pathOf(arena, step))], isMoving };
}

/** Whether an actor's code runs right now, in a share of its thread's turn. */
const isRunning = (i32: Int32Array, box: Granule): boolean =>
  Atomics.load(i32, recordOf(slotOf(i32[wordOf(box) + Box.HOME])) + Thread.CURRENT) === box;

const pathOf = (arena: Arena, { box, generation }: Address): string =>
  identityAt(arena, box, generation)?.path ?? '/(stopped)';

/** A search through what actors wait for, from the first step until it is back at the start. */
class WayBack {
  readonly #way: Step[] = [];
  /** Looked at in vain, or being looked at: an actor, or the answering of one question. */
  #seen = new Set<number | string>();
  readonly #pools = new Set<Granule>();
  #steps = 0;

  constructor(
    readonly arena: Arena,
    readonly start: Address & { readonly path: string },
    readonly first: Step,
  ) {}

  find(): readonly Step[] | undefined {
    return this.#leads(this.start.box, this.first) && this.#isBack() ? this.#way : undefined;
  }

  #isBack(): boolean {
    return this.#way.at(-1)?.box === this.start.box;
  }

  /** Whether what an actor waits for leads back to the start. The way there stands in {@link #way} then. */
  #leads(from: Granule, step: Step): boolean {
    const { box, kind } = step;
    if (this.#steps++ > MAX_STEPS || this.#way.length > MAX_DEPTH || !this.#isValid(step)) return false;
    // Of several handlers at once, only one answers.
    const question =
      kind === For.ANSWER && this.#taking(box) === Taking.SEVERAL ? questionOf(from, step.number) : 0;
    this.#way.push(step);
    const leads =
      box === this.start.box
        ? question === 0 || question === this.first.answering
        : this.#comprisesStart(step) ||
          (this.#isPool(box) ? this.#poolLeads(step) : this.#actorLeads(box, question));
    if (!leads) this.#way.pop();
    return leads;
  }

  #taking(box: Granule): number {
    return Atomics.load(this.arena.i32, wordOf(box) + Box.TAKING);
  }

  #isValid({ box, generation, kind }: Step): boolean {
    if (box === NONE || Atomics.load(this.arena.i32, wordOf(box) + Box.GENERATION) !== generation)
      return false;
    return kind !== For.START || this.#taking(box) === Taking.STARTING;
  }

  /** An actor ends after its children, and a pool has started when its workers have: the start may be one of these. */
  #comprisesStart({ box, generation, kind, number }: Step): boolean {
    const { arena, start } = this;
    if (kind === For.ANSWER || (kind === For.START && !this.#isPool(box))) return false;
    if (!start.path.startsWith(`${pathOf(arena, { box, generation })}/`)) return false;
    const step = { ...start, kind, number, answering: 0 };
    if (!this.#isValid(step)) return false;
    this.#way.push(step);
    return true;
  }

  #actorLeads(box: Granule, question: number): boolean {
    const key = question === 0 ? box : `${box}:${question}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    for (const edge of waitsOf(this.arena.i32, box)) {
      if ((question === 0 || question === edge.answering) && this.#leads(box, edge)) return true;
    }
    return false;
  }

  #isPool(box: Granule): boolean {
    return this.arena.i32[wordOf(box) + Box.KIND] === BoxKind.POOL;
  }

  #poolLeads(step: Step): boolean {
    const { box, kind } = step;
    // One that is stuck in asking the same pool does not take from it.
    if (this.#pools.has(box)) return true;
    this.#pools.add(box);
    const { i32 } = this.arena;
    const depth = this.#way.length;
    const seen = this.#seen;
    let found: Step[] | undefined;
    let isOneFree = false;
    for (const worker of workersOf(i32, box)) {
      // What one worker was looked at for may lead another back.
      this.#seen = new Set(seen);
      const generation = Atomics.load(i32, wordOf(worker) + Box.GENERATION);
      if (this.#leads(box, { ...step, box: worker, generation, slot: undefined })) {
        if (this.#isBack()) found ??= this.#way.slice(depth);
        this.#way.length = depth;
      } else isOneFree = true;
    }
    this.#pools.delete(box);
    if (found === undefined || (kind === For.ANSWER && isOneFree)) return false;
    this.#way.push(...found);
    return true;
  }
}
