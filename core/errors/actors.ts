/** What may go wrong when an actor is started or looked for. */
import { named, TroupeError } from './troupe-error.js';
import { messageOf, millis } from './wording.js';

/** An actor class was built by `new` or by a container, instead of by `spawn`. */
export class ActorConstructedDirectlyError extends TroupeError {
  static {
    named(ActorConstructedDirectlyError, 'ActorConstructedDirectlyError');
  }
  constructor(readonly type: string) {
    super(
      `${type} is an actor, and only its system builds it: await system.spawn(${type}) gives a ref, which can be ` +
        `passed on or injected. In a test: construct(${type}) from 'troupe/testing'.`,
    );
  }
}

/** An actor class does not say which module it is in, so no other thread could load it. */
export class ActorModuleMissingError extends TroupeError {
  static {
    named(ActorModuleMissingError, 'ActorModuleMissingError');
  }
  constructor(
    readonly type: string,
    /** The class it extends has a mark; marks are not inherited. */
    inheritsMark = false,
  ) {
    super(
      `${type} does not say where it is defined, so that its thread cannot load it` +
        `${inheritsMark ? ' (the mark of the class it extends does not count for it)' : ''}. ` +
        `Write \`static module = import.meta.url;\` into the class, or \`@actor(import.meta.url)\` above it ` +
        '(in CommonJS: __filename).',
    );
  }
}

/** The class is not in the module that it is said to be in, or more than one of that name is. */
export class ActorClassNotFoundError extends TroupeError {
  static {
    named(ActorClassNotFoundError, 'ActorClassNotFoundError');
  }
  constructor(
    readonly type: string,
    readonly module: string,
    /** What the module offers under that name, or at all. */
    readonly candidates: readonly string[],
    ambiguous = false,
    options?: ErrorOptions,
  ) {
    const list = candidates.length === 0 ? 'nothing' : candidates.join(', ');
    super(
      ambiguous
        ? `${module} has more than one actor class ${type}: ${list}. Give each a name of its own.`
        : `There is no actor class ${type} in ${module}, which offers ${list}. Export it under its own name, ` +
            'or mark it with @actor.',
      options,
    );
  }
}

/** An actor's module failed to load, its constructor threw, or its `onStart` did. `cause` is what was thrown. */
export class ActorStartError extends TroupeError {
  static {
    named(ActorStartError, 'ActorStartError');
  }
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`${path} could not start: ${messageOf(cause)}`, { cause });
  }
}

/** An actor's `onStart` did not end in time. */
export class StartTimeoutError extends TroupeError {
  static {
    named(StartTimeoutError, 'StartTimeoutError');
  }
  constructor(
    readonly path: string,
    readonly timeoutMs: number,
  ) {
    super(`${path} had not started after ${millis(timeoutMs)}. Do less in onStart, or raise startTimeoutMs.`);
  }
}

/** The actor found there is of another class. */
export class WrongActorTypeError extends TroupeError {
  static {
    named(WrongActorTypeError, 'WrongActorTypeError');
  }
  constructor(
    readonly path: string,
    readonly actual: string,
    readonly expected: string,
  ) {
    super(`${path} is a ${actual}, not a ${expected}. Find it as a ${actual}, or under another path.`);
  }
}

/** There is no actor of that path. */
export class ActorNotFoundError extends TroupeError {
  static {
    named(ActorNotFoundError, 'ActorNotFoundError');
  }
  constructor(readonly path: string) {
    super(
      `There is no actor ${path}. It has not been spawned yet, or has stopped; system.metrics() lists all.`,
    );
  }
}

/** A sibling has that name already. */
export class NameTakenError extends TroupeError {
  static {
    named(NameTakenError, 'NameTakenError');
  }
  constructor(readonly path: string) {
    super(
      `There is an actor ${path} already. Choose another name, or wait until it has stopped: await ref.join().`,
    );
  }
}
