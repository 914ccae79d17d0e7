/** The open streams of a thread's actors, each found by who has subscribed to it. */
import { type Address, Kind, sameAddress } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { ActorCell } from './actor-cell.js';
import type { Cells } from './cells.js';
import { abortOf, type Handling, questionKey } from './handling.js';
import type { Speaking } from './speaking.js';
import { isStreamable, type StreamLimits, StreamSource } from './stream-source.js';
import type { SystemLine } from './system-line.js';

interface Open {
  readonly cell: ActorCell;
  readonly stream: StreamSource;
}

export class Streams {
  readonly #open = new Map<string, Open>();

  constructor(
    readonly post: PostOffice,
    readonly cells: Cells,
    readonly speaking: Speaking,
    readonly line: SystemLine,
  ) {}

  /** Sends what a handler gave, once it is there, to who has asked for it. */
  start(cell: ActorCell, handling: Handling, result: unknown, credit: number, limits: StreamLimits): void {
    const { replyTo, correlation, method } = handling;
    const { path } = cell.identity;
    if (replyTo === undefined) return;
    if (cell.plan.pool !== undefined) {
      // Before its first item, which may be long in coming: the subscriber has asked the pool, and knows no worker.
      const value = { op: 'stream-begun', correlation, source: this.line.inbox };
      this.post.post(replyTo, { kind: Kind.CONTROL, value });
    }
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
        cell.streams?.delete(stream);
        if (this.#open.get(key)?.stream === stream) this.#open.delete(key);
        if (left) abortOf(handling).abort();
      },
      (error) =>
        this.line.complain('the producer of a stream failed when it was ended', { error, method }, path),
    );
    cell.streams ??= new Set();
    cell.streams.add(stream);
    this.#open.set(key, { cell, stream });
    if (typeof (result as Promise<unknown> | null)?.then === 'function' && !isStreamable(result)) {
      (result as Promise<unknown>).then(
        (value) => stream.start(value),
        (error) => stream.fail(error),
      );
    } else stream.start(result);
  }

  /** The subscriber has room for so many more. */
  addCredit(subscriber: Address, correlation: number, credit: number): void {
    const open = this.#of(subscriber, correlation);
    if (open !== undefined) this.speaking.as(open.cell, () => open.stream.addCredit(credit));
  }

  /** The subscriber has left. @returns whether there was such a stream */
  close(subscriber: Address, correlation: number): boolean {
    const open = this.#of(subscriber, correlation);
    if (open !== undefined) this.speaking.as(open.cell, () => open.stream.close());
    return open !== undefined;
  }

  /** A thread has died: what its actors had subscribed to ends. */
  closeOf(inbox: Address): void {
    for (const cell of this.cells) {
      for (const stream of [...(cell.streams ?? [])]) {
        if (sameAddress(stream.subscriber, inbox)) this.speaking.as(cell, () => stream.close());
      }
    }
  }

  #of(subscriber: Address, correlation: number): Open | undefined {
    const open = this.#open.get(questionKey(subscriber.box, correlation));
    return open?.stream.subscriber.generation === subscriber.generation ? open : undefined;
  }
}
