import { Actor, type ActorRef, actor } from '../../../core/index.js';
import { KillTickets } from '../chaos.js';
import { readTextFile } from '../read-file.js';
import { SegmentBuilder } from '../segment.js';
import type { IndexActor } from './index-actor.js';

export interface TokenizerProps {
  /** The folder that the paths of a batch are relative to. */
  root: string;
  /** With `--chaos`: where to look whether to die now. */
  kills?: SharedArrayBuffer;
}

/** Some files to index: neighbours in the order of the walk, the first with the number `first`. */
export interface Batch {
  first: number;
  paths: string[];
}

/** What became of a batch. */
export interface BatchResult {
  files: number;
  bytes: number;
  tooLarge: number;
  binary: number;
  unreadable: number;
}

/** A segment of so many occurrences is some 1 MiB: large enough to be few, small enough for a mailbox. */
const OCCURRENCES_PER_SEGMENT = 400_000;

/**
 * Reads files and cuts them into terms: the heavy part, done by as many workers as there are cores. What it
 * sends to the index is ready to be linked in.
 */
@actor(import.meta.url)
export class Tokenizer extends Actor<TokenizerProps> {
  readonly #builder = new SegmentBuilder();
  readonly #kills = this.props.kills && new KillTickets(this.props.kills);

  /**
   * Indexes the files of a batch. May be asked again for the same batch after a death: the index counts each
   * file once.
   *
   * @param index where the segments go: named here and not in the props, so that nobody's start waits for another's
   */
  async tokenize({ first, paths }: Batch, index: ActorRef<IndexActor>): Promise<BatchResult> {
    const result: BatchResult = { files: 0, bytes: 0, tooLarge: 0, binary: 0, unreadable: 0 };
    this.#builder.discard();
    for (const [position, path] of paths.entries()) {
      this.#dieIfTold();
      const source = readTextFile(`${this.props.root}/${path}`);
      if (source === 'too-large') result.tooLarge++;
      else if (source === 'binary') result.binary++;
      else if (source === 'unreadable') result.unreadable++;
      else {
        this.#builder.add(first + position, path, source);
        result.files++;
        result.bytes += source.length;
        if (this.#builder.occurrences >= OCCURRENCES_PER_SEGMENT || this.#builder.isFull)
          await this.#flush(index);
      }
    }
    await this.#flush(index);
    this.#dieIfTold();
    return result;
  }

  /** `send` and not `tell`: when the index is behind, this waits, and the whole chain with it. */
  async #flush(index: ActorRef<IndexActor>): Promise<void> {
    if (!this.#builder.isEmpty) await index.send.add(this.#builder.finish());
  }

  #dieIfTold(): void {
    if (this.#kills?.take()) process.exit(1);
  }
}
