/** What a thread is sent itself, beside its actors' mail: answers, stream items, and orders. */
import { inspect } from 'node:util';
import { RemoteError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Header } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { type Address, Kind, KindFlag } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { Pending, Question } from '../messaging/pending.js';
import { attachmentOf, replyToOf } from '../messaging/record-head.js';
import type { Identity } from '../messaging/ref-world.js';
import { subscriptionOf } from '../messaging/stream-subscriber.js';
import { returned } from '../messaging/undelivered.js';
import { Reader } from '../queue/reader.js';
import { Rec, VOID } from '../queue/record.js';
import type { Attachments } from './attachments.js';
import type { ToHost, ToSystem } from './control.js';
import type { ErrorClasses } from './error-classes.js';
import type { Letters } from './letters.js';
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
  readonly letters: Letters;
  readonly speaking: Speaking;
}

/** A record that was set aside, and the number of what travels beside it, or 0. */
interface Aside {
  readonly words: Int32Array;
  readonly number: number;
}

/** An answer that was taken out. */
export interface TakenAnswer {
  readonly question: Question | undefined;
  deliver(): void;
}

export class Inbox {
  readonly #reader: Reader;
  /** Records whose attachments are under way, and those of the same question or stream behind them. Others overtake. */
  readonly #aside = new Map<number, Aside[]>();

  constructor(
    readonly parts: InboxParts,
    readonly orders: { carryOut(message: ToHost | ToSystem, correlation: number, replyTo: Address): void },
  ) {
    const { arena, thread } = parts;
    this.#reader = new Reader(arena, thread, thread.inbox, 0);
  }

  get hasMail(): boolean {
    return this.#reader.next() !== 0;
  }

  /** @returns whether there was any */
  read(): boolean {
    if (!this.hasMail) return false;
    // Whoever's line has asked for this turn: what is done here is not its.
    this.parts.speaking.asNobody(this.#readAll);
    return true;
  }

  /** The first record alone. */
  readOne(): void {
    if (this.hasMail) this.parts.speaking.asNobody(() => this.#read(1));
  }

  /** For test systems: the answers that come next, up to whatever else there is. Nothing travels beside them. */
  takeAnswers(): TakenAnswer[] {
    const reader = this.#reader;
    const { arena, pending, speaking } = this.parts;
    const { i32 } = arena;
    const taken: TakenAnswer[] = [];
    for (let record = reader.next(); record !== 0 && this.#aside.size === 0; record = reader.next()) {
      const kind = i32[record + Rec.KIND];
      if (kind !== Kind.REPLY && kind !== Kind.REPLY_ERROR) break;
      const words = i32.slice(record, record + i32[record + Rec.LENGTH]);
      const receive = () => this.#receive(0, words, new Uint8Array(words.buffer), undefined);
      taken.push({
        question: pending.peek(words[Rec.CORRELATION]),
        deliver: () => speaking.asNobody(receive),
      });
      reader.done();
    }
    reader.publishHead();
    return taken;
  }

  readonly #readAll = (): void => this.#read(Number.POSITIVE_INFINITY);

  #read(most: number): void {
    const reader = this.#reader;
    const { arena, attachments } = this.parts;
    const { i32, u8 } = arena;
    for (let record = reader.next(); record !== 0 && most > 0; record = reader.next(), most--) {
      const attached = attachmentOf(i32, record);
      if ((i32[record + Rec.KIND] & VOID) === 0) {
        const objects = attached === 0 ? undefined : attachments.take(attached);
        if ((attached !== 0 && objects === undefined) || this.#aside.size > 0) {
          this.#receiveInOrder(record, attached, objects);
        } else {
          this.#receive(record, i32, u8, objects);
          if (attached !== 0) attachments.forget(attached);
        }
      }
      reader.done();
    }
    reader.publishHead();
  }

  /**
   * The process ends: of what has come, orders and reports are read, and nobody is answered.
   * @returns whether there was any
   */
  readLast(take: (message: ToHost | ToSystem) => void): boolean {
    const reader = this.#reader;
    const { i32, u8 } = this.parts.arena;
    let any = false;
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      const kind = i32[record + Rec.KIND] & (KindFlag.MASK | VOID | KindFlag.ATTACHED);
      if (kind === Kind.CONTROL) {
        this.parts.post.open(record, i32, u8);
        take(this.parts.post.decoder.value() as ToHost | ToSystem);
      }
      reader.done();
      any = true;
    }
    return any;
  }

  /** Behind what waits of the same question or stream; an order keeps no order with others. */
  #receiveInOrder(record: number, number: number, objects: readonly unknown[] | undefined): void {
    const { arena, attachments } = this.parts;
    const { i32, u8 } = arena;
    const isOrder = (i32[record + Rec.KIND] & KindFlag.MASK) === Kind.CONTROL;
    const key = isOrder ? -number : i32[record + Rec.CORRELATION];
    const line = this.#aside.get(key);
    if (line === undefined && (number === 0 || objects !== undefined)) {
      this.#receive(record, i32, u8, objects);
      if (number !== 0) attachments.forget(number);
      return;
    }
    const aside = { words: i32.slice(record, record + i32[record + Rec.LENGTH]), number };
    if (line === undefined) this.#aside.set(key, [aside]);
    else line.push(aside);
  }

  /** What travels beside a record is here. */
  arrived(number: number): void {
    for (const [key, line] of this.#aside) {
      if (line[0].number !== number) continue;
      this.#receiveAside(line);
      if (line.length === 0) this.#aside.delete(key);
      return;
    }
  }

  #receiveAside(line: Aside[]): void {
    const { attachments } = this.parts;
    let ready = 0;
    for (const { words, number } of line) {
      const objects = number === 0 ? undefined : attachments.take(number);
      if (number !== 0 && objects === undefined) break;
      ready++;
      this.#receive(0, words, new Uint8Array(words.buffer), objects);
      if (number !== 0) attachments.forget(number);
    }
    line.splice(0, ready);
  }

  #receive(
    record: number,
    words: Int32Array,
    bytes: Uint8Array,
    objects: readonly unknown[] | undefined,
  ): void {
    const { post, pending, line, letters, errorClasses } = this.parts;
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (kind === Kind.UNDELIVERED) {
      const { record: inner, target, why } = returned(words, record);
      letters.returned(inner, words, target, why);
      return;
    }
    const correlation = words[record + Rec.CORRELATION];
    let value: unknown;
    try {
      const isError = kind === Kind.REPLY_ERROR || kind === Kind.STREAM_ERROR;
      const target: Partial<Identity> | undefined = isError ? pending.peek(correlation)?.target : undefined;
      errorClasses.from(target?.types?.[0]);
      post.open(record, words, bytes, objects);
      value = post.decoder.value();
    } catch (error) {
      if (kind !== Kind.CONTROL) pending.close(correlation)?.reject(error);
      else line.complain('a control message could not be read', { error });
      return;
    }
    switch (kind) {
      case Kind.REPLY:
        this.#answered(correlation)?.resolve(value);
        break;
      case Kind.REPLY_ERROR:
      case Kind.STREAM_ERROR:
        if (this.#learns(record, words, objects)) break;
        if (!(value instanceof Error)) {
          value = new RemoteError(`The other side threw no Error, but ${inspect(value)}.`, value);
        }
        (kind === Kind.REPLY_ERROR ? this.#answered(correlation) : pending.close(correlation))?.reject(value);
        break;
      case Kind.STREAM_ITEM:
        this.#receiveItem(correlation, value, record, words);
        break;
      case Kind.STREAM_END:
        pending.close(correlation)?.resolve(undefined);
        break;
      case Kind.CONTROL:
        this.orders.carryOut(value as ToHost | ToSystem, correlation, replyToOf(words, record));
        break;
    }
  }

  /** A late answer is discarded, and counted. */
  #answered(correlation: number): Question | undefined {
    const { pending, arena } = this.parts;
    const question = pending.close(correlation);
    if (question === undefined) Atomics.add(arena.i32, Header.LATE_ANSWERS, 1);
    return question;
  }

  #receiveItem(correlation: number, value: unknown, record: number, words: Int32Array): void {
    const { post, pending, line } = this.parts;
    const subscription = subscriptionOf(pending.peek(correlation));
    if (subscription === undefined) {
      // Its subscriber has left before it could be told where the items come from.
      const message: ToHost = { op: 'unsubscribe', correlation, replyTo: line.inbox };
      post.insist(replyToOf(words, record), { kind: Kind.CONTROL, value: message });
      return;
    }
    subscription.source ??= replyToOf(words, record);
    subscription.step = words[record + Rec.DEADLINE];
    subscription.receive(value, words[record + Rec.LENGTH]);
  }

  /** An error of an unknown class is read once more when the actor's module has been looked into. */
  #learns(record: number, words: Int32Array, objects: readonly unknown[] | undefined): boolean {
    const learning = this.parts.errorClasses.learn();
    if (learning === undefined) return false;
    const copy = words.slice(record, record + words[record + Rec.LENGTH]);
    void learning.then(() => this.#receive(0, copy, new Uint8Array(copy.buffer), objects));
    return true;
  }
}
