/**
 * A block under a robust lock, whose changes are undone when the thread that makes them dies: each change is written
 * down before it is made, and what was begun and not committed is put back.
 */
import { type Granule, Header, NONE, Thread, ThreadState, wordOf } from '../../memory/layout.js';
import { wake, wakeAnyway } from '../../memory/parking.js';
import { lock, unlock } from '../../memory/robust-lock.js';
import { recordOf, type ThreadRecord } from '../../memory/thread-record.js';
import { Shareable } from '../shareable.js';
import { Member, Structure } from './layout.js';
import type { Space } from './space.js';

/** Attempts of a thread that must not wait for a lock: about a millisecond in all. */
const PATIENCE = 20;

export abstract class LockedBlock extends Shareable {
  /** Index of the structure's first word. */
  protected readonly base: number;
  protected readonly i32: Int32Array;
  protected readonly thread: ThreadRecord;

  constructor(
    protected readonly space: Space,
    protected readonly block: Granule,
  ) {
    super();
    this.base = wordOf(block);
    this.i32 = space.arena.i32;
    this.thread = space.thread;
  }

  /**
   * Takes the lock, of whatever lies here by now. @returns false when another has it, and this thread must not wait
   * @param word where the lock stands: a structure may have a further one
   */
  protected grab(patient: boolean, word: number = Structure.LOCK): boolean {
    for (let i = 0; i < (patient ? PATIENCE : 1); i++) {
      if (lock(this.thread, this.base + word)) return true;
    }
    return false;
  }

  protected word(word: number): number {
    return this.i32[this.base + word];
  }

  /** Changes a word of the structure. */
  protected store(word: number, value: number): void {
    this.change(this.base + word, value);
  }

  /** Changes any word that belongs to the structure, by its index in the arena. */
  protected change(index: number, value: number): void {
    const { i32, base } = this;
    const count = i32[base + Structure.LOG_COUNT];
    const entry = base + Structure.LOG + count * 2;
    i32[entry] = index;
    i32[entry + 1] = i32[index];
    // The count before the change: a death in between undoes what was not done. A plain store, since only who has the
    // lock looks at the log, and a thread dies in the order of its program.
    i32[base + Structure.LOG_COUNT] = count + 1;
    Atomics.store(i32, index, value);
  }

  /** What was changed since `begin` holds from here on; threads that wait for it look again. */
  protected commit(waits = 0): void {
    const { i32, base } = this;
    i32[base + Structure.LOG_COUNT] = 0;
    const toWake = waits === 0 ? undefined : this.#waiting(waits);
    unlock(this.thread, base + Structure.LOCK);
    if (toWake !== undefined) for (const slot of toWake) wakeThread(i32, slot);
  }

  /** What was changed so far holds; the lock stays. */
  protected confirm(): void {
    this.i32[this.base + Structure.LOG_COUNT] = 0;
  }

  /** What a dead thread left half done in it. @param isHeld whether the dead one has a lock, by its word */
  mend(isHeld: (lock: number) => boolean): void {
    if (isHeld(this.base + Structure.LOCK)) undo(this.i32, this.base);
  }

  #waiting(waits: number): number[] | undefined {
    const { i32 } = this;
    let slots: number[] | undefined;
    for (const member of this.members()) {
      const word = wordOf(member) + Member.WAITING;
      if ((Atomics.load(i32, word) & waits) === 0 && waits !== ~0) continue;
      Atomics.and(i32, word, ~waits);
      (slots ??= []).push(i32[wordOf(member) + Member.SLOT]);
    }
    return slots;
  }

  /** The members, under the lock. */
  protected *members(): Generator<Granule> {
    const { i32 } = this;
    for (let m = this.word(Structure.MEMBERS) as Granule; m !== NONE; m = i32[wordOf(m)] as Granule) yield m;
  }
}

export function wakeThread(i32: Int32Array, slot: number): void {
  const record = recordOf(slot);
  wake(i32, record + Thread.PARK);
  wake(i32, record + Thread.SYNC_PARK);
}

/** Wakes every thread of the arena: after a death, whatever the dead one was about to wake. */
export function wakeAll(i32: Int32Array): void {
  for (let slot = 0; slot < i32[Header.THREADS]; slot++) {
    const record = recordOf(slot);
    if (Atomics.load(i32, record + Thread.STATE) !== ThreadState.ALIVE) continue;
    wakeAnyway(i32, record + Thread.PARK);
    wakeAnyway(i32, record + Thread.SYNC_PARK);
  }
}

/** Puts back the words that an unfinished operation has changed. */
export function undo(i32: Int32Array, base: number): void {
  for (let count = i32[base + Structure.LOG_COUNT]; count > 0; count--) {
    const entry = base + Structure.LOG + (count - 1) * 2;
    Atomics.store(i32, i32[entry], i32[entry + 1]);
    Atomics.store(i32, base + Structure.LOG_COUNT, count - 1);
  }
}
