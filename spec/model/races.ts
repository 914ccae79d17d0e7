/**
 * What orders accesses, kept up step by step and undone as the memory is: each thread knows how far it has seen the
 * others (vector clocks).
 *
 * What orders two accesses: the threads' own order; an atomic store or exchange of a word and a later atomic look at
 * it; a notify and the wake-up; a death and what is done by who was told of it.
 *
 * Two accesses to a word, one of them a store, which nothing orders: where both are atomic, threads *meet* at the word,
 * and it matters who comes first; where one is plain, it is a race. At words where threads never meet, say those that a
 * lock guards, no switch to another thread needs to be tried: it comes to the same at the next word where they do. So
 * only words of meeting make an order here. Every word is taken for one that is no such word, until it shows.
 */
import { isAtomic, KIND_NAMES, Kind, writes } from './memory.js';

export interface Access {
  readonly thread: number;
  readonly kind: number;
  readonly word: number;
}

/** Clocks of a word: what its atomic stores have made known; when each thread stored and read it last; also plainly. */
const KNOWN = 0;
const STORED = 1;
const READ = 2;
const PLAIN_STORED = 3;
const PLAIN_READ = 4;
/** When it added something without looking: no matter to others that do so, too. */
const COUNTED = 5;
const CLOCKS = 6;

export class Races {
  /** 1 for words where threads meet. */
  readonly #meets: Uint8Array;
  /** A word of meeting was found: what was followed so far may have passed by ways that begin there. */
  grown = false;
  readonly #names: readonly string[];
  readonly #racy: (word: number) => boolean;
  readonly #count: number;
  /** The threads' clocks, then those of words. */
  #cells: Int32Array;
  #used: number;
  /** Where a word's clocks are; 0 for none yet. */
  readonly #places: Int32Array;
  #undo: Int32Array = new Int32Array(1 << 12);
  #changes = 0;

  constructor(words: number, names: readonly string[], racy: (word: number) => boolean) {
    this.#meets = new Uint8Array(words);
    this.#places = new Int32Array(words);
    this.#names = names;
    this.#racy = racy;
    this.#count = names.length;
    this.#used = this.#count * this.#count;
    this.#cells = new Int32Array(1 << 12);
    for (let i = 0; i < this.#count; i++) this.#cells[i * this.#count + i] = 1;
  }

  /** Takes every word for one where threads meet. */
  meetEverywhere(): void {
    this.#meets.fill(1);
  }

  /** Whether it matters which thread comes first here. */
  isMeeting(kind: number, word: number): boolean {
    return this.#meets[word] === 1 && (isAtomic(kind) || this.#racy(word));
  }

  get mark(): number {
    return this.#changes;
  }

  rollback(mark: number): void {
    while (this.#changes > mark) {
      this.#changes--;
      this.#cells[this.#undo[this.#changes * 2]] = this.#undo[this.#changes * 2 + 1];
    }
  }

  /** An access has happened. @returns the race that it is part of, in words */
  add(thread: number, kind: number, word: number): string | undefined {
    if (this.grown) return undefined;
    const now = thread * this.#count;
    if (kind === Kind.EVENT) {
      if (word > 0) this.#join(now, (word - 1) * this.#count);
      return undefined;
    }
    const at = this.#placeOf(word);
    const atomic = isAtomic(kind);
    const waits = kind === Kind.NOTIFY || kind === Kind.WAIT;
    if (waits && this.#meets[word] === 0) {
      this.#grow(word);
      return undefined;
    }
    const counts = kind === Kind.COUNT;
    if (atomic && !counts && this.#meets[word] === 1) this.#join(now, at + KNOWN * this.#count);
    const stores = writes(kind);
    if (!waits) {
      const race = this.#conflict(thread, at, kind, !atomic);
      if (race >= 0 && !this.#racy(word)) {
        return `Race at word ${word}: ${KIND_NAMES[kind]} by ${this.#names[thread]}, and nothing orders it and what ${this.#names[race]} did.`;
      }
      if (this.#meets[word] === 0 && this.#conflict(thread, at, kind, true) >= 0) {
        this.#grow(word);
        return undefined;
      }
      const time = this.#cells[now + thread];
      this.#set(at + (counts ? COUNTED : stores ? STORED : READ) * this.#count + thread, time);
      if (!atomic) this.#set(at + (stores ? PLAIN_STORED : PLAIN_READ) * this.#count + thread, time);
    }
    if (atomic && (stores || kind === Kind.NOTIFY) && this.#meets[word] === 1) {
      this.#join(at + KNOWN * this.#count, now);
      this.#set(now + thread, this.#cells[now + thread] + 1);
    }
    return undefined;
  }

  #grow(word: number): void {
    this.#meets[word] = 1;
    this.grown = true;
  }

  /** @returns who did what nothing orders with this access, or -1 @param withAll not only with plain ones */
  #conflict(thread: number, at: number, kind: number, withAll: boolean): number {
    let who = this.#unordered(thread, at + (withAll ? STORED : PLAIN_STORED) * this.#count);
    if (who < 0 && withAll && kind !== Kind.COUNT) who = this.#unordered(thread, at + COUNTED * this.#count);
    if (who < 0 && writes(kind))
      who = this.#unordered(thread, at + (withAll ? READ : PLAIN_READ) * this.#count);
    return who;
  }

  #unordered(thread: number, then: number): number {
    const cells = this.#cells;
    const now = thread * this.#count;
    for (let i = 0; i < this.#count; i++) if (i !== thread && cells[then + i] > cells[now + i]) return i;
    return -1;
  }

  #join(into: number, from: number): void {
    const cells = this.#cells;
    for (let i = 0; i < this.#count; i++) {
      if (cells[from + i] > cells[into + i]) this.#set(into + i, cells[from + i]);
    }
  }

  #set(cell: number, value: number): void {
    if (this.#cells[cell] === value) return;
    if (this.#changes * 2 === this.#undo.length) this.#undo = larger(this.#undo);
    this.#undo[this.#changes * 2] = cell;
    this.#undo[this.#changes * 2 + 1] = this.#cells[cell];
    this.#changes++;
    this.#cells[cell] = value;
  }

  #placeOf(word: number): number {
    if (this.#places[word] !== 0) return this.#places[word];
    const size = CLOCKS * this.#count;
    if (this.#used + size > this.#cells.length) this.#cells = larger(this.#cells);
    this.#places[word] = this.#used;
    this.#used += size;
    return this.#places[word];
  }
}

function larger(words: Int32Array): Int32Array {
  const more = new Int32Array(words.length * 2);
  more.set(words);
  return more;
}
