/** Dead letters: counted always, shown when somebody watches; and what becomes of a record that cannot be delivered. */
import type { Arena } from '../memory/arena.js';
import { Box, Header, wordOf } from '../memory/layout.js';
import { overflowError } from '../messaging/answer.js';
import { type Address, isMessage, Kind, KindFlag, STOPPED_PATH, sameAddress } from '../messaging/envelope.js';
import type { StreamHandle } from '../messaging/given-stream.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { Step } from '../messaging/outgoing.js';
import type { Pending } from '../messaging/pending.js';
import { attachmentOf, replyToOf, senderOf } from '../messaging/record-head.js';
import type { Identity } from '../messaging/ref-world.js';
import type { DeadLetter, DeadLetterReason } from '../messaging/reports.js';
import { stoppedError } from '../messaging/stopped.js';
import { described } from '../messaging/thrown.js';
import { Rec } from '../queue/record.js';
import type { Attachments } from './attachments.js';
import type { GivenStreams } from './given-streams.js';
import { identityAt } from './names.js';
import type { SystemLine } from './system-line.js';

/** Of a message that is done with by its letter: what was beside it. This thread may die before it lets go of that. */
interface LastOfIt {
  readonly settles: Step;
  readonly attached: number;
  readonly streams: readonly StreamHandle[];
}

export class Letters {
  constructor(
    readonly arena: Arena,
    readonly post: PostOffice,
    readonly pending: Pending,
    readonly line: SystemLine,
    readonly attachments: Attachments,
    readonly given: GivenStreams,
    readonly pathOf: (address: Address) => string | undefined,
  ) {}

  /**
   * Nobody will handle this record, which was for `to`.
   * @param settles says that it is done with: in one step with its letter, or a death in between would make another one
   * @returns undefined when it is no message
   */
  giveUp(
    record: number,
    to: Address | Identity,
    reason: DeadLetterReason,
    error?: unknown,
    settles?: Step,
  ): DeadLetter | undefined {
    const { i32 } = this.arena;
    const number = attachmentOf(i32, record);
    const objects = number === 0 ? [] : this.attachments.take(number);
    const letter = this.#read(record, i32, objects, to, reason, error);
    const streams = this.given.within(record, i32, objects);
    const last = settles && { settles, attached: number, streams };
    if (objects !== undefined) this.#report(letter, to, senderOf(i32, record), last);
    // What travels beside it is under way still, and the words are used again until then.
    else this.#reportWith(letter, i32.slice(record, record + i32[record + Rec.LENGTH]), number, to);
    this.given.release(streams);
    return letter;
  }

  /**
   * A record that its post office could not put: the box is closed or gone. It is read now.
   * @param isReturned the creating thread sees to the dead letter
   * @returns what follows from it, for when the post office is ready for that
   */
  undeliverable(
    record: number,
    words: Int32Array,
    target: Address,
    why: DeadLetterReason,
    isReturned: boolean,
  ): () => void {
    const kindWord = words[record + Rec.KIND];
    if (!isMessage(kindWord)) return () => undefined;
    const report = isReturned ? undefined : this.#letterOf(record, words, target, why);
    const isTell = (kindWord & KindFlag.MASK) === Kind.TELL;
    const reject = isTell ? undefined : this.#rejectionOf(record, words, target, why);
    return () => {
      report?.();
      reject?.();
    };
  }

  /** A record that its sender could not put, and has left to this thread. */
  returned(record: number, words: Int32Array, target: Address, why: DeadLetterReason): void {
    this.#letterOf(record, words, target, why)();
  }

  #letterOf(record: number, words: Int32Array, target: Address, why: DeadLetterReason): () => void {
    const number = attachmentOf(words, record);
    const letter = this.#read(record, words, number === 0 ? [] : undefined, target, why);
    const from = senderOf(words, record);
    const streams = this.given.within(record, words, number === 0 ? [] : undefined);
    // What travels beside it may come later, and the words are used again until then.
    const copy = number === 0 ? undefined : words.slice(record, record + words[record + Rec.LENGTH]);
    return () => {
      this.given.release(streams);
      if (copy === undefined) this.#report(letter, target, from);
      else this.#reportWith(letter, copy, number, target);
    };
  }

  #rejectionOf(record: number, words: Int32Array, target: Address, why: DeadLetterReason): () => void {
    const replyTo = replyToOf(words, record);
    const correlation = words[record + Rec.CORRELATION];
    const identity = identityAt(this.arena, target.box, target.generation) ?? (target as Partial<Identity>);
    const path = identity.path ?? STOPPED_PATH;
    return () => {
      const error =
        why === 'overflow' ? overflowError(this.post, target, path) : stoppedError(this, { ...target, path });
      if (sameAddress(replyTo, this.line.inbox)) this.pending.close(correlation)?.reject(error);
      else this.post.insist(replyTo, { kind: Kind.REPLY_ERROR, value: error, correlation });
    };
  }

  #read(
    record: number,
    words: Int32Array,
    objects: readonly unknown[] | undefined,
    to: Address | Identity,
    reason: DeadLetterReason,
    error?: unknown,
  ): DeadLetter | undefined {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (!isMessage(kind)) return undefined;
    Atomics.add(this.arena.i32, Header.DEAD_LETTERS, 1);
    const identity = identityAt(this.arena, to.box, to.generation) ?? (to as Partial<Identity>);
    const sender = senderOf(words, record);
    const { method, args } = this.#content(record, words, objects);
    return {
      time: Date.now(),
      reason,
      to: identity.path ?? STOPPED_PATH,
      type: identity.types?.[0] ?? 'Actor',
      from: sender === undefined ? undefined : this.pathOf(sender),
      kind: kind === Kind.TELL ? 'tell' : kind === Kind.ASK ? 'ask' : 'stream',
      method,
      args,
      attempts: words[record + Rec.ATTEMPTS],
      ...(error === undefined ? {} : { error }),
    };
  }

  /** @param objects what travels beside it; undefined when that is not here */
  #content(
    record: number,
    words: Int32Array,
    objects: readonly unknown[] | undefined,
  ): { readonly method: string; readonly args: readonly unknown[] | undefined } {
    const kindWord = words[record + Rec.KIND];
    let method = '';
    try {
      const bytes = words === this.arena.i32 ? this.arena.u8 : new Uint8Array(words.buffer);
      method = this.post.open(record, words, bytes, objects ?? []);
      // What was moved is gone.
      if (objects === undefined || (kindWord & KindFlag.MOVED) !== 0) return { method, args: undefined };
      const args = this.post.decoder.values() as unknown[];
      return { method, args: (kindWord & KindFlag.MASK) === Kind.STREAM ? args.slice(0, -2) : args };
    } catch {
      return { method, args: undefined };
    }
  }

  #reportWith(letter: DeadLetter | undefined, words: Int32Array, number: number, to: Address): void {
    const { attachments } = this;
    const report = (objects: readonly unknown[] | undefined) =>
      this.#report(
        letter && { ...letter, args: this.#content(0, words, objects).args },
        to,
        senderOf(words, 0),
      );
    const moved = (words[Rec.KIND] & KindFlag.MOVED) !== 0;
    // Shown without its content, for which nobody has to wait then.
    const here = moved ? [] : attachments.take(number);
    if (here === undefined) {
      void attachments.receive(number).then(report);
      return;
    }
    report(here);
    attachments.forget(number);
  }

  #report(
    letter: DeadLetter | undefined,
    { box, generation }: Address,
    from: Address | undefined,
    last?: LastOfIt,
  ): void {
    if (letter === undefined) return;
    const { i32 } = this.arena;
    if (Atomics.load(i32, wordOf(box) + Box.GENERATION) === generation) {
      Atomics.add(i32, wordOf(box) + Box.DEAD_LETTERS, 1);
    }
    if (i32[Header.OBSERVED] === 0) return;
    const to = { box, generation };
    const op = 'dead-letter';
    const { settles, attached, streams } = last ?? {};
    const report = (shown: DeadLetter) => ({ op, to, from, letter: shown, attached, streams }) as const;
    const { error } = letter;
    // What of it cannot travel stays behind.
    const isShown = this.line.showSettling(
      settles,
      report(letter),
      () => report(error === undefined ? letter : { ...letter, error: described(error) }),
      () => report({ ...letter, args: undefined, error: undefined }),
    );
    if (!isShown) this.line.notShown();
  }
}
