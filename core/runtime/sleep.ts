/** How a thread sleeps on its event loop, and is woken by whoever marks one of its boxes. */
import { availableParallelism } from 'node:os';
import type { Arena } from '../memory/arena.js';
import { Header, Thread } from '../memory/layout.js';
import { AWAKE, announce, backOff, park } from '../memory/parking.js';
import { anyReady } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';

const availableCores = availableParallelism();

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
    const spinning = thread.neverWaits ? 0 : i32[Header.ALIVE] <= availableCores ? 400 : 20;
    for (let i = 0; i < spinning; i++) {
      if (Atomics.load(i32, thread.base + Thread.READY_ANY) !== 0) {
        this.waking.schedule();
        return;
      }
      backOff(i);
    }
    announce(i32, thread.base + Thread.PARK);
    if (anyReady(i32, thread)) {
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
    woken.then(this.#wake);
  };

  readonly #wake = (): void => {
    this.#parked = false;
    this.waking.wake();
  };
}
