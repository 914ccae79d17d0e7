import { createHash } from 'node:crypto';
import { withRoom } from './growable.js';
import type { Segment } from './segment.js';
import { TermTable } from './term-table.js';
import { VarintReader } from './varint.js';

/** What the index holds. */
export interface IndexSize {
  files: number;
  /** Distinct terms. */
  terms: number;
  /** Terms in all files, repetitions included. */
  occurrences: number;
  /** Files that arrived more than once and were counted once. */
  repeated: number;
}

/** Receives each file that has a term: how often, and on which lines (ascending, repeated within a line). */
export type PostingVisitor = (file: number, lines: readonly number[]) => void;

/**
 * The inverted index: the segments as they came, and for each term the chain of its places in them. Taking a
 * segment in costs one hash look-up a term, so one index keeps up with many tokenizers.
 *
 * A file that arrives twice counts once, whoever sent it first, and nothing that can be asked depends on the
 * order of arrival.
 */
export class IndexStore {
  readonly #terms = new TermTable();
  readonly #segments: Segment[] = [];
  /** By file number: the segment that brought it, or -1. */
  #owners = new Int32Array(1 << 10).fill(-1);
  #lengths = new Uint32Array(1 << 10);
  readonly #paths: string[] = [];
  /** By term: its last entry + 1. An entry is one term in one segment; each names the one before it. */
  #lastEntries = new Int32Array(1 << 12);
  #entryBefore = new Int32Array(1 << 16);
  #entries = 0;
  /** By segment: its first entry. Its entries stand in the order of its terms. */
  readonly #firstEntries: number[] = [];
  #files = 0;
  #occurrences = 0;
  #repeated = 0;
  readonly #reader = new VarintReader();

  get size(): IndexSize {
    return {
      files: this.#files,
      terms: this.#terms.size,
      occurrences: this.#occurrences,
      repeated: this.#repeated,
    };
  }

  /** One more than the highest file number: how long an array over file numbers has to be. */
  get fileLimit(): number {
    return this.#paths.length;
  }

  path(file: number): string {
    return this.#paths[file];
  }

  /** How many terms the file has, repetitions included. */
  length(file: number): number {
    return this.#lengths[file];
  }

  has(term: string): boolean {
    return this.#terms.find(term) >= 0;
  }

  completions(prefix: string, limit: number): string[] {
    return this.#terms.startingWith(prefix, limit);
  }

  /** Takes a segment in; gives how many of its files are new. */
  add(segment: Segment): number {
    const number = this.#segments.length;
    const fresh = this.#claimFiles(segment, number);
    if (fresh === 0) return 0;
    this.#segments.push(segment);
    this.#firstEntries.push(this.#entries);
    const { termBytes, termEnds, termHashes } = segment;
    this.#entryBefore = withRoom(this.#entryBefore, this.#entries + termEnds.length);
    for (let term = 0, start = 0; term < termEnds.length; term++) {
      const end = termEnds[term];
      const id = this.#terms.intern(termBytes, start, end, termHashes[term]);
      if (id >= this.#lastEntries.length) this.#lastEntries = withRoom(this.#lastEntries, id + 1);
      const entry = this.#entries++;
      this.#entryBefore[entry] = this.#lastEntries[id];
      this.#lastEntries[id] = entry + 1;
      start = end;
    }
    return fresh;
  }

  /** Visits the files that have the term, in no particular order. The array of lines is used again. */
  visit(term: string, visitor: PostingVisitor): void {
    const id = this.#terms.find(term);
    if (id >= 0) this.#visitTerm(id, visitor);
  }

  /** A fingerprint of all that can be found: equal for two indexes of the same files, however they were made. */
  digest(): string {
    const hash = createHash('sha256');
    const terms = Array.from({ length: this.#terms.size }, (_, id) => ({ id, text: this.#terms.text(id) }));
    terms.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    for (const { id, text } of terms) {
      const lines: string[] = [];
      this.#visitTerm(id, (file, at) => lines.push(`${this.#paths[file]}\0${at.join()}`));
      if (lines.length > 0) hash.update(`${text}\n${lines.sort().join('\n')}\n\n`);
    }
    // forEach passes over the numbers of files that were skipped.
    const files: string[] = [];
    this.#paths.forEach((path, file) => {
      files.push(`${path}\0${this.#lengths[file]}`);
    });
    return hash.update(files.sort().join('\n')).digest('hex');
  }

  #claimFiles(segment: Segment, number: number): number {
    const highest = segment.files.at(-1) ?? -1;
    if (highest >= this.#owners.length) {
      const known = this.#owners.length;
      this.#owners = withRoom(this.#owners, highest + 1).fill(-1, known);
      this.#lengths = withRoom(this.#lengths, highest + 1);
    }
    let fresh = 0;
    segment.files.forEach((file, position) => {
      if (this.#owners[file] >= 0) {
        this.#repeated++;
        return;
      }
      this.#owners[file] = number;
      this.#lengths[file] = segment.lengths[position];
      this.#paths[file] = segment.paths[position];
      this.#occurrences += segment.lengths[position];
      fresh++;
    });
    this.#files += fresh;
    return fresh;
  }

  #visitTerm(id: number, visitor: PostingVisitor): void {
    const lines: number[] = [];
    let number = this.#segments.length - 1;
    for (let entry = this.#lastEntries[id] - 1; entry >= 0; entry = this.#entryBefore[entry] - 1) {
      while (this.#firstEntries[number] > entry) number--;
      const { files, postings, postingEnds } = this.#segments[number];
      const term = entry - this.#firstEntries[number];
      this.#reader.seek(postings, term === 0 ? 0 : postingEnds[term - 1], postingEnds[term]);
      for (let position = 0; !this.#reader.isAtEnd; ) {
        position += this.#reader.read();
        lines.length = 0;
        for (let left = this.#reader.read(), line = 0; left > 0; left--) {
          line += this.#reader.read();
          lines.push(line);
        }
        // A file that came again in a later segment is read from the first one alone.
        if (this.#owners[files[position]] === number) visitor(files[position], lines);
      }
    }
  }
}
