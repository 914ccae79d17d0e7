/** Answers: whoever waits for one hears something, also when the answer itself cannot be sent. */
import {
  ArenaFullError,
  MailboxFullError,
  MessageNotSerializableError,
  type TroupeError,
} from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import { type Address, Kind } from './envelope.js';
import type { PostOffice } from './mailbox.js';
import type { Outgoing } from './outgoing.js';
import { described } from './thrown.js';

/**
 * @param refused the kind of record that says why there is none: a value that cannot travel, or a full arena
 */
export function postAnswer(
  post: PostOffice,
  to: Address,
  answer: Outgoing,
  refused: Kind = Kind.REPLY_ERROR,
): void {
  try {
    if (post.post(to, answer) === 'no-memory') throw arenaFull(post);
  } catch (error) {
    const isThrown = answer.kind === Kind.REPLY_ERROR || answer.kind === Kind.STREAM_ERROR;
    const cannotTravel = isThrown && error instanceof MessageNotSerializableError;
    post.insist(to, { ...answer, kind: refused, value: cannotTravel ? described(answer.value) : error });
  }
}

/** The answer to a question, a value: as {@link postAnswer}. */
export function postReply(
  post: PostOffice,
  to: Address,
  value: unknown,
  correlation: number,
  sender: Address,
): void {
  try {
    if (post.reply(to, value, correlation, sender) === 'no-memory') throw arenaFull(post);
  } catch (error) {
    post.insist(to, { kind: Kind.REPLY_ERROR, value: error, correlation, sender });
  }
}

/** For what was encoded last, and found no room. */
export function arenaFull({ arena, encoder }: PostOffice): ArenaFullError {
  return new ArenaFullError(encoder.position * 4, arena.bytesInUse, arena.capacity);
}

/** Why a message to a living actor was not taken: its sender may hold no more, or nobody may. */
export function overflowError(post: PostOffice, { box }: Address, path: string): TroupeError {
  return post.arena.i32[wordOf(box) + Box.HELD] === 0 ? arenaFull(post) : new MailboxFullError(path);
}
