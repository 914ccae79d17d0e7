/** Who is speaking on a thread: whose handler runs, and of which message. The sender of what is sent now. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { NONE } from '../memory/layout.js';
import type { Identity } from '../messaging/actor-ref.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { Reader } from '../queue/block-chain.js';
import type { ActorCell } from './actor-cell.js';
import type { Cells } from './cells.js';
import { abortOf, begin, type Handling } from './handling.js';

export class Speaking {
  /** The actor whose handler runs now, up to its first await. */
  cell: ActorCell | undefined;
  /** The message that it handles, once anything is noted of it. */
  handling: Handling | undefined;
  /** Its record and reader, while nothing has been noted. */
  record = 0;
  reader: Reader | undefined;
  /** For actors with several handlers at once: whose message an awaited line belongs to. */
  readonly handlings = new AsyncLocalStorage<Handling>();

  constructor(
    readonly post: PostOffice,
    readonly cells: Cells,
    /** The thread that called `start`: there the program speaks as well. */
    readonly isCreator: boolean,
  ) {}

  actor(): Identity | undefined {
    if (this.cell !== undefined) return this.cell.identity;
    // After an await: on a thread of its own the actor is the only one who can be speaking.
    if (this.isCreator || this.cells.size !== 1) return undefined;
    for (const cell of this.cells) return cell.identity;
    return undefined;
  }

  /** The message that an actor's running line belongs to. */
  handlingOf(cell: ActorCell): Handling | undefined {
    if (this.cell === cell && this.handling !== undefined) return this.handling;
    if (this.cell === cell && this.record !== 0) {
      return begin(this.post, this, cell, this.record, this.reader, NONE);
    }
    const stored = this.handlings.getStore();
    if (stored?.owner === cell) return stored;
    return cell.handling.size === 1 ? [...cell.handling][0] : undefined;
  }

  /** Aborts when nobody waits for that message any more. */
  signalOf(cell: ActorCell): AbortSignal {
    const handling = this.handlingOf(cell);
    if (handling === undefined) {
      cell.stopSignal ??= new AbortController();
      return cell.stopSignal.signal;
    }
    return abortOf(handling).signal;
  }
}
