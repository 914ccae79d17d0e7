/** Dead letters: counted always, shown when somebody watches; and what becomes of a record that cannot be delivered. */
import type { Arena } from '../memory/arena.js';
import { Box, Header, wordOf } from '../memory/layout.js';
import { type Identity, stoppedError } from '../messaging/actor-ref.js';
import { type Address, Kind, KindFlag, sameAddress } from '../messaging/envelope.js';
import { type PostOffice, replyToOf, senderOf } from '../messaging/mailbox.js';
import type { Pending } from '../messaging/pending.js';
import type { DeadLetter, DeadLetterReason } from '../messaging/reports.js';
import { Rec } from '../queue/record.js';
import { identityAt } from './names.js';
import type { SystemLine } from './system-line.js';
import { described } from './thrown.js';

export class Letters {
  constructor(
    readonly arena: Arena,
    readonly post: PostOffice,
    readonly pending: Pending,
    readonly line: SystemLine,
    readonly pathOf: (address: Address) => string | undefined,
  ) {}

  /** Nobody will handle this record, which was for `to`. @returns undefined when it is no message */
  giveUp(
    record: number,
    to: Address | Identity,
    reason: DeadLetterReason,
    error?: unknown,
  ): DeadLetter | undefined {
    const letter = this.#read(record, this.arena.i32, to, reason, error);
    this.#report(letter, to);
    return letter;
  }

  /**
   * A record that its post office could not put: the box is closed or gone. It is read now.
   * @returns what follows from it, for when the post office is ready for that
   */
  undeliverable(record: number, words: Int32Array, target: Address, why: DeadLetterReason): () => void {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (kind !== Kind.TELL && kind !== Kind.ASK && kind !== Kind.STREAM) return () => undefined;
    const letter = this.#read(record, words, target, why);
    const replyTo = replyToOf(words, record);
    const correlation = words[record + Rec.CORRELATION];
    return () => {
      this.#report(letter, target);
      if (kind === Kind.TELL) return;
      const error = stoppedError(this, { ...target, path: letter?.to ?? '/(stopped)' });
      if (sameAddress(replyTo, this.line.inbox)) this.pending.close(correlation)?.reject(error);
      else this.post.post(replyTo, { kind: Kind.REPLY_ERROR, value: error, correlation });
    };
  }

  #read(
    record: number,
    words: Int32Array,
    to: Address | Identity,
    reason: DeadLetterReason,
    error?: unknown,
  ): DeadLetter | undefined {
    const kind = words[record + Rec.KIND] & KindFlag.MASK;
    if (kind !== Kind.TELL && kind !== Kind.ASK && kind !== Kind.STREAM) return undefined;
    Atomics.add(this.arena.i32, Header.DEAD_LETTERS, 1);
    const identity = identityAt(this.arena, to.box, to.generation) ?? (to as Partial<Identity>);
    const sender = senderOf(words, record);
    let method = '';
    let args: readonly unknown[] | undefined;
    try {
      const bytes = words === this.arena.i32 ? this.arena.u8 : new Uint8Array(words.buffer);
      method = this.post.open(record, words, bytes, []);
      if ((words[record + Rec.KIND] & KindFlag.ATTACHED) === 0)
        args = this.post.decoder.values() as unknown[];
      if (kind === Kind.STREAM) args = args?.slice(0, -3);
    } catch {
      args = undefined;
    }
    return {
      time: Date.now(),
      reason,
      to: identity.path ?? '/(stopped)',
      type: identity.types?.[0] ?? 'Actor',
      from: sender === undefined ? undefined : this.pathOf(sender),
      kind: kind === Kind.TELL ? 'tell' : kind === Kind.ASK ? 'ask' : 'stream',
      method,
      args,
      attempts: words[record + Rec.ATTEMPTS],
      ...(error === undefined ? {} : { error }),
    };
  }

  #report(letter: DeadLetter | undefined, { box, generation }: Address): void {
    if (letter === undefined) return;
    const { i32 } = this.arena;
    if (Atomics.load(i32, wordOf(box) + Box.GENERATION) === generation) {
      Atomics.add(i32, wordOf(box) + Box.DEAD_LETTERS, 1);
    }
    if (i32[Header.OBSERVED] === 0) return;
    const to = { box, generation };
    const report = (shown: DeadLetter) => ({ op: 'dead-letter' as const, to, letter: shown });
    const { error } = letter;
    // What of it cannot travel stays behind.
    this.line.tell(
      report(letter),
      () => report(error === undefined ? letter : { ...letter, error: described(error) }),
      () => report({ ...letter, args: undefined, error: undefined }),
    );
  }
}
