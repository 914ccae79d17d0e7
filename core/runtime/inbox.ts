/** What a thread is sent itself, beside its actors' mail: answers, stream items, and orders. */
import { inspect } from 'node:util';
import { RemoteError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Identity } from '../messaging/actor-ref.js';
import { type Address, Kind, KindFlag } from '../messaging/envelope.js';
import { attachmentOf, type PostOffice, replyToOf } from '../messaging/mailbox.js';
import type { Pending } from '../messaging/pending.js';
import { sinkOf } from '../messaging/stream-subscriber.js';
import { Reader } from '../queue/block-chain.js';
import { Rec, VOID } from '../queue/record.js';
import type { Attachments } from './attachments.js';
import type { ToHost, ToSystem } from './control.js';
import type { ErrorClasses } from './error-classes.js';
import type { Speaking } from './speaking.js';
import type { SystemLine } from './system-line.js';

export interface InboxParts {
  readonly arena: Arena;
  readonly thread: ThreadRecord;
  readonly post: PostOffice;
  readonly pending: Pending;
  readonly attachments: Attachments;
  readonly errorClasses: ErrorClasses;
  readonly line: SystemLine;
  readonly speaking: Speaking;
}

export class Inbox {
  readonly #reader: Reader;
  /** Records whose attachments are under way: others overtake them. */
  #waiting: { readonly words: Int32Array; readonly number: number }[] = [];

  constructor(
    readonly parts: InboxParts,
    readonly orders: { carryOut(message: ToHost | ToSystem, correlation: number, replyTo: Address): void },
  ) {
    const { arena, thread } = parts;
    this.#reader = new Reader(arena, thread, thread.inbox, 0);
  }

  read(): void {
    // Whoever's line has asked for this turn: what is done here is not its.
    if (this.#reader.next() !== 0) this.parts.speaking.asNobody(this.#readAll);
  }

  readonly #readAll = (): void => {
    const reader = this.#reader;
    const { arena, attachments } = this.parts;
    const { i32, u8 } = arena;
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      const attached = attachmentOf(i32, record);
      if ((i32[record + Rec.KIND] & VOID) === 0) {
        const objects = attached === 0 ? undefined : attachments.take(attached);
        if (attached !== 0 && objects === undefined) {
          const words = i32.slice(record, record + i32[record + Rec.LENGTH]);
          this.#waiting.push({ words, number: attached });
        } else {
          this.#receive(record, i32, u8, objects);
          if (attached !== 0) attachments.forget(attached);
        }
      }
      reader.done();
    }
    reader.publishHead();
  };

  /** What travels beside a record is here. */
  arrived(number: number): void {
    const { attachments } = this.parts;
    const here = this.#waiting.filter((w) => w.number === number);
    this.#waiting = this.#waiting.filter((w) => w.number !== number);
    for (const { words } of here) {
      this.#receive(0, words, new Uint8Array(words.buffer), attachments.take(number));
      attachments.forget(number);
    }
  }

  #receive(
    record: number,
    words: Int32Array,
    bytes: Uint8Array,
    objects: readonly unknown[] | undefined,
  ): void {
    const { post, pending, line } = this.parts;
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    const correlation = words[record + Rec.CORRELATION];
    let value: unknown;
    try {
      post.open(record, words, bytes, objects);
      value = post.decoder.value();
    } catch (error) {
      if (kind !== Kind.CONTROL) pending.close(correlation)?.reject(error);
      else line.complain('a control message could not be read', { error });
      return;
    }
    switch (kind) {
      case Kind.REPLY:
        pending.close(correlation)?.resolve(value);
        break;
      case Kind.REPLY_ERROR:
      case Kind.STREAM_ERROR:
        if (this.#learns(record, words, objects)) break;
        if (!(value instanceof Error)) {
          value = new RemoteError(`The other side threw no Error, but ${inspect(value)}.`, value);
        }
        pending.close(correlation)?.reject(value);
        break;
      case Kind.STREAM_ITEM:
        this.#receiveItem(correlation, value, replyToOf(words, record));
        break;
      case Kind.STREAM_END:
        pending.close(correlation)?.resolve(undefined);
        break;
      case Kind.CONTROL:
        this.orders.carryOut(value as ToHost | ToSystem, correlation, replyToOf(words, record));
        break;
    }
  }

  #receiveItem(correlation: number, value: unknown, source: Address): void {
    const { post, pending, line } = this.parts;
    const question = pending.peek(correlation);
    const sink = question === undefined ? undefined : sinkOf(question);
    if (sink === undefined) {
      // Its subscriber has left before it could be told where the items come from.
      const message: ToHost = { op: 'unsubscribe', correlation, replyTo: line.inbox };
      post.post(source, { kind: Kind.CONTROL, value: message });
      return;
    }
    sink.source = source;
    sink.next(value);
  }

  /** An error of an unknown class is read once more when the actor's module has been looked into. */
  #learns(record: number, words: Int32Array, objects: readonly unknown[] | undefined): boolean {
    const { errorClasses, pending } = this.parts;
    if (!errorClasses.takeMissed()) return false;
    const question = pending.peek(words[record + Rec.CORRELATION]);
    const learning = errorClasses.lookInto((question?.target as Identity | undefined)?.types?.[0]);
    if (learning === undefined) return false;
    const copy = words.slice(record, record + words[record + Rec.LENGTH]);
    void learning.then(() => this.#receive(0, copy, new Uint8Array(copy.buffer), objects));
    return true;
  }
}
