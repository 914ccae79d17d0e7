import { withRoom } from './growable.js';
import { TermTable } from './term-table.js';
import { type TermSink, tokenize } from './tokenize.js';
import { VarintWriter } from './varint.js';

/**
 * The inverted index of a few files, made by one tokenizer and sent to the index as one message. A handful of
 * typed arrays instead of an object for every term: copying them to another thread is a few memcpy.
 *
 * The postings of term `t` are the bytes up to `postingEnds[t]`: for each file that has the term, the distance
 * from the last file's position in `files`, the number of occurrences, and the distance of each one's line from
 * the one before.
 */
export interface Segment {
  /** The numbers the files were given by the walk, ascending. */
  files: Uint32Array;
  /** Their paths, relative to the root. */
  paths: string[];
  /** How many terms each file has, repetitions included: what ranking calls the length of a document. */
  lengths: Uint32Array;
  termBytes: Uint8Array;
  termEnds: Uint32Array;
  termHashes: Int32Array;
  postings: Uint8Array;
  postingEnds: Uint32Array;
}

const LINE_BITS = 21; // A file of MAX_FILE_BYTES has at most 2^20 + 1 lines.
const LINE_MASK = (1 << LINE_BITS) - 1;
/** A position in a segment takes the other eleven bits. */
const MAX_FILES = 1 << (32 - LINE_BITS);

/**
 * Collects files into a segment. One builder serves a tokenizer for life, so its memory is warm.
 *
 * ```ts
 * const builder = new SegmentBuilder();
 * builder.add(0, 'a.ts', Buffer.from('let a1 = b2;'));
 * const segment = builder.finish();
 * ```
 */
export class SegmentBuilder {
  readonly #terms = new TermTable();
  readonly #writer = new VarintWriter();
  #occurrenceTerms = new Int32Array(1 << 18);
  #occurrencePlaces = new Uint32Array(1 << 18); // position in #files << LINE_BITS | line
  #occurrences = 0;
  #files: number[] = [];
  #paths: string[] = [];
  #lengths: number[] = [];

  #source: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** One function for all files: with one for each, the compiler would give up inlining it. */
  readonly #collect: TermSink = (start, end, hash, line) => {
    if (this.#occurrences === this.#occurrenceTerms.length) this.#grow();
    this.#occurrenceTerms[this.#occurrences] = this.#terms.intern(this.#source, start, end, hash);
    this.#occurrencePlaces[this.#occurrences++] = this.#position | line;
  };

  /** Occurrences collected so far: what decides how large the segment will be. */
  get occurrences(): number {
    return this.#occurrences;
  }

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  get isFull(): boolean {
    return this.#files.length === MAX_FILES;
  }

  /** Adds one file. The numbers of the files must ascend. */
  add(file: number, path: string, source: Uint8Array): void {
    const before = this.#occurrences;
    this.#source = source;
    this.#position = this.#files.length << LINE_BITS;
    tokenize(source, this.#collect);
    this.#files.push(file);
    this.#paths.push(path);
    this.#lengths.push(this.#occurrences - before);
  }

  /** Gives the segment, and begins a new one. */
  finish(): Segment {
    const { bytes: termBytes, ends: termEnds, hashes: termHashes } = this.#terms.export();
    const postingEnds = this.#writePostings();
    const segment: Segment = {
      files: Uint32Array.from(this.#files),
      paths: this.#paths,
      lengths: Uint32Array.from(this.#lengths),
      termBytes,
      termEnds,
      termHashes,
      postings: this.#writer.take(),
      postingEnds,
    };
    this.discard();
    return segment;
  }

  /** Throws away what was collected, as after a batch that failed half-way. */
  discard(): void {
    this.#terms.clear();
    this.#occurrences = 0;
    this.#files = [];
    this.#paths = [];
    this.#lengths = [];
  }

  #writePostings(): Uint32Array {
    const { places, ends } = this.#placesByTerm();
    const postingEnds = new Uint32Array(ends.length);
    for (let term = 0, from = 0; term < ends.length; term++) {
      this.#writeTerm(places, from, ends[term]);
      from = ends[term];
      postingEnds[term] = this.#writer.length;
    }
    return postingEnds;
  }

  #writeTerm(places: Uint32Array, from: number, to: number): void {
    let lastFile = 0;
    while (from < to) {
      const file = places[from] >>> LINE_BITS;
      let next = from + 1;
      while (next < to && places[next] >>> LINE_BITS === file) next++;
      this.#writer.write(file - lastFile);
      this.#writer.write(next - from);
      for (let lastLine = 0; from < next; from++) {
        const line = places[from] & LINE_MASK;
        this.#writer.write(line - lastLine);
        lastLine = line;
      }
      lastFile = file;
    }
  }

  /** Counting sort: stable, so the places of each term stay in the order of the files and their lines. */
  #placesByTerm(): { places: Uint32Array; ends: Uint32Array } {
    const ends = new Uint32Array(this.#terms.size);
    countEach(this.#occurrenceTerms, this.#occurrences, ends);
    countsToStarts(ends);
    const places = new Uint32Array(this.#occurrences);
    scatter(this.#occurrenceTerms, this.#occurrencePlaces, ends, places);
    return { places, ends };
  }

  #grow(): void {
    this.#occurrenceTerms = withRoom(this.#occurrenceTerms, this.#occurrences + 1);
    this.#occurrencePlaces = withRoom(this.#occurrencePlaces, this.#occurrences + 1);
  }
}

// A loop each, and no more: the compiler replaces a function in the middle of its first long loop, and has to
// start over when it then comes to code that it has never seen run.

function countEach(terms: Int32Array, length: number, counts: Uint32Array): void {
  for (let i = 0; i < length; i++) counts[terms[i]]++;
}

function countsToStarts(counts: Uint32Array): void {
  for (let term = 0, start = 0; term < counts.length; term++) {
    const count = counts[term];
    counts[term] = start;
    start += count;
  }
}

/** Moves each start on to where its term ends. */
function scatter(terms: Int32Array, from: Uint32Array, starts: Uint32Array, to: Uint32Array): void {
  for (let i = 0; i < to.length; i++) to[starts[terms[i]]++] = from[i];
}
