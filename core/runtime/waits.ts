/**
 * Who waits for whom: noted when an actor begins to wait, and looked through for cycles then, and at a time-out.
 *
 * Only what blocks is noted: what a message's handler or a hook waits for, until that has ended. Outside of these an
 * actor goes on taking messages.
 */
import { AskCycleError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { Address } from '../messaging/envelope.js';
import { waitPlaceOf } from '../messaging/envelope.js';
import type { Pending } from '../messaging/pending.js';
import type { CycleEnd, Identity, Waiting } from '../messaging/ref-world.js';
import { Rec } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import { answeredBy } from './actor-waits.js';
import type { FlowTap } from './flow-tap.js';
import type { Handling } from './handling.js';
import { identityAt } from './names.js';
import type { Speaking } from './speaking.js';
import { awaits, For, type StartSlot } from './wait-slots.js';
import { type Cycle, cycleOf, isDeadEnd } from './wait-walk.js';

/** Until a cycle is looked at again: by then, handlers that do not wait for what they began have ended. */
const MOMENT_MS = 10;

/** Any but the correlations of questions, which count up from 1; none that a life before may have used. */
const anyNumber = (): number => -1 - Math.floor(Math.random() * 0x7ffffffe);

export class Waits {
  constructor(
    readonly arena: Arena,
    readonly speaking: Speaking,
    readonly flow: FlowTap,
    readonly askCycle: 'report' | 'reject',
    readonly pending: Pending,
    /** Where the answers come to. */
    readonly inbox: Address,
  ) {}

  /**
   * Who speaks waits for an answer; undefined when nothing is blocked by that.
   * @param inOrder it is not to overtake others
   * @param asking told when it is found later that it closes a cycle, and these are to be rejected
   * @throws {AskCycleError} it closes one, and these are to be rejected
   */
  forAnswer(target: Identity, correlation: number, inOrder: boolean, asking: CycleEnd): Waiting | undefined {
    const cell = this.speaking.speaker();
    if (cell === undefined) return undefined;
    const handling = this.speaking.handlingOf(cell);
    if (!blocks(cell, handling)) return undefined;
    const run = inOrder ? cell.waits.runTo(this, cell, handling, target, correlation) : undefined;
    if (run?.add(correlation) === true) return run;
    const wait = new Wait(this, cell, handling, For.ANSWER, target, correlation);
    const cycle = wait.look();
    if (cycle === undefined) return wait;
    if (this.askCycle === 'report') wait.lookAgain();
    else if (cycle.isMoving) wait.lookAgain(asking);
    else {
      wait.end();
      this.report(cycle.paths);
      throw new AskCycleError(cycle.paths);
    }
    return wait;
  }

  /** Who speaks waits for an actor's end. For its own, or its parents', it does not: it hears when that has begun. */
  forEnd(target: Identity): Wait | undefined {
    const own = this.speaking.speaker()?.identity.path ?? '';
    if (`${own}/`.startsWith(`${target.path}/`)) return undefined;
    const wait = this.#begin(For.END, target, anyNumber());
    if (wait?.look() !== undefined) wait.lookAgain();
    return wait;
  }

  /** Who speaks waits for the start of what has no box yet: see {@link Wait.startSlot}. */
  forStart(): Wait | undefined {
    return this.#begin(For.START, undefined, anyNumber());
  }

  #begin(kind: For, target: Identity | undefined, number: number): Wait | undefined {
    const cell = this.speaking.speaker();
    if (cell === undefined) return undefined;
    const handling = this.speaking.handlingOf(cell);
    return blocks(cell, handling) ? new Wait(this, cell, handling, kind, target, number) : undefined;
  }

  /** The latest question of those that are noted there, and wait still. */
  latestOf(noted: Waiting): number {
    let latest = 0;
    for (const [number, { waiting }] of this.pending) {
      // Numbers come round.
      if (waiting === noted && (latest === 0 || (number - latest) << 1 > 0)) latest = number;
    }
    return latest;
  }

  report(cycle: readonly string[]): void {
    this.flow.add({ kind: 'wait-cycle', time: Date.now(), actor: cycle[0], cycle });
  }
}

/** Whether its actor takes no mail before that has ended, a message or (undefined) a hook. */
const blocks = (cell: ActorCell, handling: Handling | undefined): boolean =>
  handling === undefined ? cell.isInHook : cell.handling?.has(handling) === true;

/** An actor that waits, while it does. */
export class Wait implements Waiting {
  /** Where its actor keeps it. */
  place = 0;
  /** The place of its slot, see {@link WaitSlots.take}. */
  readonly slot: number;
  #isOver = false;
  #cycle: readonly string[] | undefined;

  constructor(
    readonly waits: Waits,
    readonly cell: ActorCell,
    /** The message that is not done before; undefined for a hook. */
    readonly handling: Handling | undefined,
    readonly kind: For,
    readonly target: Identity | undefined,
    readonly number: number,
  ) {
    const all = cell.waits;
    this.slot = all.slots.take(kind, target, number, answeredBy(handling));
    all.add(this);
  }

  /** For the creating thread, to note the child here. */
  get startSlot(): StartSlot | undefined {
    const { slot, number, cell } = this;
    return slot === 0 ? undefined : { slot: cell.waits.slots.slot(slot), number };
  }

  /** The cycle that it closes, as far as is seen now. */
  look(): Cycle | undefined {
    const { cell, target, kind, handling } = this;
    if (target === undefined) return undefined;
    const { arena } = this.waits;
    const { box, generation } = target;
    if (isDeadEnd(arena.i32, cell.plan.box, box)) return this.#throughChild(target);
    const first = { box, generation, kind, number: this.number, answering: answeredBy(handling) };
    return cycleOf(arena, cell.identity, first) ?? this.#throughChild(target);
  }

  /** A child of whom it waits the end for has asked, and waits for the answer. */
  #throughChild(target: Identity): Cycle | undefined {
    const { handling, kind, cell } = this;
    const asker = handling?.sender;
    if (kind !== For.END || handling?.replyTo === undefined || asker === undefined) return undefined;
    const { arena } = this.waits;
    const { i32 } = arena;
    const child = identityAt(arena, asker.box, asker.generation)?.path;
    if (!child?.startsWith(`${target.path}/`)) return undefined;
    const place = waitPlaceOf(i32[handling.record + Rec.KIND]);
    if (!awaits(i32, asker, place, handling.correlation, handling.replyTo)) return undefined;
    return { paths: [cell.identity.path, target.path, child, cell.identity.path], isMoving: false };
  }

  /** A cycle was seen: what is seen of it a moment later counts. */
  lookAgain(asking?: CycleEnd): void {
    setTimeout(() => {
      if (this.#isOver) return;
      if (this.look()?.isMoving) {
        this.lookAgain(asking);
        return;
      }
      const cycle = this.cycle();
      if (cycle !== undefined) asking?.closesCycle(new AskCycleError(cycle));
    }, MOMENT_MS).unref();
  }

  /** The cycle that it has been part of, or is now; reported when it is seen first. */
  cycle(): readonly string[] | undefined {
    if (this.#cycle !== undefined || this.#isOver) return this.#cycle;
    this.#cycle = this.look()?.paths;
    if (this.#cycle !== undefined) this.waits.report(this.#cycle);
    return this.#cycle;
  }

  /** It waits no more, for whatever reason. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { waits } = this.cell;
    if (this.slot !== 0) waits.slots.give(this.slot);
    waits.remove(this);
  }
}
