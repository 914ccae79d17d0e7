/**
 * What all shared queues and locks are built on: a block under a robust lock, whose changes are undone when the
 * thread that makes them dies, and whose members are the threads that use it.
 */
import { inspect } from 'node:util';
import { type Granule, Header, NONE, Thread, ThreadState, wordOf } from '../../memory/layout.js';
import { wake, wakeAnyway } from '../../memory/parking.js';
import { lock, unlock } from '../../memory/robust-lock.js';
import { recordOf, type ThreadRecord } from '../../memory/thread-record.js';
import { KINDS, type KindName, Member, STRUCTURE_BYTES, Structure } from './layout.js';
import type { Space } from './space.js';
import { ownSpace, spaceOver } from './space.js';

/** What another thread needs to use a queue or lock: goes into `workerData` or through `postMessage`. */
export interface SharedHandle<Kind extends KindName = KindName> {
  readonly kind: Kind;
  readonly buffer: SharedArrayBuffer;
  /** Where in the buffer. */
  readonly at: number;
}

/** Attempts of a thread that must not wait for a lock: about a millisecond in all. */
const PATIENCE = 20;

export class SharedStructure<Kind extends KindName = KindName> {
  /** Index of the structure's first word. */
  protected readonly base: number;
  protected readonly i32: Int32Array;
  protected readonly thread: ThreadRecord;
  #member: Granule = NONE;

  /** Use `create` or `attach`. */
  constructor(
    protected readonly space: Space,
    protected readonly block: Granule,
    readonly kind: Kind,
  ) {
    this.base = wordOf(block);
    this.i32 = space.arena.i32;
    this.thread = space.thread;
  }

  /** For `workerData` or `postMessage`; there: `attach(handle)`. */
  get handle(): SharedHandle<Kind> {
    return { kind: this.kind, buffer: this.space.arena.buffer, at: this.block };
  }

  [inspect.custom](): string {
    return `${this.kind} #${this.block}`;
  }

  /** Takes the structure's lock. @returns false when another has it, and this thread must not wait */
  protected begin(patient = false): boolean {
    for (let i = 0; i < (patient ? PATIENCE : 1); i++) {
      if (lock(this.thread, this.base + Structure.LOCK)) return true;
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
    // The count before the change: a death in between undoes what was not done.
    Atomics.store(i32, base + Structure.LOG_COUNT, count + 1);
    Atomics.store(i32, index, value);
  }

  /** What was changed since `begin` holds from here on; threads that wait for it look again. */
  protected commit(waits = 0): void {
    const { i32, base } = this;
    Atomics.store(i32, base + Structure.LOG_COUNT, 0);
    const toWake = waits === 0 ? undefined : this.#waiting(waits);
    unlock(this.thread, base + Structure.LOCK);
    if (toWake !== undefined) for (const slot of toWake) wakeThread(i32, slot);
  }

  /** Undoes what was changed since `begin`. */
  protected abandon(): void {
    undo(this.i32, this.base);
    unlock(this.thread, this.base + Structure.LOCK);
  }

  #waiting(waits: number): number[] | undefined {
    const { i32 } = this;
    let slots: number[] | undefined;
    for (const member of this.members()) {
      const word = wordOf(member) + Member.WAITING;
      if ((Atomics.load(i32, word) & waits) === 0) continue;
      Atomics.and(i32, word, ~waits);
      (slots ??= []).push(i32[wordOf(member) + Member.SLOT]);
    }
    return slots;
  }

  /** Says that this thread waits, so that later changes wake it; then look under the lock. */
  protected announce(waits: number): void {
    Atomics.or(this.i32, wordOf(this.#member) + Member.WAITING, waits);
  }

  /** The members, under the lock. */
  protected *members(): Generator<Granule> {
    const { i32 } = this;
    for (let m = this.word(Structure.MEMBERS) as Granule; m !== NONE; m = i32[wordOf(m)] as Granule) yield m;
  }

  /** First word of this thread's member; {@link ensureMember} comes first. */
  protected get me(): number {
    return wordOf(this.#member);
  }

  /** Makes this thread a member. @returns false when the lock was not to be had */
  protected ensureMember(patient = false): boolean {
    if (this.#member !== NONE) return true;
    const { arena } = this.space;
    const { i32, thread } = this;
    const block = arena.demand(thread, Member.BYTES);
    const word = wordOf(block);
    i32.fill(0, word, word + Member.BYTES / 4);
    i32[word + Member.SLOT] = thread.slot;
    if (!this.begin(patient)) {
      arena.give(thread, block);
      return false;
    }
    for (const member of this.members()) {
      if (i32[wordOf(member) + Member.SLOT] === thread.slot) this.#member = member;
    }
    if (this.#member !== NONE) {
      this.commit();
      arena.give(thread, block);
      return true;
    }
    this.change(word + Member.NEXT, this.word(Structure.MEMBERS));
    this.change(word + Member.LINKED, 1);
    this.store(Structure.MEMBERS, block);
    this.commit();
    thread.letGo();
    this.#member = block;
    return true;
  }

  /**
   * Takes the part of a dead thread back, in the thread that buries it.
   * @returns false when the lock was not to be had: try again later
   */
  bury(slot: number): boolean {
    const { i32 } = this;
    if (!this.begin(true)) return false;
    let link = this.base + Structure.MEMBERS;
    let dead: Granule = NONE;
    for (const member of this.members()) {
      if (i32[wordOf(member) + Member.SLOT] === slot) {
        dead = member;
        break;
      }
      link = wordOf(member) + Member.NEXT;
    }
    if (dead === NONE) {
      this.commit();
      return true;
    }
    if (!this.settle(wordOf(dead), slot)) {
      // Too much for one step: what is done so far holds, and the rest follows.
      this.commit(~0);
      return this.bury(slot);
    }
    this.thread.hold(dead);
    this.change(link, i32[wordOf(dead) + Member.NEXT]);
    this.change(wordOf(dead) + Member.LINKED, 0);
    this.commit(~0);
    this.space.arena.give(this.thread, dead);
    return true;
  }

  /** What the death of a member means; under the lock. @returns false to be called again in a further step */
  protected settle(_member: number, _slot: number): boolean {
    return true;
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

/** A new structure of zeros, known to all threads from here on. */
export function newStructure(
  kind: KindName,
  prepare?: (i32: Int32Array, base: number) => void,
): [Space, Granule] {
  const space = ownSpace();
  const { arena, thread } = space;
  const { i32 } = arena;
  const block = arena.demand(thread, STRUCTURE_BYTES);
  const base = wordOf(block);
  i32.fill(0, base, base + Structure.LOG);
  i32[base + Structure.KIND] = KINDS.indexOf(kind);
  prepare?.(i32, base);
  for (;;) {
    const first = Atomics.load(i32, Header.STRUCTURES);
    i32[base + Structure.NEXT] = first;
    if (Atomics.compareExchange(i32, Header.STRUCTURES, first, block) === first) break;
  }
  thread.letGo();
  return [space, block];
}

/** The place that a handle names. @throws TypeError when it is no handle of that kind */
export function placeOf(handle: SharedHandle, kind: KindName): [Space, Granule] {
  if (typeof handle !== 'object' || handle === null || !(handle.buffer instanceof SharedArrayBuffer)) {
    throw new TypeError(
      `${kind}.attach() takes the handle of a ${kind}, but got ${inspect(handle, { depth: 0 })}.`,
    );
  }
  const space = spaceOver(handle.buffer);
  if (handle.kind !== kind || !isStructure(space, handle.at, kind)) {
    throw new TypeError(
      `This is the handle of a ${handle.kind}, not of a ${kind}: use ${handle.kind}.attach().`,
    );
  }
  return [space, handle.at as Granule];
}

function isStructure({ arena: { i32 } }: Space, at: number, kind: KindName): boolean {
  for (let s = Atomics.load(i32, Header.STRUCTURES) as Granule; s !== NONE; s = i32[wordOf(s)] as Granule) {
    if (s === at) return i32[wordOf(s) + Structure.KIND] === KINDS.indexOf(kind);
  }
  return false;
}
