/** The open streams of a thread's actors, each found by who has subscribed to it. */
import type { StreamLimits } from '../messaging/credit.js';
import { type Address, Kind, sameAddress } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { ActorCell } from './actor-cell.js';
import type { Cells } from './cells.js';
import { abortOf, type Handling, questionKey } from './handling.js';
import type { Speaking } from './speaking.js';
import { isStreamable, type StreamLabel, StreamSource } from './stream-source.js';
import type { SystemLine } from './system-line.js';

interface Open {
  /** Undefined for the program's. */
  readonly cell: ActorCell | undefined;
  readonly stream: StreamSource;
}

export interface Opening {
  readonly cell: ActorCell | undefined;
  readonly subscriber: Address;
  readonly correlation: number;
  readonly label: StreamLabel;
  readonly limits: StreamLimits;
  /** It has been ended from outside, before its producer had come to an end. */
  readonly left?: () => void;
}

export class Streams {
  readonly #open = new Map<string, Open>();
  /** What the actors of this thread listen to: how each of it is ended. */
  readonly #subscribed = new WeakMap<ActorCell, Set<() => void>>();

  constructor(
    readonly post: PostOffice,
    readonly cells: Cells,
    readonly speaking: Speaking,
    readonly line: SystemLine,
  ) {}

  /** Sends what a handler gave, once it is there, to who has asked for it. */
  start(cell: ActorCell, handling: Handling, result: unknown, limits: StreamLimits): void {
    const { replyTo: subscriber, correlation, method } = handling;
    const { path } = cell.identity;
    if (subscriber === undefined) return;
    if (cell.plan.pool !== undefined) {
      // Before its first item, which may be long in coming: the subscriber has asked the pool, and knows no worker.
      const value = { op: 'stream-begun', correlation, source: this.line.inbox };
      this.post.insist(subscriber, { kind: Kind.CONTROL, value });
    }
    const left = () => abortOf(handling).abort();
    this.open({ cell, subscriber, correlation, label: { path, method }, limits, left }, result);
  }

  /** Runs a stream, or a promise of one, for who has subscribed to it. */
  open({ cell, subscriber, correlation, label, limits, left }: Opening, result: unknown): void {
    const { inbox } = this.line;
    const key = questionKey(subscriber, correlation);
    const ends = { subscriber, correlation, sender: cell?.identity, inbox };
    const stream = new StreamSource(this.post, ends, limits, label, {
      closed: (isLeft) => {
        cell?.streams?.delete(stream);
        if (this.#open.get(key)?.stream === stream) this.#open.delete(key);
        if (isLeft) left?.();
      },
      endFailed: (error) => {
        const { method, path } = label;
        this.line.complain('the producer of a stream failed when it was ended', { error, method }, path);
      },
    });
    if (cell !== undefined) {
      this.line.noLongerSilent(cell);
      cell.streams ??= new Set();
      cell.streams.add(stream);
    }
    this.#open.set(key, { cell, stream });
    if (typeof (result as Promise<unknown> | null)?.then === 'function' && !isStreamable(result)) {
      (result as Promise<unknown>).then(
        (value) => stream.start(value),
        (error) => stream.fail(error),
      );
    } else this.#as(cell, () => stream.start(result));
  }

  /** In the name of who has given the stream. */
  #as(cell: ActorCell | undefined, run: () => void): void {
    if (cell === undefined) run();
    else this.speaking.as(cell, run);
  }

  /** Something that an actor listens to, until its instance ends. @returns forgets it again */
  subscribed(cell: ActorCell | undefined, end: () => void): () => void {
    // The program listens until the system ends, which tells all that wait.
    if (cell === undefined) return () => undefined;
    let all = this.#subscribed.get(cell);
    if (all === undefined) this.#subscribed.set(cell, (all = new Set()));
    all.add(end);
    return () => all.delete(end);
  }

  /** An actor's instance has ended: what it listened to must not reach it, nor the one that takes its place. */
  endSubscriptions(cell: ActorCell): void {
    for (const end of this.#subscribed.get(cell) ?? []) end();
    this.#subscribed.delete(cell);
  }

  /** The subscriber has taken so many items, which were so many words. */
  addCredit(subscriber: Address, correlation: number, credit: number, words: number): void {
    const open = this.#of(subscriber, correlation);
    if (open !== undefined) this.#as(open.cell, () => open.stream.addCredit(credit, words));
  }

  /** The subscriber has left. @returns whether there was such a stream */
  close(subscriber: Address, correlation: number): boolean {
    const open = this.#of(subscriber, correlation);
    if (open !== undefined) this.#as(open.cell, () => open.stream.close());
    return open !== undefined;
  }

  /** A thread has died: what its actors had subscribed to ends. */
  closeOf(inbox: Address): void {
    this.#closeWhere(({ stream }) => sameAddress(stream.ends.subscriber, inbox));
  }

  /** The system has ended: what the program has given is not wanted any more. */
  closeAll(): void {
    this.#closeWhere(() => true);
  }

  #closeWhere(matches: (open: Open) => boolean): void {
    for (const open of [...this.#open.values()]) {
      if (matches(open)) this.#as(open.cell, () => open.stream.close());
    }
  }

  #of(subscriber: Address, correlation: number): Open | undefined {
    return this.#open.get(questionKey(subscriber, correlation));
  }
}
