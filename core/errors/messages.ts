/** What may go wrong with a message: told, asked, or sent. */
import type { ExitReason } from '../messaging/reports.js';
import { named, TroupeError } from './troupe-error.js';
import { messageOf, millis, show } from './wording.js';

/** What a stop was for, in a few words. */
function describeReason(reason: ExitReason): string {
  switch (reason.kind) {
    case 'failed':
      // Of one that has ended a while ago only that much is known.
      return reason.error === undefined ? 'failed' : `failed (${messageOf(reason.error)})`;
    case 'escalated':
      return `stopped because ${reason.from} failed`;
    case 'timed-out':
      return 'was terminated, since its stop ran out of time';
    case 'killed':
      return 'was killed';
    case 'stopped':
      return 'has stopped';
  }
}

/** The answer to an `ask` did not come in time. */
export class AskTimeoutError extends TroupeError {
  static {
    named(AskTimeoutError, 'AskTimeoutError');
  }
  constructor(
    readonly path: string,
    readonly method: string,
    readonly timeoutMs: number,
    /** The actors that seem to wait for each other, when that is why. */
    readonly cycle?: readonly string[],
  ) {
    super(
      `${path} did not answer ${method}() within ${millis(timeoutMs)}. ` +
        (cycle
          ? `These seem to wait for each other: ${cycle.join(' -> ')}. Answer by tell, or ask outside the handler.`
          : 'See what it is doing in system.metrics(), or wait longer: ref.with({ timeoutMs }), askTimeoutMs.'),
    );
  }
}

/** The actor has stopped, and will not handle this. `reason` says why it stopped. */
export class ActorStoppedError extends TroupeError {
  static {
    named(ActorStoppedError, 'ActorStoppedError');
  }
  constructor(
    readonly path: string,
    readonly reason: ExitReason,
  ) {
    const cause = reason.kind === 'failed' ? { cause: reason.error } : undefined;
    super(`${path} ${describeReason(reason)} and takes no more messages. Find or spawn another one.`, cause);
  }
}

/** This `ask` would have closed a circle of actors that wait for each other (`askCycle: 'reject'`). */
export class AskCycleError extends TroupeError {
  static {
    named(AskCycleError, 'AskCycleError');
  }
  constructor(readonly cycle: readonly string[]) {
    super(`These would wait for each other forever: ${cycle.join(' -> ')}. Use tell, and answer by tell.`);
  }
}

/** An actor waited for its own end, which cannot come while it waits. */
export class WouldWaitForSelfError extends TroupeError {
  static {
    named(WouldWaitForSelfError, 'WouldWaitForSelfError');
  }
  constructor(
    readonly path: string,
    readonly call: string,
  ) {
    super(`${call} in ${path} would wait for ${path} itself. Begin the stop without awaiting, and return.`);
  }
}

/** A message holds something that cannot be copied to another thread. */
export class MessageNotSerializableError extends TroupeError {
  static {
    named(MessageNotSerializableError, 'MessageNotSerializableError');
  }
  constructor(
    /** Where in the message, as `args[0].user.callback`. */
    readonly path: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The message cannot be sent: ${path}: ${reason}.`, options);
  }
}

/** A ref of an actor of another system: it works in the program that holds it, and is no address in this system. */
export class ForeignRefError extends TroupeError {
  static {
    named(ForeignRefError, 'ForeignRefError');
  }
  constructor(
    /** Of the actor, in its own system. */
    readonly path: string,
  ) {
    super(
      `The ref of ${path} belongs to another actor system, and leads nowhere in this one. ` +
        'Call it in the program that runs both, or let an actor of this system pass on what it is sent.',
    );
  }
}

/** Its sender may hold no more messages for the actor, whose mailbox is full: this one became a dead letter. */
export class MailboxFullError extends TroupeError {
  static {
    named(MailboxFullError, 'MailboxFullError');
  }
  constructor(
    /** Of the actor. */
    readonly path: string,
  ) {
    super(
      `The mailbox of ${path} is full, and so is what may be held for it (mailbox.maxHeld). ` +
        'Await drained() between sends, raise maxHeld or maxItems, or add workers.',
    );
  }
}

/** A message is larger than its receiver's mailbox may ever hold. */
export class MessageTooLargeError extends TroupeError {
  static {
    named(MessageTooLargeError, 'MessageTooLargeError');
  }
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      `A message of ${bytes} bytes does not fit into a mailbox of ${maxBytes} bytes. ` +
        'Raise mailbox.maxBytes, send it in parts, or share it in a SharedArrayBuffer.',
    );
  }
}

/** A message named a method that the receiver does not have, or does not offer. */
export class UnknownMethodError extends TroupeError {
  static {
    named(UnknownMethodError, 'UnknownMethodError');
  }
  constructor(
    readonly method: string,
    /** The receiver's class. */
    readonly type: string,
    why = 'A message names a public method of the class; getters, hooks and #private methods are none.',
  ) {
    super(`${type} has no message ${show(method)}. ${why}`);
  }
}

/** What the other side threw was no Error, or could not be copied. `value` is what could be. */
export class RemoteError extends TroupeError {
  static {
    named(RemoteError, 'RemoteError');
  }
  constructor(
    message: string,
    readonly value?: unknown,
  ) {
    super(message);
  }
}
