/**
 * Runs: what one handler asks one actor, question after question, noted as one wait.
 *
 * A hundred questions in flight had a slot each, for as long as each had room: taken by their asker, cleared by whoever
 * answered, given back. These lines went from core to core with every question, a third of what it took. Who takes one
 * message at a time answers its askers in order. So of a run two numbers will do, each written by one side alone and far
 * from the other: the latest question, and the latest that was answered.
 */
import { Box, type Granule, NONE, RunAnswers, WaitBlock, WaitSlot, wordOf } from '../memory/layout.js';
import type { Address } from '../messaging/envelope.js';

/** The places of runs in a question's KIND, above those of slots: see `withWaitPlace`. */
const FIRST_PLACE = 64;

export const isRun = (place: number): boolean => place >= FIRST_PLACE;

/** Correlations have 31 bits, and come round. */
const isBehind = (one: number, other: number): boolean => (other - one) << 1 > 0;

const slotAt = (block: Granule, n: number): number => wordOf(block) + WaitBlock.RUNS + n * WaitSlot.WORDS;
const answersAt = (block: Granule, n: number): number =>
  wordOf(block) + WaitBlock.ANSWERS + n * RunAnswers.WORDS;

/** Each run of an actor: the index of its slot, and of its answers. */
export function* runsOf(i32: Int32Array, box: Granule): Generator<{ slot: number; answers: number }> {
  const base = wordOf(box);
  const count = Math.min(Atomics.load(i32, base + Box.WAIT_SLOTS) >>> 16, WaitBlock.RUN_COUNT);
  const block = i32[base + Box.WAIT_MORE] as Granule;
  if (block === NONE) return;
  for (let n = 0; n < count; n++) yield { slot: slotAt(block, n), answers: answersAt(block, n) };
}

/** Whether a question of it waits, or that one and all since. */
export function isOpen(i32: Int32Array, slot: number, answers: number, question?: number): boolean {
  const latest = Atomics.load(i32, slot + WaitSlot.NUMBER);
  const answered = Atomics.load(i32, answers + RunAnswers.LATEST);
  return (
    latest !== 0 && isBehind(answered, latest) && (question === undefined || isBehind(answered, question))
  );
}

/** Index of the slot of an actor's run, and of its answers; undefined if its questions are of another thread. */
function runAt(
  i32: Int32Array,
  asker: Granule,
  place: number,
  inbox: Address,
): { slot: number; answers: number } | undefined {
  const block = i32[wordOf(asker) + Box.WAIT_MORE] as Granule;
  if (block === NONE) return undefined;
  const answers = answersAt(block, place - FIRST_PLACE);
  if (i32[answers + RunAnswers.INBOX] !== inbox.box) return undefined;
  if (i32[answers + RunAnswers.INBOX_GENERATION] !== inbox.generation) return undefined;
  return { slot: slotAt(block, place - FIRST_PLACE), answers };
}

/** Whether the asker waits for the answer to that question, as one of a run. */
export function awaitsInRun(
  i32: Int32Array,
  asker: Granule,
  place: number,
  inbox: Address,
  question: number,
): boolean {
  const run = runAt(i32, asker, place, inbox);
  return run !== undefined && isOpen(i32, run.slot, run.answers, question);
}

/**
 * The answer to a question of a run is about to be sent. Its slot, which the asker writes with every question, is not looked
 * at. A question that was given up comes before all that the run may have been used for since, and changes nothing.
 */
export function answeredInRun(
  i32: Int32Array,
  asker: Granule,
  place: number,
  inbox: Address,
  question: number,
): void {
  const run = runAt(i32, asker, place, inbox);
  if (run === undefined) return;
  const at = run.answers + RunAnswers.LATEST;
  // A plain store: it is there before the answer is, since that is put under a lock.
  if (isBehind(i32[at], question)) i32[at] = question;
}

/** The runs of an actor, for the thread that it lives on. */
export class WaitRuns {
  readonly #free: number[] = [];
  #count = 0;

  constructor(
    readonly i32: Int32Array,
    readonly box: Granule,
  ) {}

  get #block(): Granule {
    return this.i32[wordOf(this.box) + Box.WAIT_MORE] as Granule;
  }

  /** For questions from that one on: to be followed by {@link ask}. @returns its place; 0 when there is none left */
  take(target: Address, targetWord: number, first: number, inbox: Address, answering: number): number {
    const { i32 } = this;
    const n = this.#free.pop() ?? this.#another();
    if (n < 0) return 0;
    const slot = slotAt(this.#block, n);
    i32[slot + WaitSlot.TARGET] = targetWord;
    i32[slot + WaitSlot.GENERATION] = target.generation;
    i32[slot + WaitSlot.ANSWERING] = answering;
    const answers = answersAt(this.#block, n);
    i32[answers + RunAnswers.LATEST] = first === 1 ? 0x7fffffff : first - 1;
    i32[answers + RunAnswers.INBOX] = inbox.box;
    i32[answers + RunAnswers.INBOX_GENERATION] = inbox.generation;
    return FIRST_PLACE + n;
  }

  #another(): number {
    const { i32 } = this;
    if (this.#count === WaitBlock.RUN_COUNT) return -1;
    const n = this.#count++;
    // What a life before left in it is not to be seen.
    i32[slotAt(this.#block, n) + WaitSlot.NUMBER] = 0;
    Atomics.add(i32, wordOf(this.box) + Box.WAIT_SLOTS, 1 << 16);
    return n;
  }

  /** Its latest question; 0 for none. Before the asker looks who waits for it: of two that ask each other, one sees the other. */
  ask(place: number, question: number): void {
    Atomics.store(this.i32, slotAt(this.#block, place - FIRST_PLACE) + WaitSlot.NUMBER, question);
  }

  isAnswered(place: number, question: number): boolean {
    return !isBehind(this.i32[answersAt(this.#block, place - FIRST_PLACE) + RunAnswers.LATEST], question);
  }

  give(place: number): void {
    this.ask(place, 0);
    this.#free.push(place - FIRST_PLACE);
  }
}
