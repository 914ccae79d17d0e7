/**
 * What all shared queues and locks are built on: its members are the threads that use it. It is given back when it is
 * disposed of, and what a dead member had is settled.
 */
import { inspect } from 'node:util';
import { DisposedError } from '../../errors.js';
import { type Granule, Header, NONE, wordOf } from '../../memory/layout.js';
import { lock } from '../../memory/robust-lock.js';
import { Flag, KINDS, type KindName, Member, Structure } from './layout.js';
import { LockedBlock } from './locked-block.js';
import type { Space } from './space.js';
import type { SharedHandle } from './structure-list.js';
import { BUSY, type NOT_YET } from './waits.js';

export class SharedStructure<Kind extends KindName = KindName> extends LockedBlock {
  protected readonly generation: number;
  #member: Granule = NONE;
  #disposedHere = false;

  /** Use `create` or `attach`. */
  constructor(
    space: Space,
    block: Granule,
    readonly kind: Kind,
    generation?: number,
  ) {
    super(space, block);
    this.generation = generation ?? this.i32[this.base + Structure.GENERATION];
  }

  /** For `workerData` or `postMessage`; there: `attach(handle)`. */
  get handle(): SharedHandle<Kind> {
    const { kind, space, block } = this;
    return { kind, buffer: space.arena.buffer, at: block, generation: this.generation };
  }

  /** Whether {@link dispose} was called, by whatever thread. */
  get isDisposed(): boolean {
    return this.#disposedHere || this.#isGone();
  }

  #isGone(): boolean {
    return Atomics.load(this.i32, this.base + Structure.GENERATION) !== this.generation;
  }

  /**
   * Gives its memory back. Every later call in any thread, and every wait of this moment, ends with a
   * {@link DisposedError}. Once is enough, and twice does no harm.
   */
  dispose(): void {
    if (this.isDisposed) return;
    // The lock may be another's for a moment; here it is over from now on.
    this.#disposedHere = true;
    const step = (): true | typeof BUSY => {
      if (!this.grab(true)) return BUSY;
      if (!this.#isGone()) {
        this.store(Structure.GENERATION, this.generation + 1);
        this.store(Structure.FLAGS, this.word(Structure.FLAGS) | Flag.DISPOSED);
        this.commit(~0);
      } else this.commit();
      return this.dismantle() ? true : BUSY;
    };
    this.soon(step);
  }

  [inspect.custom](): string {
    return `${this.kind} #${this.block}${this.isDisposed ? ' (disposed)' : ''}`;
  }

  /** Takes the structure's lock. @returns false when another has it, and this thread must not wait */
  protected begin(patient = false): boolean {
    if (!lock(this.thread, this.base + Structure.LOCK) && !(patient && this.grab(true))) return false;
    // Under the lock no atomic look is needed: each takes 7 ns.
    if (this.i32[this.base + Structure.GENERATION] === this.generation && !this.#disposedHere) return true;
    this.commit();
    throw new DisposedError(this.kind);
  }

  /** As {@link begin}, with a new block in hand, which is given back when that fails. */
  protected beginWith(block: Granule, patient: boolean): boolean {
    let begun = false;
    try {
      begun = this.begin(patient);
    } finally {
      if (!begun) this.space.arena.give(this.thread, block);
    }
    return begun;
  }

  /** Takes a step now, or as soon as the lock is to be had. */
  protected soon(step: () => true | typeof NOT_YET | typeof BUSY, key: unknown = Symbol('soon')): void {
    const { waits } = this.space;
    if (!waits.has(key) && step() !== BUSY) return;
    waits
      .until(key, step, () => true as const)
      .catch((error) => {
        // What is gone needs no change any more; anything else is an error of the program.
        if (error instanceof DisposedError) return;
        queueMicrotask(() => {
          throw error;
        });
      });
  }

  /** @throws DisposedError */
  protected check(): void {
    if (this.isDisposed) throw new DisposedError(this.kind);
  }

  /** A word of it, as it is without the lock. @throws DisposedError */
  protected look(word: number): number {
    this.check();
    return Atomics.load(this.i32, this.base + word);
  }

  /** Says that this thread waits, so that later changes wake it; under the lock, by which it looks. */
  protected announce(waits: number): void {
    Atomics.or(this.i32, wordOf(this.#member) + Member.WAITING, waits);
  }

  protected get isMember(): boolean {
    return this.#member !== NONE;
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
    if (!this.beginWith(block, patient)) return false;
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
    for (;;) {
      if (!this.grab(true)) return false;
      if (this.#isOther()) {
        this.commit();
        return true;
      }
      if ((this.word(Structure.FLAGS) & Flag.DISPOSED) !== 0) {
        // Whoever disposed of it may be the dead one: go on in its place.
        this.commit();
        return this.dismantle();
      }
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
      const settled = this.settle(wordOf(dead), slot);
      if (settled !== true) {
        // Too much for one step: what is done so far holds, and the rest follows.
        this.commit();
        if (settled !== false) this.space.arena.give(this.thread, settled);
        continue;
      }
      this.thread.hold(dead);
      this.change(link, i32[wordOf(dead) + Member.NEXT]);
      this.change(wordOf(dead) + Member.LINKED, 0);
      this.commit(~0);
      this.space.arena.give(this.thread, dead);
      return true;
    }
  }

  /** Whether something of another kind lies here by now, of which this object knows nothing. */
  #isOther(): boolean {
    return this.word(Structure.KIND) !== KINDS.indexOf(this.kind);
  }

  /**
   * Gives back what a structure has that was disposed of, piece by piece: each step is whole, and any thread may go on.
   * @returns false when the lock was not to be had: try again later
   */
  protected dismantle(): boolean {
    const { i32 } = this;
    for (;;) {
      if (!this.grab(true)) return false;
      if ((this.word(Structure.FLAGS) & Flag.DISPOSED) === 0 || this.#isOther()) {
        this.commit();
        return true;
      }
      if (!this.isDeserted()) {
        this.commit();
        return false;
      }
      const piece = this.detach();
      if (piece !== NONE) {
        this.change(wordOf(piece) + Member.LINKED, 0);
        this.commit();
        this.space.arena.give(this.thread, piece);
        continue;
      }
      this.store(Structure.FLAGS, 0);
      this.store(Structure.KIND, 0);
      this.commit();
      // Behind the commit: whoever reads this finds the block free.
      Atomics.store(i32, Header.SPARE_STRUCTURES, 1);
      return true;
    }
  }

  /** Whether nobody is at work on a disposed one beside its lock, and nobody will be. */
  protected isDeserted(): boolean {
    return true;
  }

  /** Takes a block of the structure in hand and out of its links: an item or a member. @returns NONE behind the last */
  protected detach(): Granule {
    const first = this.word(Structure.MEMBERS) as Granule;
    if (first === NONE) return NONE;
    this.thread.hold(first);
    this.store(Structure.MEMBERS, this.i32[wordOf(first) + Member.NEXT]);
    return first;
  }

  /**
   * What the death of a member means; under the lock.
   * @returns true when that is all; else to be called again in a further step, with a block to give back in between
   */
  protected settle(_member: number, _slot: number): boolean | Granule {
    return true;
  }
}
