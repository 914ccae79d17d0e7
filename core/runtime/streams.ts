/** The open streams of a thread's actors, each found by who has subscribed to it. */

import { type Address, sameAddress } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { ActorCell } from './actor-cell.js';
import type { Cells } from './cells.js';
import { abortOf, type Handling, questionKey } from './handling.js';
import { isStreamable, type StreamLimits, StreamSource } from './stream-source.js';
import type { SystemLine } from './system-line.js';

export class Streams {
  constructor(
    readonly post: PostOffice,
    readonly cells: Cells,
    readonly line: SystemLine,
  ) {}

  /** Sends what a handler gave, once it is there, to who has asked for it. */
  start(cell: ActorCell, handling: Handling, result: unknown, credit: number, limits: StreamLimits): void {
    const { replyTo, correlation, method } = handling;
    const { path } = cell.identity;
    if (replyTo === undefined) return;
    const key = questionKey(replyTo.box, correlation);
    const stream = new StreamSource(
      this.post,
      replyTo,
      correlation,
      cell.identity,
      this.line.inbox,
      credit,
      limits,
      { path, method },
      (left) => {
        cell.streams.delete(key);
        if (left) abortOf(handling).abort();
      },
      (error) =>
        this.line.complain('the producer of a stream failed when it was ended', { error, method }, path),
    );
    cell.streams.set(key, stream);
    if (typeof (result as Promise<unknown> | null)?.then === 'function' && !isStreamable(result)) {
      (result as Promise<unknown>).then(
        (value) => stream.start(value),
        (error) => stream.fail(error),
      );
    } else stream.start(result);
  }

  of(subscriber: Address, correlation: number): StreamSource | undefined {
    const key = questionKey(subscriber.box, correlation);
    for (const cell of this.cells) {
      const stream = cell.streams.get(key);
      if (stream !== undefined && stream.subscriber.generation === subscriber.generation) return stream;
    }
    return undefined;
  }

  /** A thread has died: what its actors had subscribed to ends. */
  closeOf(inbox: Address): void {
    for (const cell of this.cells) {
      for (const stream of [...cell.streams.values()]) {
        if (sameAddress(stream.subscriber, inbox)) stream.close();
      }
    }
  }
}
