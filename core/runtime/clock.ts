/**
 * The time of a thread, for what is written down with every message. Reading a clock takes 30 to 60 ns, a quarter of what
 * a small message takes: so it is read once for several of them, as long as these are quick.
 */
import type { PostOffice } from '../messaging/mailbox.js';

/** At the most so many messages go by between two readings. */
const MAX_UNREAD = 64;
/** So many times as many as before, while they are quick. */
const GROWTH = 4;
/** Above that a message takes long enough for a reading of its own. */
const LONG_MICROS = 4;

export class Clock {
  /** Microseconds since the arena's epoch; the same as two words, the high one in the upper half of its. */
  micros = 0;
  low = 0;
  high = 0;
  /** Nothing has run since it was read. */
  #fresh = false;
  #left = 1;
  #every = 1;

  constructor(readonly post: PostOffice) {}

  /** It is so late, in milliseconds since the arena's epoch. */
  set(now: number): void {
    const micros = Math.floor(now * 1000);
    this.micros = micros;
    this.low = micros | 0;
    this.high = Math.floor(micros / 0x100000000) << 16;
  }

  read(): void {
    this.set(this.post.now());
    this.#fresh = true;
  }

  /** Something runs that may take long. */
  outdate(): void {
    this.#fresh = false;
  }

  /** Milliseconds since the arena's epoch; read anew only if something has run since it was. */
  now(): number {
    if (!this.#fresh) this.read();
    return this.micros / 1000;
  }

  /** An actor's turn begins: how long its messages take is not known yet. */
  restart(now: number): void {
    this.set(now);
    this.#fresh = true;
    this.#left = this.#every = 1;
  }

  /** A message has been handled in one go. @returns whether the time was read */
  passed(): boolean {
    if (--this.#left > 0) {
      this.#fresh = false;
      return false;
    }
    const before = this.micros;
    this.read();
    const took = this.micros - before;
    // A clock that was set back says nothing of how long it took.
    const isLong = took < 0 || took > LONG_MICROS * this.#every;
    this.#every = isLong ? 1 : Math.min(MAX_UNREAD, this.#every * GROWTH);
    this.#left = this.#every;
    // What is sent next is no message of that time.
    if (isLong) this.post.outdate();
    return true;
  }
}
