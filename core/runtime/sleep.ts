/** How a thread sleeps on its event loop, and is woken by whoever marks one of its boxes. */
import type { Arena } from '../memory/arena.js';
import { isCrowded } from '../memory/crowd.js';
import { Thread } from '../memory/layout.js';
import { Looks } from '../memory/looks.js';
import { monotonicMs } from '../memory/monotonic.js';
import { AWAKE, announce, backOff, park } from '../memory/parking.js';
import type { ThreadRecord } from '../memory/thread-record.js';

/**
 * Looks before a thread sleeps, four to the microsecond. To sleep and be woken takes 50 µs and more, and who asks one
 * question after the other finds the other side asleep for ever, unless it looks for longer than that takes.
 */
const LONGEST_SPIN = 2000;
const SHORTEST_SPIN = 20;
/** The creating thread has the world's events to deal with: it looks for no more than some 25 µs. */
const LONGEST_SPIN_OF_CREATOR = 100;
/** Who has slept no longer than this, in milliseconds, had better have looked on. */
const SHORT_SLEEP_MS = 0.5;

/** What is slept over. */
export interface Waking {
  /** A turn is under way or queued, or none will ever be: no sleep. */
  readonly isAwake: boolean;
  /** A turn soon. */
  schedule(): void;
  /** A turn now. */
  wake(): void;
}

export class Sleep {
  #queued = false;
  #parked = false;
  #parkedAt = 0;
  /** In vain, before it slept. */
  #looked = 0;
  readonly #looks = new Looks(SHORTEST_SPIN, SHORTEST_SPIN, SHORT_SLEEP_MS);

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly waking: Waking,
  ) {}

  /** Once the turn's microtasks have run. */
  soon(): void {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(this.#afterMicrotasks);
  }

  /** What the turn has resolved goes on first: a tick runs when no microtask is left. Else the spinning holds it up. */
  readonly #afterMicrotasks = (): void => process.nextTick(this.#sleep);

  /** Sleeps only after looking: a little spinning, the mark, one more look. */
  readonly #sleep = (): void => {
    this.#queued = false;
    if (this.waking.isAwake) return;
    const { i32 } = this.arena;
    const { thread } = this;
    const spinning = isCrowded(i32) ? SHORTEST_SPIN : this.#looks.count;
    for (let i = 0; i < spinning; i++) {
      if (Atomics.load(i32, thread.base + Thread.READY_ANY) !== 0) {
        this.#looks.found();
        this.waking.schedule();
        return;
      }
      backOff(i);
    }
    announce(i32, thread.base + Thread.PARK);
    if (Atomics.load(i32, thread.base + Thread.READY_ANY) !== 0) {
      Atomics.store(i32, thread.base + Thread.PARK, AWAKE);
      this.waking.schedule();
      return;
    }
    if (this.#parked) return;
    const woken = park(i32, thread.base + Thread.PARK);
    if (woken === undefined) {
      this.waking.schedule();
      return;
    }
    this.#parked = true;
    this.#looked = spinning;
    this.#parkedAt = monotonicMs();
    woken.then(this.#wake);
  };

  readonly #wake = (): void => {
    this.#parked = false;
    const most = this.thread.neverWaits ? LONGEST_SPIN_OF_CREATOR : LONGEST_SPIN;
    this.#looks.slept(monotonicMs() - this.#parkedAt, most, this.#looked);
    this.waking.wake();
  };
}
