/** What a simulated thread is: what it does, and what is kept of it. */

/** What a thread of a model may use besides the code under test. */
export interface Env {
  /** For the check at the end: what happened, in this thread's order. */
  note(what: unknown): void;
  /** Plain accesses of a program's own to shared memory. */
  load(word: number): number;
  store(word: number, value: number): void;
  atomicLoad(word: number): number;
  atomicStore(word: number, value: number): void;
  /**
   * What the thread has read so far is no matter any more: what it goes on with lies in shared memory, in its notes, or
   * is the time. Two states that differ in no more than that are one.
   */
  forget(): void;
  /** When nothing else can happen. */
  later(what: () => void): void;
  /** Runs as a whole: nobody else in between, and no death. For what a program is not about. */
  atOnce<T>(what: () => T): T;
}

export interface ThreadOf {
  readonly name: string;
  /** Whether it may die. */
  readonly mortal?: boolean;
  /** It has an event loop: its body may be a generator that yields what is to be awaited. */
  readonly loop?: boolean;
  /** It is there for the others only, and need not come to an end. It is told of deaths. */
  readonly onDeath?: (thread: number) => void;
  start(env: Env): void | Generator<unknown, void, unknown>;
}

/** Words of a thread's state: all that is to be put back when time goes back, besides its log. */
export const State = {
  STATUS: 0,
  LENGTH: 1,
  NOTES: 2,
  WAIT_WORD: 3,
  WAIT_SEQ: 4,
  /** Whether a time-out may end its waiting. */
  TIMED: 5,
  ASYNC_ID: 6,
  ASYNC_WORD: 7,
  ASYNC_SEQ: 8,
  ASYNC_NOTIFIED: 9,
  DEATHS_SEEN: 10,
  HASH_1: 11,
  HASH_2: 12,
  WORDS: 13,
} as const;
export const Status = { READY: 0, BLOCKED: 1, IDLE: 2, DONE: 3, DEAD: 4 } as const;

/** Unwinds a thread. Nothing but the harness sees it. */
export const STOP = new Error('A simulated thread was stopped.');
export const MAX_STEPS = 1 << 15;
export const WAIT_RESULTS = ['ok', 'not-equal', 'timed-out'] as const;
/** Timers as long as these only keep a process alive. */
export const LONG_MS = 1e6;
/** Logged in place of a wake-up's number. */
export const TIMER = -1;

export class Log {
  readonly kinds = new Uint8Array(MAX_STEPS);
  readonly words = new Int32Array(MAX_STEPS);
  readonly values = new Float64Array(MAX_STEPS);
  readonly notes: unknown[] = [];
  /** Of the first so many notes, a number. */
  readonly noteHashes: number[] = [0];
}

export interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A wrong outcome: of the code under test, or of the harness. */
export class Violation extends Error {}
