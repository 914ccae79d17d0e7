/**
 * Simulated threads, each a function of what it has read.
 *
 * A thread is stopped at an access by an exception that nothing of it survives, and resumed by running it once more
 * from its start: what it did before is answered from its log, without effect, up to where it was stopped. So its
 * objects, promises and timers are as they were; and to go back in time, a log is cut.
 */
import type { Loaded, World } from './load.js';
import { type Agent, KIND_NAMES, Kind, type Memory, mix, mixText, SEED_1, SEED_2 } from './memory.js';

import {
  type Env,
  LONG_MS,
  Log,
  MAX_STEPS,
  STOP,
  State,
  Status,
  type ThreadOf,
  TIMER,
  type Timer,
  Violation,
  WAIT_RESULTS,
} from './thread.js';

export class Machine implements Agent {
  active = false;
  /** The states of all threads, one behind the other; then deaths, and a number for the order of waiting. */
  readonly state: Int32Array;
  readonly #logs: Log[];
  readonly #deathsAt: number;
  running = 0;
  /** Says whether the running thread goes on. Called before each access that is not a replay. */
  point: (kind: number, word: number) => boolean = () => true;
  done: (thread: number, kind: number, word: number) => void = () => undefined;

  // Of the run of the thread that is going on.
  #at = 0;
  #log: Log;
  #base = 0;
  #unwinding = false;
  #atOnce = 0;
  #clock = 0;
  #failure: unknown;
  #timers = new Map<number, Timer>();
  #timerId = 0;
  #parked = new Map<number, () => void>();
  #parkId = 0;
  #settled = false;

  constructor(
    readonly memory: Memory,
    readonly threads: readonly ThreadOf[],
    readonly loaded: Loaded,
  ) {
    this.#deathsAt = threads.length * State.WORDS;
    this.state = new Int32Array(this.#deathsAt + threads.length + 2);
    this.#logs = threads.map(() => new Log());
    this.#log = this.#logs[0];
  }

  get deaths(): number {
    return this.state[this.#deathsAt];
  }

  of(thread: number, word: number): number {
    return this.state[thread * State.WORDS + word];
  }

  notesOf(thread: number): readonly unknown[] {
    return this.#logs[thread].notes.slice(0, this.of(thread, State.NOTES));
  }

  /** A number for its notes. */
  noteHash(thread: number): number {
    return this.#logs[thread].noteHashes[this.of(thread, State.NOTES)];
  }

  kill(thread: number): void {
    const base = thread * State.WORDS;
    this.state[base + State.STATUS] = Status.DEAD;
    this.state[base + State.ASYNC_ID] = 0;
    this.state[this.#deathsAt + 1 + this.state[this.#deathsAt]++] = thread;
  }

  /** Whether the thread can go on by itself. */
  isEnabled(thread: number): boolean {
    const base = thread * State.WORDS;
    const status = this.state[base + State.STATUS];
    if (status === Status.READY) return true;
    if (status !== Status.IDLE) return false;
    return this.state[base + State.ASYNC_NOTIFIED] !== 0 || this.#hasDeathsFor(thread);
  }

  /** Whether time could let it go on. */
  isTimed(thread: number): boolean {
    const base = thread * State.WORDS;
    const status = this.state[base + State.STATUS];
    return (status === Status.BLOCKED || status === Status.IDLE) && this.state[base + State.TIMED] !== 0;
  }

  #hasDeathsFor(thread: number): boolean {
    return this.threads[thread].onDeath !== undefined && this.of(thread, State.DEATHS_SEEN) < this.deaths;
  }

  /** Runs a thread until it blocks, ends, or is stopped at an access. */
  run(thread: number): void {
    const { threads, state } = this;
    const { start, loop = false } = threads[thread];
    this.running = thread;
    this.#log = this.#logs[thread];
    this.#base = thread * State.WORDS;
    this.#at = this.#clock = this.#atOnce = this.#timerId = this.#parkId = 0;
    this.#unwinding = this.#settled = false;
    this.#failure = undefined;
    this.#timers.clear();
    this.#parked.clear();
    state[this.#base + State.NOTES] = 0;
    state[this.#base + State.DEATHS_SEEN] = 0;
    state[this.#base + State.STATUS] = Status.READY;
    this.active = true;
    if (loop) this.#enter(() => this.#begin(start(this.#env)));
    else this.#guarded(() => this.#begin(start(this.#env)));
    while (!this.#unwinding && this.#failure === undefined && loop && this.#nextEvent());
    this.active = false;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#unwinding) return;
    if (this.#at < state[this.#base + State.LENGTH]) throw new Violation('A replay ended before its log.');
    const pending = state[this.#base + State.ASYNC_ID] !== 0 || this.#timers.size > 0;
    const isDone = this.#settled && !pending && threads[thread].onDeath === undefined;
    state[this.#base + State.STATUS] = isDone ? Status.DONE : Status.IDLE;
    state[this.#base + State.TIMED] = this.#timers.size;
  }

  #begin(body: void | Generator<unknown, void, unknown>): void {
    if (body === undefined) {
      this.#settled = true;
      return;
    }
    this.loaded.drive(body, (error) => {
      this.#settled = true;
      if (error !== undefined && !this.#unwinding) this.#failure ??= error;
    });
  }

  #enter(run: () => void): void {
    this.loaded.enter(() => this.#guarded(run));
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!this.#unwinding) this.#failure ??= error;
    }
  }

  /** Lets the event loop's next event happen. @returns false when there is none */
  #nextEvent(): boolean {
    const { state } = this;
    const base = this.#base;
    let event: number;
    let what: number;
    if (this.#at < state[base + State.LENGTH]) {
      if (this.#log.kinds[this.#at] !== Kind.EVENT)
        throw new Violation('A replay met no event where one was.');
      event = this.#log.values[this.#at];
      what = this.#log.words[this.#at++];
    } else if (state[base + State.ASYNC_NOTIFIED] !== 0) {
      event = state[base + State.ASYNC_ID];
      what = 0;
      state[base + State.ASYNC_ID] = state[base + State.ASYNC_NOTIFIED] = 0;
      this.#record(Kind.EVENT, what, event);
    } else if (this.#hasDeathsFor(this.running)) {
      what = 1 + state[this.#deathsAt + 1 + state[base + State.DEATHS_SEEN]];
      event = 0;
      this.#record(Kind.EVENT, what, event);
    } else return false;
    if (what > 0) {
      state[base + State.DEATHS_SEEN]++;
      this.#enter(() => this.threads[this.running].onDeath?.(what - 1));
    } else if (event === TIMER) {
      const [id, timer] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due)[0];
      this.#timers.delete(id);
      this.#clock = Math.max(this.#clock, timer.due);
      this.#enter(timer.run);
    } else {
      const resolve = this.#parked.get(event);
      this.#parked.delete(event);
      this.#enter(() => resolve?.());
    }
    return true;
  }

  /** Time ends a thread's waiting, or its next timer is due. It can run then. */
  letTimePass(thread: number): void {
    this.#log = this.#logs[thread];
    this.#base = thread * State.WORDS;
    this.#at = this.of(thread, State.LENGTH);
    const blocked = this.of(thread, State.STATUS) === Status.BLOCKED;
    if (blocked) this.#record(Kind.WAIT, this.of(thread, State.WAIT_WORD), 2);
    else this.#record(Kind.EVENT, 0, TIMER);
    this.state[this.#base + State.STATUS] = Status.READY;
  }

  #record(kind: number, word: number, value: number): void {
    const { state } = this;
    const at = this.#at++;
    if (at >= MAX_STEPS) throw new Violation('A thread takes steps without end.');
    const log = this.#log;
    log.kinds[at] = kind;
    log.words[at] = word;
    log.values[at] = value;
    const base = this.#base;
    state[base + State.LENGTH] = at + 1;
    state[base + State.HASH_1] = mix(state[base + State.HASH_1] ^ SEED_1, word, value ^ (kind << 24));
    state[base + State.HASH_2] = mix(state[base + State.HASH_2] ^ SEED_2, word, value ^ (kind << 24));
    this.done(this.#base / State.WORDS, kind, word);
  }

  /** What was done before; -1 when the thread has come to where it was stopped. */
  #isReplayed(kind: number, word: number): boolean {
    if (this.#unwinding) throw STOP;
    const at = this.#at;
    if (at >= this.state[this.#base + State.LENGTH]) return false;
    if (this.#log.kinds[at] !== kind || this.#log.words[at] !== word) {
      const was = `${KIND_NAMES[this.#log.kinds[at]]} of ${this.#log.words[at]}`;
      this.#failure ??= new Violation(
        `A replay of ${this.threads[this.running].name} differs at step ${at}: ${KIND_NAMES[kind]} of ${word}, where it was ${was}.`,
      );
      this.#unwinding = true;
      throw STOP;
    }
    return true;
  }

  #stopUnlessGoing(kind: number, word: number): void {
    if (this.#atOnce === 0 && !this.point(kind, word)) this.#stop();
  }

  #stop(): never {
    this.#unwinding = true;
    throw STOP;
  }

  access(kind: number, word: number, a: number, b: number): number {
    if (this.#isReplayed(kind, word)) return this.#log.values[this.#at++];
    this.#stopUnlessGoing(kind, word);
    const result = kind === Kind.NOTIFY ? this.#notify(word, a) : this.memory.perform(kind, word, a, b);
    this.#record(kind, word, result);
    return result;
  }

  wait(word: number, value: number, timeoutMs: number): (typeof WAIT_RESULTS)[number] {
    if (!this.#isReplayed(Kind.WAIT, word)) {
      this.#stopUnlessGoing(Kind.WAIT, word);
      if (this.memory.i32[word] === value) {
        const { state } = this;
        state[this.#base + State.STATUS] = Status.BLOCKED;
        state[this.#base + State.WAIT_WORD] = word;
        state[this.#base + State.WAIT_SEQ] = ++state[state.length - 1];
        state[this.#base + State.TIMED] = timeoutMs < LONG_MS ? 1 : 0;
        this.#stop();
      }
      this.#record(Kind.WAIT, word, 1);
      this.#at--;
    }
    const result = WAIT_RESULTS[this.#log.values[this.#at++]];
    if (result === 'timed-out') this.#clock += timeoutMs;
    return result;
  }

  waitAsync(word: number, value: number): { async: boolean; value: unknown } {
    let id: number;
    if (this.#isReplayed(Kind.ATOMIC_LOAD, word)) id = this.#log.values[this.#at++];
    else {
      this.#stopUnlessGoing(Kind.ATOMIC_LOAD, word);
      const { state } = this;
      const waits = this.memory.i32[word] === value;
      id = waits ? this.#parkId + 1 : 0;
      if (waits) {
        if (state[this.#base + State.ASYNC_ID] !== 0)
          throw new Violation('Two waits are pending in a thread.');
        state[this.#base + State.ASYNC_ID] = id;
        state[this.#base + State.ASYNC_WORD] = word;
        state[this.#base + State.ASYNC_SEQ] = ++state[state.length - 1];
      }
      this.#record(Kind.ATOMIC_LOAD, word, id);
    }
    if (id === 0) return { async: false, value: 'not-equal' };
    this.#parkId = id;
    const { promise, resolve } = this.loaded.promise();
    this.#parked.set(id, resolve);
    return { async: true, value: promise };
  }

  #notify(word: number, count: number): number {
    const { state, threads } = this;
    let woken = 0;
    while (woken < count) {
      let first = -1;
      let order = Number.POSITIVE_INFINITY;
      for (let thread = 0; thread < threads.length; thread++) {
        const base = thread * State.WORDS;
        const sync = state[base + State.STATUS] === Status.BLOCKED && state[base + State.WAIT_WORD] === word;
        const async =
          state[base + State.ASYNC_ID] !== 0 &&
          state[base + State.ASYNC_NOTIFIED] === 0 &&
          state[base + State.ASYNC_WORD] === word;
        const seq = sync ? state[base + State.WAIT_SEQ] : async ? state[base + State.ASYNC_SEQ] : order;
        if (seq < order) [first, order] = [thread, seq];
      }
      if (first < 0) break;
      woken++;
      this.#wake(first, word);
    }
    return woken;
  }

  #wake(thread: number, word: number): void {
    const base = thread * State.WORDS;
    if (this.state[base + State.STATUS] !== Status.BLOCKED) {
      this.state[base + State.ASYNC_NOTIFIED] = 1;
      return;
    }
    this.state[base + State.STATUS] = Status.READY;
    const [log, mine, at] = [this.#log, this.#base, this.#at];
    [this.#log, this.#base, this.#at] = [this.#logs[thread], base, this.of(thread, State.LENGTH)];
    this.#record(Kind.WAIT, word, 0);
    [this.#log, this.#base, this.#at] = [log, mine, at];
  }

  readonly #env: Env = {
    note: (what) => {
      if (this.#unwinding) return;
      const { notes, noteHashes } = this.#log;
      const at = this.state[this.#base + State.NOTES]++;
      notes[at] = what;
      noteHashes[at + 1] = mixText(noteHashes[at], String(what));
    },
    load: (word) => this.access(Kind.LOAD, word, 0, 0),
    store: (word, value) => void this.access(Kind.STORE, word, value, 0),
    atomicLoad: (word) => this.access(Kind.ATOMIC_LOAD, word, 0, 0),
    atomicStore: (word, value) => void this.access(Kind.ATOMIC_STORE, word, value, 0),
    forget: () => {
      const { state } = this;
      const base = this.#base;
      // Else it did so when it was here.
      if (this.#unwinding || this.#at < state[base + State.LENGTH]) return;
      const notes = this.noteHash(this.running);
      state[base + State.HASH_1] = mix(SEED_1, notes, this.#clock);
      state[base + State.HASH_2] = mix(SEED_2, notes, this.#clock);
    },
    later: (what) => void this.#setTimer(what, 1),
    atOnce: (what) => {
      this.#atOnce++;
      try {
        return what();
      } finally {
        this.#atOnce--;
      }
    },
  };

  #setTimer = (run: () => void, ms = 0): number => {
    const id = ++this.#timerId;
    if (ms < LONG_MS) this.#timers.set(id, { due: this.#clock + ms, run });
    return id;
  };

  /** The world as the code under test sees it: time passes only when nothing else can happen. */
  readonly world: World = {
    Atomics: undefined,
    setTimeout: this.#setTimer,
    clearTimeout: (id: number) => this.#timers.delete(id),
    setInterval: () => 0,
    clearInterval: () => undefined,
    performance: { timeOrigin: 0, now: () => this.#clock },
    process: {
      ...process,
      on: () => undefined,
      emitWarning: (text: string) => this.#env.note(text),
      hrtime: () => [0, this.#clock * 1e6],
    },
  };
}
