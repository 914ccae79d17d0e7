/**
 * The turns of a test system: one message at a time, of an actor that the seed chooses among those that have mail, or
 * one answer. What the actors' threads would keep in order stays in order: what one actor sends to another, the answers
 * that one asker gets, and orders among each other and behind the answers before them.
 */
import type { Granule } from '../memory/layout.js';
import { takeReady } from '../memory/ready-set.js';
import type { ActorCell } from '../runtime/actor-cell.js';
import type { Cells } from '../runtime/cells.js';
import type { Host } from '../runtime/host.js';
import type { Inbox } from '../runtime/inbox.js';
import { giveShare, markHolders, type Turns } from '../runtime/turn.js';
import type { Random } from './random.js';

/** After so many steps what they have shown goes together. */
const SHOWN_EVERY = 100;
/** Time in which a thread may show as many events as it ever may. */
const ENOUGH_MS = 1000;

/** On its way to who has asked. */
interface Answer {
  /** Its path; of the program none. */
  readonly asker: string;
  deliver(): void;
}

export class SeededTurns implements Turns {
  #ready: ActorCell[] = [];
  /** Answers on their way, oldest first. */
  readonly #answers: Answer[] = [];
  readonly #askers = new WeakMap<object, string>();
  hasEnded = false;
  #steps = 0;

  constructor(
    readonly host: Host,
    readonly cells: Cells,
    readonly inbox: Inbox,
    readonly random: Random,
    readonly onWork: () => void,
  ) {
    this.#noteAskers(host);
  }

  /** In one thread all questions lie side by side: whose they are is noted here, so that no real ask pays for it. */
  #noteAskers({ pending, speaking }: Host): void {
    const open = pending.open.bind(pending);
    pending.open = (question, ...limit) => {
      this.#askers.set(question, speaking.actor()?.path ?? '');
      return open(question, ...limit);
    };
  }

  schedule(): void {
    if (!this.hasEnded) this.onWork();
  }

  ready(cell: ActorCell): void {
    this.#add(cell.plan.index);
    this.schedule();
  }

  local(place: number): void {
    if (place !== 0) this.#add(place);
    this.schedule();
  }

  readonly onRoom = (box: Granule): void => this.wakeHolders(box);

  wakeHolders(box: Granule): void {
    if (markHolders(this.host, box)) this.schedule();
  }

  end(): void {
    this.hasEnded = true;
  }

  /** One message, answer or order. @returns whether there was any */
  step(): boolean {
    if (this.hasEnded) return false;
    const { post } = this.host;
    post.inTurn = true;
    try {
      const did = this.#one();
      // What is observed is shown before all is quiet, and before it is too much to go together.
      if (!did || ++this.#steps % SHOWN_EVERY === 0) this.host.flow.send();
      post.flush();
      return did || this.inbox.hasMail || this.#answers.length > 0;
    } finally {
      post.inTurn = false;
    }
  }

  #one(): boolean {
    const { arena, thread, flow } = this.host;
    // None of its events is passed over, however many there are at one point of time.
    flow.refill(this.#steps * ENOUGH_MS);
    takeReady(arena.i32, thread, this.#add);
    this.#ready = this.#ready.filter((cell) => this.#stays(cell));
    for (const { question, deliver } of this.inbox.takeAnswers()) {
      this.#answers.push({ asker: (question && this.#askers.get(question)) ?? '', deliver });
    }
    const choices = [
      ...this.#ready.map((_cell, at) => () => this.#runAt(at)),
      ...this.#firstAnswers().map((answer) => () => this.#deliver(answer)),
    ];
    if (this.#answers.length === 0 && this.inbox.hasMail) choices.push(() => this.inbox.readOne());
    if (choices.length === 0) return false;
    choices[this.random.below(choices.length)]();
    return true;
  }

  /** The next one of each asker. */
  #firstAnswers(): Answer[] {
    const seen = new Set<string>();
    return this.#answers.filter(({ asker }) => !seen.has(asker) && seen.add(asker));
  }

  #deliver(answer: Answer): void {
    this.#answers.splice(this.#answers.indexOf(answer), 1);
    answer.deliver();
  }

  #runAt(at: number): void {
    const { host } = this;
    const [cell] = this.#ready.splice(at, 1);
    cell.queued = false;
    const hasMore = giveShare(host, cell, 1, host.post.now());
    host.clock.read();
    cell.blackBox.leave();
    if (hasMore) this.#add(cell.plan.index);
  }

  #stays(cell: ActorCell): boolean {
    if (!cell.ended) return true;
    cell.queued = false;
    return false;
  }

  readonly #add = (place: number): void => {
    const cell = this.cells.at(place);
    if (cell === undefined || cell.queued || cell.ended) return;
    cell.queued = true;
    this.#ready.push(cell);
  };
}
