/** Time that goes on when it is told to, and the timers in it. */
import { AsyncResource } from 'node:async_hooks';
import { MAX_TIMER_MS } from '../memory/later.js';

type Callback = (...args: unknown[]) => unknown;

export class VirtualTime {
  /** Milliseconds since it began. A system is put together before that: in its notes a time of 0 stands for none. */
  nowMs = -1;
  /** By when they are due; of one time, in the order in which they were set. */
  readonly #timers: VirtualTimer[] = [];
  readonly #immediates: VirtualImmediate[] = [];

  constructor(
    /** What the calendar says at its beginning, in ms since 1970. */
    readonly startMs: number,
    readonly world: {
      /** There is something to do now. */
      onImmediate(): void;
      /** Whose line runs. */
      owner(): string;
      /** A number below that. */
      choose(count: number): number;
    },
  ) {}

  /** What the calendar says. */
  get dateMs(): number {
    return Math.floor(this.startMs + this.nowMs);
  }

  /** When the next timer is due; undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#timers[0]?.dueMs;
  }

  /** As Node counts: whole milliseconds, one at least, and one for what is out of range. */
  setTimer(callback: Callback, ms: unknown, args: unknown[], repeats: boolean): VirtualTimer {
    checkCallback(callback);
    const wait = Number(ms);
    const everyMs = wait >= 1 && wait <= MAX_TIMER_MS ? Math.trunc(wait) : 1;
    const timer = new VirtualTimer(
      this,
      AsyncResource.bind(callback),
      args,
      everyMs,
      repeats,
      this.world.owner(),
    );
    this.add(timer);
    return timer;
  }

  /** Behind all that are due at the same time. */
  add(timer: VirtualTimer): void {
    timer.dueMs = this.nowMs + timer.everyMs;
    let at = this.#timers.length;
    while (at > 0 && this.#timers[at - 1].dueMs > timer.dueMs) at--;
    this.#timers.splice(at, 0, timer);
  }

  remove(timer: VirtualTimer): void {
    const at = this.#timers.indexOf(timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  /**
   * Calls one of the timers that are due: the first of some owner. Those of different actors would be timers of
   * different threads, in no order. @returns whether there was one
   */
  fireOne(): boolean {
    const firsts = new Map<string, VirtualTimer>();
    for (const timer of this.#timers) {
      if (timer.dueMs > this.nowMs) break;
      if (!firsts.has(timer.owner)) firsts.set(timer.owner, timer);
    }
    if (firsts.size === 0) return false;
    const timer = [...firsts.values()][firsts.size === 1 ? 0 : this.world.choose(firsts.size)];
    this.remove(timer);
    if (timer.repeats) this.add(timer);
    guarded(() => timer.callback(...timer.args));
    return true;
  }

  setImmediate(callback: Callback, args: unknown[]): VirtualImmediate {
    checkCallback(callback);
    const immediate = new VirtualImmediate(this, AsyncResource.bind(callback), args);
    this.#immediates.push(immediate);
    this.world.onImmediate();
    return immediate;
  }

  removeImmediate(immediate: VirtualImmediate): void {
    const at = this.#immediates.indexOf(immediate);
    if (at >= 0) this.#immediates.splice(at, 1);
  }

  /** Calls what `setImmediate` was given first. @returns whether there was anything */
  runImmediate(): boolean {
    const immediate = this.#immediates.shift();
    if (immediate === undefined) return false;
    guarded(() => immediate.callback(...immediate.args));
    return true;
  }
}

/** What Node's timers have, for what a process waits for: nothing in a test's process hangs on these. */
class Unheld {
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

/** What `setTimeout` and `setInterval` return. */
export class VirtualTimer extends Unheld {
  dueMs = 0;
  readonly #id = ++lastId;

  constructor(
    readonly time: VirtualTime,
    readonly callback: Callback,
    readonly args: unknown[],
    readonly everyMs: number,
    readonly repeats: boolean,
    readonly owner: string,
  ) {
    super();
  }

  refresh(): this {
    this.time.remove(this);
    this.time.add(this);
    return this;
  }

  close(): this {
    this.time.remove(this);
    byId.delete(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    byId.set(this.#id, this);
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What `setImmediate` returns. */
export class VirtualImmediate extends Unheld {
  constructor(
    readonly time: VirtualTime,
    readonly callback: Callback,
    readonly args: unknown[],
  ) {
    super();
  }

  [Symbol.dispose](): void {
    this.time.removeImmediate(this);
  }
}

/** Far from those of Node's own timers. */
let lastId = 2 ** 40;
/** Timers that somebody has asked for their number may be cleared by it. */
const byId = new Map<number, VirtualTimer>();

/** @returns undefined for what is no virtual timer */
export function timerOf(value: unknown): VirtualTimer | undefined {
  if (value instanceof VirtualTimer) return value;
  const isNumber = typeof value === 'number' || typeof value === 'string';
  return isNumber ? byId.get(Number(value)) : undefined;
}

function checkCallback(callback: unknown): void {
  if (typeof callback === 'function') return;
  throw new TypeError(`The callback of a timer is ${String(callback)}, and has to be a function.`);
}

/** What a timer's callback throws is nobody's but the process's, as with a real one. */
function guarded(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
