/**
 * Whom an actor waits for, in its box: so that every thread can see who waits for whom.
 *
 * The slots are written by the thread that the actor lives on. Others reach in for three things only: who answers a
 * question takes it out before the answer is sent; a pool's worker that takes one puts itself in the pool's place;
 * the creating thread fills in the child that is being started. Boxes and blocks of slots are never given back to
 * the allocator, so that one who comes late finds slots, and by the number that they are another's.
 */
import type { Arena } from '../memory/arena.js';
import {
  Box,
  type Granule,
  NONE,
  WAITS_IN_BLOCK,
  WAITS_IN_BOX,
  WaitBlock,
  WaitSlot,
  wordOf,
} from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import { answeredInRun, awaitsInRun, isOpen, isRun, runsOf, WaitRuns } from './wait-runs.js';

/** What is waited for. */
export const For = { ANSWER: 0, START: 1, END: 2 } as const;
export type For = (typeof For)[keyof typeof For];

/** Boxes are granules below 2^29. */
const KIND_SHIFT = 29;
const BOX_MASK = 2 ** KIND_SHIFT - 1;
export const targetWord = (box: Granule, kind: For): number => box | (kind << KIND_SHIFT);
/** A child that has no box yet. */
const UNKNOWN = -1;

const MAX_SLOTS = WAITS_IN_BOX + WAITS_IN_BLOCK;

/** Index of an actor's nth slot. */
function slotAt(i32: Int32Array, box: Granule, n: number): number {
  const base = wordOf(box);
  if (n < WAITS_IN_BOX) return base + Box.WAITS + n * WaitSlot.WORDS;
  return wordOf(i32[base + Box.WAIT_MORE] as Granule) + WaitBlock.SLOTS + (n - WAITS_IN_BOX) * WaitSlot.WORDS;
}

const slotCount = (i32: Int32Array, box: Granule): number =>
  Math.min(Atomics.load(i32, wordOf(box) + Box.WAIT_SLOTS) & 0xffff, MAX_SLOTS);

/** A question in one word: whose it is, and its correlation there. */
export const questionOf = (asker: Granule, correlation: number): number =>
  Math.imul(asker, 0x9e3779b1) ^ correlation || 1;

/** One who waits for another, as read from a slot. */
export interface WaitEdge extends Address {
  readonly kind: For;
  readonly slot: number;
  readonly number: number;
  /** The question that is not answered before, or 0. */
  readonly answering: number;
  /** Of a run, where its answers are told of: see wait-runs.ts. */
  readonly answers?: number;
}

/** Everything that an actor waits for; read at any time, from any thread. */
export function* waitsOf(i32: Int32Array, box: Granule): Generator<WaitEdge> {
  const count = slotCount(i32, box);
  for (let n = 0; n < count; n++) {
    const edge = edgeAt(i32, slotAt(i32, box, n));
    if (edge !== undefined) yield edge;
  }
  for (const { slot, answers } of runsOf(i32, box)) {
    const edge = edgeAt(i32, slot);
    if (edge !== undefined && isOpen(i32, slot, answers, edge.number)) yield { ...edge, answers };
  }
}

function edgeAt(i32: Int32Array, slot: number): WaitEdge | undefined {
  const number = Atomics.load(i32, slot + WaitSlot.NUMBER);
  const target = Atomics.load(i32, slot + WaitSlot.TARGET);
  if (number === 0 || target === UNKNOWN) return undefined;
  const generation = Atomics.load(i32, slot + WaitSlot.GENERATION);
  const kind = (target >>> KIND_SHIFT) as For;
  const answering = i32[slot + WaitSlot.ANSWERING];
  return { box: (target & BOX_MASK) as Granule, generation, kind, slot, number, answering };
}

/** Whether an actor waits for anything. */
export function hasWaits(i32: Int32Array, box: Granule): boolean {
  if (Atomics.load(i32, wordOf(box) + Box.WAIT_SLOTS) === 0) return false;
  const count = slotCount(i32, box);
  for (let n = 0; n < count; n++) {
    if (Atomics.load(i32, slotAt(i32, box, n) + WaitSlot.NUMBER) !== 0) return true;
  }
  for (const { slot, answers } of runsOf(i32, box)) if (isOpen(i32, slot, answers)) return true;
  return false;
}

/** Whether an actor waits for the answer to that question. */
export const awaits = (
  i32: Int32Array,
  asker: Address,
  place: number,
  correlation: number,
  replyTo: Address,
): boolean =>
  isRun(place)
    ? awaitsInRun(i32, asker.box, place, replyTo, correlation)
    : questionSlot(i32, asker, place, correlation) !== 0;

/** Whether that is still being waited for: a number comes once, so then it was all the time in between. */
export const isStill = (
  i32: Int32Array,
  slot: number,
  number: number,
  answers: number | undefined,
): boolean =>
  answers === undefined
    ? Atomics.load(i32, slot + WaitSlot.NUMBER) === number
    : isOpen(i32, slot, answers, number);

/** A life has ended: it waits for nobody any more. */
export function forgetWaits(i32: Int32Array, box: Granule): void {
  Atomics.store(i32, wordOf(box) + Box.WAIT_SLOTS, 0);
}

/**
 * Index of the slot of that place, if it goes by that number; 0 if not. A question has its slot's place with it: to go
 * through all slots of an asker that has a hundred questions under way took a fifth of an answer's time, since these
 * lines are the asker's.
 */
function questionSlot(i32: Int32Array, { box, generation }: Address, place: number, number: number): number {
  const base = wordOf(box);
  if (place === 0 || Atomics.load(i32, base + Box.GENERATION) !== generation) return 0;
  if (place > slotCount(i32, box)) return 0;
  const slot = slotAt(i32, box, place - 1);
  return i32[slot + WaitSlot.NUMBER] === number ? slot : 0;
}

/** The answer is about to be sent. Its asker may not have read it for a while, and yet waits no more. */
export function answered(
  i32: Int32Array,
  asker: Address,
  place: number,
  correlation: number,
  replyTo: Address,
): void {
  if (isRun(place)) {
    answeredInRun(i32, asker.box, place, replyTo, correlation);
    return;
  }
  const slot = questionSlot(i32, asker, place, correlation);
  if (slot !== 0) Atomics.compareExchange(i32, slot + WaitSlot.NUMBER, correlation, 0);
}

/** A pool's worker has taken a question: its asker waits for this worker now. */
export function takenOver(
  i32: Int32Array,
  asker: Address,
  place: number,
  correlation: number,
  pool: Granule,
  worker: Address,
): void {
  const slot = questionSlot(i32, asker, place, correlation);
  if (slot === 0) return;
  Atomics.store(i32, slot + WaitSlot.GENERATION, worker.generation);
  const before = targetWord(pool, For.ANSWER);
  Atomics.compareExchange(i32, slot + WaitSlot.TARGET, before, targetWord(worker.box, For.ANSWER));
}

/** Where the creating thread is to fill in the child. */
export interface StartSlot {
  readonly slot: number;
  readonly number: number;
}

/** The child has a box now: its spawner waits for that one's start. Of a pool it is the pool, which comes first. */
export function startsAs(i32: Int32Array, waiting: StartSlot | undefined, child: Address): void {
  if (waiting === undefined) return;
  const { slot, number } = waiting;
  if (Atomics.load(i32, slot + WaitSlot.NUMBER) !== number) return;
  if (Atomics.load(i32, slot + WaitSlot.TARGET) !== UNKNOWN) return;
  Atomics.store(i32, slot + WaitSlot.GENERATION, child.generation);
  Atomics.compareExchange(i32, slot + WaitSlot.TARGET, UNKNOWN, targetWord(child.box, For.START));
}

/** An actor's slots, for the thread that it lives on. */
export class WaitSlots {
  readonly #free: number[] = [];
  #count = 0;
  #runs: WaitRuns | undefined;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly box: Granule,
  ) {}

  /** Runs, once the slots in the box are taken; undefined as long as they are not, or without memory for more. */
  get runs(): WaitRuns | undefined {
    if (this.#runs !== undefined) return this.#runs;
    if (this.#count < WAITS_IN_BOX || this.#free.length > 0 || !this.#hasMore()) return undefined;
    this.#runs = new WaitRuns(this.arena.i32, this.box);
    return this.#runs;
  }

  /** @returns the slot's place, from 1 on; 0 when there is none left: more than 49 waits at once are not noted */
  take(kind: For, target: Address | undefined, number: number, answering: number): number {
    const { i32 } = this.arena;
    const place = this.#free.pop() ?? this.#another();
    if (place === 0) return 0;
    const slot = slotAt(i32, this.box, place - 1);
    i32[slot + WaitSlot.TARGET] = target === undefined ? UNKNOWN : targetWord(target.box, kind);
    i32[slot + WaitSlot.GENERATION] = target?.generation ?? 0;
    i32[slot + WaitSlot.ANSWERING] = answering;
    // Before this actor looks who waits for it: of two that ask each other at once, one sees the other.
    Atomics.store(i32, slot + WaitSlot.NUMBER, number);
    return place;
  }

  give(place: number): void {
    const { i32 } = this.arena;
    Atomics.store(i32, slotAt(i32, this.box, place - 1) + WaitSlot.NUMBER, 0);
    this.#free.push(place);
  }

  /** For who is to fill something in. */
  slot(place: number): number {
    return slotAt(this.arena.i32, this.box, place - 1);
  }

  #another(): number {
    const { i32 } = this.arena;
    if (this.#count === MAX_SLOTS || (this.#count >= WAITS_IN_BOX && !this.#hasMore())) return 0;
    const slot = slotAt(i32, this.box, this.#count++);
    // What a life before left in it is not to be seen.
    i32[slot + WaitSlot.NUMBER] = 0;
    Atomics.add(i32, wordOf(this.box) + Box.WAIT_SLOTS, 1);
    return this.#count;
  }

  #hasMore(): boolean {
    const { arena, thread } = this;
    const word = wordOf(this.box) + Box.WAIT_MORE;
    if (arena.i32[word] !== NONE) return true;
    const block = arena.take(thread, WaitBlock.WORDS * 4);
    if (block === NONE) return false;
    // Let go first: a death between the two loses a block, rather than freeing one that is in use.
    thread.letGo();
    arena.i32[word] = block;
    return true;
  }
}
