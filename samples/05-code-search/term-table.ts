import { withRoom } from './growable.js';
import { FOLD, hashOf } from './tokenize.js';

/**
 * Each distinct term once, numbered from 0 in order of arrival: an open-addressing hash table over bytes.
 * A Map of strings would do the same with a string per occurrence, which is what an index cannot afford.
 */
export class TermTable {
  #slots = new Int32Array(1 << 16);
  #hashes = new Int32Array(1 << 15);
  #ends = new Uint32Array(1 << 15);
  #bytes = new Uint8Array(1 << 18);
  #size = 0;
  #usedBytes = 0;

  /** How many terms there are. */
  get size(): number {
    return this.#size;
  }

  /** The number of the term at these bytes of `source`, which is added when it is new. */
  intern(source: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let id = this.#slots[slot]; id !== 0; id = this.#slots[slot]) {
      if (this.#hashes[id - 1] === hash && this.#equals(id - 1, source, start, end)) return id - 1;
      slot = (slot + 1) & mask;
    }
    return this.#insert(slot, source, start, end, hash);
  }

  /** The number of a term given as text, or -1. */
  find(term: string): number {
    const source = Buffer.from(term);
    const hash = hashOf(source, 0, source.length);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] - 1;
      if (this.#hashes[id] === hash && this.#equals(id, source, 0, source.length)) return id;
    }
    return -1;
  }

  /** The terms that begin with `prefix`, shortest first, then by alphabet; at most `limit`. A scan over all. */
  startingWith(prefix: string, limit: number): string[] {
    const wanted = Buffer.from(prefix).map((byte) => FOLD[byte]);
    const found: string[] = [];
    for (let id = 0; id < this.#size; id++) {
      const start = this.#start(id);
      if (this.#ends[id] - start < wanted.length) continue;
      let same = 0;
      while (same < wanted.length && this.#bytes[start + same] === wanted[same]) same++;
      if (same === wanted.length) found.push(this.text(id));
    }
    found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return found.slice(0, limit);
  }

  /** The term as text. */
  text(id: number): string {
    return Buffer.from(this.#bytes.buffer, this.#start(id), this.#ends[id] - this.#start(id)).toString(
      'utf8',
    );
  }

  /** All term bytes end to end, where each ends, and the hashes: copies of just the size. */
  export(): { bytes: Uint8Array; ends: Uint32Array; hashes: Int32Array } {
    return {
      bytes: this.#bytes.slice(0, this.#usedBytes),
      ends: this.#ends.slice(0, this.#size),
      hashes: this.#hashes.slice(0, this.#size),
    };
  }

  /** Forgets all terms and keeps the memory. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
    this.#usedBytes = 0;
  }

  #start(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1];
  }

  #equals(id: number, source: Uint8Array, start: number, end: number): boolean {
    let mine = this.#start(id);
    if (this.#ends[id] - mine !== end - start) return false;
    const bytes = this.#bytes;
    for (let at = start; at < end; at++, mine++) if (bytes[mine] !== FOLD[source[at]]) return false;
    return true;
  }

  #insert(slot: number, source: Uint8Array, start: number, end: number, hash: number): number {
    const id = this.#size++;
    const used = this.#usedBytes;
    this.#hashes = withRoom(this.#hashes, id + 1);
    this.#ends = withRoom(this.#ends, id + 1);
    this.#bytes = withRoom(this.#bytes, used + end - start);
    for (let at = start; at < end; at++) this.#bytes[used + at - start] = FOLD[source[at]];
    this.#usedBytes = used + end - start;
    this.#ends[id] = this.#usedBytes;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = this.#hashes[id] & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}
