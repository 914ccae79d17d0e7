/** What one actor waits for, as its own thread keeps it. */
import type { Arena } from '../memory/arena.js';
import { Box, BoxKind, type Granule, Taking, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Identity, Waiting } from '../messaging/ref-world.js';
import type { ActorCell } from './actor-cell.js';
import type { Handling } from './handling.js';
import type { WaitRuns } from './wait-runs.js';
import { For, questionOf, targetWord, WaitSlots } from './wait-slots.js';
import { cycleOf, isDeadEnd } from './wait-walk.js';
import type { Wait, Waits } from './waits.js';

/** The question that a handler answers, or 0. */
export function answeredBy(handling: Handling | undefined): number {
  const { replyTo, sender, correlation } = handling ?? {};
  return replyTo === undefined || sender === undefined ? 0 : questionOf(sender.box, correlation as number);
}

/** Whether whoever that is answers in the order in which it is asked. */
function answersInOrder(i32: Int32Array, { box }: Identity): boolean {
  const base = wordOf(box);
  return i32[base + Box.KIND] === BoxKind.ACTOR && i32[base + Box.TAKING] === Taking.ONE_BY_ONE;
}

export class ActorWaits {
  readonly slots: WaitSlots;
  readonly #open: Wait[] = [];
  readonly #runs: Run[] = [];
  /** Found last. */
  #run: Run | undefined;

  constructor(arena: Arena, thread: ThreadRecord, box: Granule) {
    this.slots = new WaitSlots(arena, thread, box);
  }

  add(wait: Wait): void {
    wait.place = this.#open.length;
    this.#open.push(wait);
  }

  remove(wait: Wait): void {
    const last = this.#open.pop() as Wait;
    if (last === wait) return;
    this.#open[wait.place] = last;
    last.place = wait.place;
  }

  /** Where a handler's next question to that actor is noted, if it goes with others. */
  runTo(
    waits: Waits,
    cell: ActorCell,
    handling: Handling | undefined,
    target: Identity,
    question: number,
  ): Run | undefined {
    if (this.#run?.takes(handling, target) === true) return this.#run;
    const known = this.#runs.find((run) => run.takes(handling, target));
    this.#run = known ?? this.#begin(waits, cell, handling, target, question);
    return this.#run;
  }

  #begin(
    waits: Waits,
    cell: ActorCell,
    handling: Handling | undefined,
    target: Identity,
    question: number,
  ): Run | undefined {
    const { runs } = this.slots;
    const { i32 } = cell.arena;
    if (runs === undefined || !answersInOrder(i32, target)) return undefined;
    const word = targetWord(target.box, For.ANSWER);
    const take = () => runs.take(target, word, question, waits.inbox, answeredBy(handling));
    let place = take();
    if (place === 0) {
      for (const run of this.#runs.filter(({ isIdle }) => isIdle)) this.#end(run);
      place = take();
    }
    if (place === 0) return undefined;
    const run = new Run(waits, cell, handling, target, runs, place);
    this.#runs.push(run);
    return run;
  }

  #end(run: Run): void {
    run.close();
    this.#runs.splice(this.#runs.indexOf(run), 1);
    if (this.#run === run) this.#run = undefined;
  }

  /** A handler has ended, or (undefined) a hook: what it did not wait for to the end blocks nobody. */
  endOf(handling: Handling | undefined): void {
    for (let i = this.#open.length - 1; i >= 0; i--) {
      if (this.#open[i].handling === handling) this.#open[i].end();
    }
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      if (this.#runs[i].handling === handling) this.#end(this.#runs[i]);
    }
  }
}

/** All that one handler asks one actor, while that answers in order. Kept until the handler has ended: more may come. */
export class Run implements Waiting {
  #open = 0;
  #latest = 0;
  /** Something of it was given up: its actor may answer what comes later, and never that. */
  #isSealed = false;
  #isClosed = false;
  #isReported = false;

  constructor(
    readonly waits: Waits,
    readonly cell: ActorCell,
    readonly handling: Handling | undefined,
    readonly target: Identity,
    readonly runs: WaitRuns,
    readonly slot: number,
  ) {}

  takes(handling: Handling | undefined, { box, generation }: Identity): boolean {
    const { target } = this;
    return (
      this.handling === handling && target.box === box && target.generation === generation && !this.#isSealed
    );
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  /** @returns false when that closes a cycle, as far as can be seen: it is not noted here then */
  add(question: number): boolean {
    const before = this.#latest;
    this.#note(question);
    this.#open++;
    if (this.#look(question) === undefined) return true;
    this.#open--;
    this.#note(before);
    return false;
  }

  #note(question: number): void {
    this.#latest = question;
    this.runs.ask(this.slot, question);
  }

  #look(question: number): readonly string[] | undefined {
    const { cell, target, handling } = this;
    const { arena } = cell;
    const { box, generation } = target;
    if (isDeadEnd(arena.i32, cell.plan.box, box)) return undefined;
    const kind = For.ANSWER;
    const first = { box, generation, kind, number: question, answering: answeredBy(handling) };
    return cycleOf(arena, cell.identity, first)?.paths;
  }

  cycle(): readonly string[] | undefined {
    const cycle = this.#isClosed ? undefined : this.#look(this.#latest);
    if (cycle !== undefined && !this.#isReported) this.waits.report(cycle);
    this.#isReported ||= cycle !== undefined;
    return cycle;
  }

  end(question: number, isAnswered: boolean): void {
    if (this.#isClosed) return;
    this.#open--;
    if (this.isIdle) this.#isReported = false;
    if (isAnswered || this.runs.isAnswered(this.slot, question)) return;
    this.#isSealed = true;
    if (this.isIdle) this.#note(0);
    else if (question === this.#latest) this.#note(this.waits.latestOf(this));
  }

  /** Nothing of it is waited for any more. */
  close(): void {
    this.#isClosed = true;
    this.runs.give(this.slot);
  }
}
