/** What the loop asks of the thread that it runs on. */
import type { Arena } from '../memory/arena.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { TerminatedNote } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { ActorCell } from './actor-cell.js';
import type { Attachments } from './attachments.js';
import type { Clock } from './clock.js';
import type { FlowTap } from './flow-tap.js';
import type { GivenStreams } from './given-streams.js';
import type { Letters } from './letters.js';
import type { Speaking } from './speaking.js';
import type { Streams } from './streams.js';

export interface LoopHost {
  readonly arena: Arena;
  readonly thread: ThreadRecord;
  readonly post: PostOffice;
  readonly clock: Clock;
  readonly speaking: Speaking;
  readonly attachments: Attachments;
  readonly flow: FlowTap;
  readonly letters: Letters;
  readonly streams: Streams;
  readonly given: GivenStreams;
  /** It is logged, and the supervisor decides; the cell is suspended, but for `resume`. */
  failed(cell: ActorCell, error: unknown): void;
  /** The end mark was met, and no handler is left; the cell is suspended. */
  sentinel(cell: ActorCell): void;
  /** Take the cell up again soon. */
  ready(cell: ActorCell): void;
  refTo(note: TerminatedNote): unknown;
}
