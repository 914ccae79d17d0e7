/** A thread's turn: take what is ready, read the inbox, run the actors for a share each, publish, look again. */
import { Box, type Granule, Header, NONE, Thread, wordOf } from '../memory/layout.js';
import { AWAKE, peek } from '../memory/parking.js';
import { anyReady, homeOf, markReady, takeReady } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import { Fifo } from '../messaging/fifo.js';
import { tracer } from '../messaging/tracer.js';
import type { ActorCell } from './actor-cell.js';
import { runCell } from './actor-loop.js';
import type { Cells } from './cells.js';
import type { LoopHost } from './loop-host.js';
import { Sleep, type Waking } from './sleep.js';

/** Milliseconds for which messages are handled in one turn, before timers and I/O have theirs. */
const BUDGET_MS = 1;
/** Messages that an actor may handle before others that have mail. */
const SHARE = 128;

/** What a thread asks of whoever decides what it does next. */
export interface Turns {
  /** There is something to do. */
  schedule(): void;
  /** An actor has something to do. */
  ready(cell: ActorCell): void;
  /** This thread has put mail where it takes some: at that place, or, if it is 0, where it has marked. */
  local(place: number): void;
  /** Consumers made room: wake the threads that hold messages. */
  wakeHolders(box: Granule): void;
  readonly onRoom: (box: Granule) => void;
  /** No turn any more. */
  end(): void;
  readonly hasEnded: boolean;
}

export class Turn implements Waking, Turns {
  /** Those that have mail, whoever has waited longest in front; each once. */
  readonly #queue = new Fifo<ActorCell>();
  /** A turn is to come, or is under way: what is ready meanwhile it sees itself. */
  #queued = false;
  #ended = false;
  /** The event loop comes to this turn: what it has besides had its go. */
  #isFresh = false;
  /** Until when turns may follow each other by microtasks, in milliseconds; and whether the next one may not. */
  #chainUntil = 0;
  #yields = false;
  readonly #sleep: Sleep;

  constructor(
    readonly host: LoopHost,
    readonly cells: Cells,
    readonly inbox: { read(): boolean },
  ) {
    this.#sleep = new Sleep(host.arena, host.thread, this);
  }

  get isAwake(): boolean {
    return this.#queued || this.#ended;
  }

  schedule(): void {
    if (this.isAwake) return;
    this.#queued = true;
    if (this.#yields) setImmediate(this.#runFresh);
    else queueMicrotask(this.#run);
  }

  wake(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#runFresh();
  }

  /** An actor has something to do. */
  ready(cell: ActorCell): void {
    this.#enqueue(cell.plan.index);
    this.schedule();
  }

  local(place: number): void {
    if (place !== 0) this.#enqueue(place);
    this.schedule();
  }

  end(): void {
    this.#ended = true;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Outside of any trace: what is done in a turn is no part of what has asked for the turn. */
  readonly #run = (): void => {
    try {
      if (tracer === undefined) this.#take();
      else tracer.outside(this.#take);
    } catch (error) {
      // A defect, which ends the thread or is caught by the program: the next mail has its turn in either case.
      this.#queued = false;
      this.host.post.inTurn = false;
      if (this.#hasMore) this.schedule();
      else this.#sleep.soon();
      throw error;
    }
  };

  readonly #runFresh = (): void => {
    this.#isFresh = true;
    this.#run();
  };

  readonly #take = (): void => {
    if (this.#ended) return;
    const { post, thread, arena, flow } = this.host;
    const { i32 } = arena;
    i32[thread.base + Thread.PROGRESS]++;
    // It may have been woken by nobody but itself; from outside it is to be seen at work.
    if (peek(i32, thread.base + Thread.PARK) !== AWAKE) Atomics.store(i32, thread.base + Thread.PARK, AWAKE);
    post.inTurn = true;
    let now = post.now();
    const until = now + BUDGET_MS;
    this.#chain(now, until);
    flow.refill(now);
    do {
      takeReady(i32, thread, this.#enqueue);
      if (this.inbox.read()) now = post.now();
      const begun = now;
      now = this.#runQueue(now, until);
      post.flush();
      if (!this.#hasMore) break;
      // Nobody could do anything, which leaves the clock as it is: the time would never be up.
      if (now <= begun) now = post.now();
    } while (now < until);
    post.inTurn = false;
    flow.turned();
    if (this.#hasMore) {
      // Timers and I/O have their turn before the next.
      setImmediate(this.#runFresh);
    } else {
      this.#queued = false;
      this.#sleep.soon();
    }
  };

  get #hasMore(): boolean {
    return this.#queue.length > 0 || anyReady(this.host.arena.i32, this.host.thread);
  }

  /**
   * Where handlers await, each turn may be short, and the next follow by a microtask: timers and I/O come after the last.
   * From a timer, or a callback, it may be the first for long: then too one more goes by the loop, which costs little.
   */
  #chain(now: number, until: number): void {
    if (this.#isFresh) this.#chainUntil = until;
    this.#yields = now >= this.#chainUntil;
    this.#isFresh = false;
  }

  /** Gives each actor that has mail its share, as far as the time goes. @returns the time afterwards */
  #runQueue(begun: number, until: number): number {
    const { host } = this;
    const queue = this.#queue;
    let now = begun;
    // Who has more, or gets mail meanwhile, comes behind all that wait.
    for (let left = queue.length; left > 0 && now < until; left--) {
      const cell = queue.shift();
      cell.queued = false;
      // It has ended since: its box may be another's by now.
      if (cell.ended) continue;
      if (giveShare(host, cell, SHARE, now)) this.#enqueue(cell.plan.index);
      now = host.clock.now();
      cell.blackBox.leave();
    }
    return now;
  }

  readonly #enqueue = (index: number): void => {
    const cell = this.cells.at(index);
    if (cell === undefined || cell.queued || cell.ended) return;
    cell.queued = true;
    this.#queue.push(cell);
  };

  readonly onRoom = (box: Granule): void => this.wakeHolders(box);

  /** Consumers made room: wake the threads that hold messages. */
  wakeHolders(box: Granule): void {
    if (markHolders(this.host, box)) this.schedule();
  }
}

/** Lets an actor handle so many of its messages. @returns whether it may have more */
export function giveShare(host: LoopHost, cell: ActorCell, share: number, now: number): boolean {
  const { i32 } = host.arena;
  host.clock.restart(now);
  host.post.dateFrom(now);
  cell.blackBox.enter();
  // What is pending has begun before.
  if (cell.isFree) {
    i32[cell.base + Box.CURRENT_SINCE] = host.clock.low;
    i32[cell.base + Box.CURRENT_SINCE_HIGH] = host.clock.high >>> 16;
  }
  // Plain stores: whoever looks from another thread sees them in their order, and no later than what comes of them.
  const current = host.thread.base + Thread.CURRENT;
  i32[current] = cell.plan.box;
  const left = host.speaking.share(cell, runCell, host, share);
  i32[current] = NONE;
  if (left === 0) return true;
  cell.mailbox.publishHead();
  cell.urgent.publishHead();
  return false;
}

/** Marks the threads that hold messages for a box with room. @returns whether this thread is one of them */
export function markHolders({ arena, thread }: LoopHost, box: Granule): boolean {
  const { i32 } = arena;
  let isHolding = false;
  if (Atomics.exchange(i32, wordOf(box) + Box.WANT_SPACE, 0) === 0) return false;
  const threads = i32[Header.THREADS];
  for (let slot = 0; slot < threads; slot++) {
    if (Atomics.load(i32, recordOf(slot) + Thread.HOLDING) !== 1) continue;
    markReady(i32, homeOf(slot, 0));
    if (slot === thread.slot) isHolding = true;
  }
  return isHolding;
}
