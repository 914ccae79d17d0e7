/** What may go wrong with a system: what it is given, its memory, its threads. */
import { named, TroupeError } from './troupe-error.js';
import { messageOf, show } from './wording.js';

/** `ActorSystem.start` was called in an actor's thread, where the system runs already. */
export class StartInsideActorThreadError extends TroupeError {
  static {
    named(StartInsideActorThreadError, 'StartInsideActorThreadError');
  }
  constructor() {
    super(
      'ActorSystem.start() was called inside an actor thread, which imported this module for its actors. ' +
        'Use ActorSystem.run(), which does nothing there, or ask isActorThread first.',
    );
  }
}

/** The system is stopping or has stopped. */
export class SystemStoppedError extends TroupeError {
  static {
    named(SystemStoppedError, 'SystemStoppedError');
  }
  constructor(readonly call: string) {
    super(`${call} was refused, since the actor system is stopping or has stopped. Start another system.`);
  }
}

/** An option has a value outside its range. */
export class OptionOutOfRangeError extends TroupeError {
  static {
    named(OptionOutOfRangeError, 'OptionOutOfRangeError');
  }
  constructor(
    readonly option: string,
    readonly value: unknown,
    /** The values allowed, as `1 to 4294967296 bytes`. */
    readonly range: string,
  ) {
    super(`The option ${option} is ${show(value)}, but must be ${range}.`);
  }
}

/** A call was given something of another kind than it takes. */
export class WrongArgumentError extends TroupeError {
  static {
    named(WrongArgumentError, 'WrongArgumentError');
  }
  constructor(
    /** What was called, as `spawn`. */
    readonly call: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(`${call} was given ${show(value)}. Give it ${expected}.`);
  }
}

/** The module named by `providers` could not be loaded, or exports no function `register`. */
export class ProvidersNotFoundError extends TroupeError {
  static {
    named(ProvidersNotFoundError, 'ProvidersNotFoundError');
  }
  constructor(
    readonly module: string,
    /** What the import was rejected with; without it the module has no `register`. */
    failed?: { readonly cause: unknown },
  ) {
    super(
      failed === undefined
        ? `The providers module ${module} exports no function register. ` +
            'Write `export function register(container) { … }` there.'
        : `The providers module ${module} could not be loaded: ${messageOf(failed.cause)}. ` +
            'Give providers the URL of a module that can be imported.',
      failed,
    );
  }
}

/** The memory that all threads share is used up. */
export class ArenaFullError extends TroupeError {
  static {
    named(ArenaFullError, 'ArenaFullError');
  }
  constructor(
    /** What was asked for. */
    readonly bytes: number,
    readonly bytesInUse: number,
    readonly capacity: number,
  ) {
    super(
      `There is no room for ${bytes} bytes: ${bytesInUse} of the arena's ${capacity} bytes are in use. ` +
        'Raise arenaBytes (4 GiB at most), bound the mailboxes, or await drained() between sends.',
    );
  }
}

/** Shared memory does not hold what it should: a bug, or something wrote into it. */
export class CorruptRecordError extends TroupeError {
  static {
    named(CorruptRecordError, 'CorruptRecordError');
  }
  constructor(readonly what: string) {
    super(
      `Shared memory holds what nobody should have written: ${what}. Please report this, with the message sent.`,
    );
  }
}

/** A thread ended: by `process.exit()`, an uncaught error, for want of memory, or terminated. */
export class ThreadDiedError extends TroupeError {
  static {
    named(ThreadDiedError, 'ThreadDiedError');
  }
  constructor(
    /** The thread, or the actor it ran. */
    readonly who: string,
    readonly exitCode: number | undefined,
    options?: ErrorOptions,
  ) {
    const why = options?.cause instanceof Error ? `: ${options.cause.message}` : '';
    super(
      `The thread of ${who} ended${exitCode === undefined ? '' : ` with code ${exitCode}`}${why}.`,
      options,
    );
  }
}
