/**
 * Every error that Troupe throws: a class each, with a `code` made from its name.
 *
 * ```ts
 * try {
 *   await counter.ask.total();
 * } catch (error) {
 *   if (error instanceof AskTimeoutError) retryLater();      // or: error.code === 'ERR_TROUPE_ASK_TIMEOUT'
 * }
 * ```
 *
 * Errors cross threads by their prototype and own properties, without their constructor running again: hence no
 * private fields here, and the name on the prototype, where it also survives a minifier.
 */
import { inspect } from 'node:util';
import type { ExitReason } from './messaging/reports.js';

/** `AskTimeoutError` -> `ERR_TROUPE_ASK_TIMEOUT` */
function codeOf(name: string): string {
  const words = name.replace(/Error$/, '').replace(/([a-z0-9])(?=[A-Z])/g, '$1_');
  return `ERR_TROUPE_${words.toUpperCase()}`;
}

function named(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}

function show(value: unknown): string {
  try {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100 });
  } catch {
    // A getter or an `inspect.custom` of the value threw.
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}

function millis(timeoutMs: number): string {
  return `${timeoutMs} ms`;
}

/** What a stop was for, in a few words. */
function describeReason(reason: ExitReason): string {
  switch (reason.kind) {
    case 'failed':
      return `failed (${messageOf(reason.error)})`;
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

/** What all errors of Troupe have in common: a stable `code`. */
export class TroupeError extends Error {
  static {
    named(TroupeError, 'TroupeError');
  }
  /** `ERR_TROUPE_` and the name of the class in snake case, without its last word. Stable over releases. */
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = codeOf(this.name);
  }
}

// --- Asking and telling -------------------------------------------------------------------------------------

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

/** A stream came faster than its subscriber took it, and its buffer was full. */
export class StreamOverflowError extends TroupeError {
  static {
    named(StreamOverflowError, 'StreamOverflowError');
  }
  constructor(
    readonly path: string,
    /** Undefined for a stream that was given as an argument. */
    readonly method: string | undefined,
    /** Items that the buffer holds. */
    readonly buffer: number,
  ) {
    super(
      method === undefined
        ? `An Observable that ${path} gave as an argument ran ${buffer} items ahead of its subscriber. Give an ` +
            "AsyncIterable, which is pulled, or drop items: ref.with({ overflow: 'drop-oldest' })."
        : `The stream ${method}() of ${path} ran ${buffer} items ahead of its subscriber. Return an AsyncIterable, ` +
            "which is pulled, or drop items: ref.with({ overflow: 'drop-oldest' }).",
    );
  }
}

/** A stream that came as an argument was subscribed to too late. */
export class StreamArgumentOverError extends TroupeError {
  static {
    named(StreamArgumentOverError, 'StreamArgumentOverError');
  }
  constructor() {
    super(
      'A stream that was given as an argument can be subscribed to until its message has been handled, and while ' +
        'whoever gave it lives. Subscribe before the handler has settled; what is subscribed by then goes on.',
    );
  }
}

/** A method was subscribed to that gave no Observable and no AsyncIterable. */
export class NotStreamableError extends TroupeError {
  static {
    named(NotStreamableError, 'NotStreamableError');
  }
  constructor(
    readonly path: string,
    readonly method: string,
  ) {
    super(
      `${method}() of ${path} gave no Observable and no AsyncIterable, so there is nothing to subscribe to. ` +
        `Ask for its value: ref.ask.${method}().`,
    );
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

// --- Starting and finding -----------------------------------------------------------------------------------

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

/** The system is stopping or has stopped. */
export class SystemStoppedError extends TroupeError {
  static {
    named(SystemStoppedError, 'SystemStoppedError');
  }
  constructor(readonly call: string) {
    super(`${call} was refused, since the actor system is stopping or has stopped. Start another system.`);
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

// --- Memory and threads -------------------------------------------------------------------------------------

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

// --- Queues and locks ---------------------------------------------------------------------------------------

/** The queue stayed full until the time-out. */
export class QueueFullError extends TroupeError {
  static {
    named(QueueFullError, 'QueueFullError');
  }
  constructor(
    readonly size: number,
    readonly timeoutMs: number,
  ) {
    super(
      `The queue stayed full, with ${size} items, for ${millis(timeoutMs)}. Add consumers, or raise maxItems.`,
    );
  }
}

/** The queue stayed empty until the time-out. */
export class QueueEmptyError extends TroupeError {
  static {
    named(QueueEmptyError, 'QueueEmptyError');
  }
  constructor(readonly timeoutMs: number) {
    super(
      `The queue stayed empty for ${millis(timeoutMs)}. Wait longer, or end it with shutdown() or SENTINEL.`,
    );
  }
}

/** The queue takes no more items, or has none left to give. */
export class QueueShutDownError extends TroupeError {
  static {
    named(QueueShutDownError, 'QueueShutDownError');
  }
  constructor(readonly call: string) {
    super(`${call} was refused: the queue has been shut down, or its sentinel has been put.`);
  }
}

/** An item is larger than the queue may ever hold. */
export class ItemTooLargeError extends TroupeError {
  static {
    named(ItemTooLargeError, 'ItemTooLargeError');
  }
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      `An item of ${bytes} bytes does not fit into a queue of ${maxBytes} bytes. Raise maxBytes, or split it.`,
    );
  }
}

/** A queue or lock was used after some thread had disposed of it. */
export class DisposedError extends TroupeError {
  static {
    named(DisposedError, 'DisposedError');
  }
  constructor(
    /** What it was: `'SharedQueue'`, `'Mutex'`. */
    readonly kind: string,
  ) {
    super(
      `This ${kind} has been disposed of, and its memory given back. Create another, and call dispose() when ` +
        'all threads are done with it.',
    );
  }
}

/** `taskDone` was called more often than there were items. */
export class TaskDoneCalledTooOftenError extends TroupeError {
  static {
    named(TaskDoneCalledTooOftenError, 'TaskDoneCalledTooOftenError');
  }
  constructor(why = 'taskDone() was called more often than items were taken. Call it once for every get().') {
    super(why);
  }
}

/** The death of this thread would go unnoticed, so it may not share a queue. */
export class ThreadNotTrackedError extends TroupeError {
  static {
    named(ThreadNotTrackedError, 'ThreadNotTrackedError');
  }
  constructor(readonly threadId: number) {
    super(
      `Thread ${threadId} was made before 'troupe/queue' was imported, so its death would go unnoticed. ` +
        'Import it first in the thread that makes the workers, or call trackWorker(worker) there.',
    );
  }
}

/** What was waited for did not happen in time: a lock, a signal, the end of all tasks. */
export class WaitTimeoutError extends TroupeError {
  static {
    named(WaitTimeoutError, 'WaitTimeoutError');
  }
  constructor(
    /** What was waited for. */
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    super(
      `${what} did not come within ${millis(timeoutMs)}. Wait longer, or see what its holders are doing.`,
    );
  }
}

/** A call that blocks its thread was made on the main thread. */
export class SyncOnMainThreadError extends TroupeError {
  static {
    named(SyncOnMainThreadError, 'SyncOnMainThreadError');
  }
  constructor(readonly call: string) {
    const awaited = call.replace(/Sync\b/, '');
    super(`${call} would freeze the main thread. Use await ${awaited}, or call it in a worker.`);
  }
}

/** The thread that held the lock died; what the lock guards may be half changed. Told once, to the next owner. */
export class OwnerDiedError extends TroupeError {
  static {
    named(OwnerDiedError, 'OwnerDiedError');
  }
  constructor(readonly lock: string) {
    super(`The thread that held the ${lock} died. You own it now: check what it guards, then release it.`);
  }
}

/** A lock was released, or its condition used, by a thread that does not hold it. */
export class NotOwnerError extends TroupeError {
  static {
    named(NotOwnerError, 'NotOwnerError');
  }
  constructor(readonly call: string) {
    super(`${call} was refused: this thread does not hold the lock. Acquire it first.`);
  }
}

/** The barrier was broken: one of its threads died, gave up, or aborted it. */
export class BrokenBarrierError extends TroupeError {
  static {
    named(BrokenBarrierError, 'BrokenBarrierError');
  }
  constructor(why = 'a thread died, gave up waiting, or called abort()') {
    super(`The barrier is broken: ${why}. Call reset() when all have left it.`);
  }
}

// --- Testing ------------------------------------------------------------------------------------------------

/** A probe has not heard what was expected of it, or has heard what was not. */
export class ProbeExpectationError extends TroupeError {
  static {
    named(ProbeExpectationError, 'ProbeExpectationError');
  }
  /** Test runners show the difference. */
  readonly showDiff = true;
  constructor(
    message: string,
    readonly expected: unknown,
    readonly actual: unknown,
  ) {
    super(message);
  }
}

/** A test system was started while another one has this thread's clock. */
export class TestSystemRunningError extends TroupeError {
  static {
    named(TestSystemRunningError, 'TestSystemRunningError');
  }
  constructor() {
    const fix = 'Shut it down in afterEach, or use TestSystem.run, which does so by itself.';
    super(`Another TestSystem is running, and a thread has one clock to be taken over. ${fix}`);
  }
}

/** The actors of a test system went on for ever without any time passing. */
export class NeverSettledError extends TroupeError {
  static {
    named(NeverSettledError, 'NeverSettledError');
  }
  constructor(
    readonly steps: number,
    /** Who had mail then. */
    readonly busy: readonly string[],
    remark: string,
  ) {
    const who = busy.length > 0 ? `Busy at the end: ${busy.join(', ')}. ` : '';
    const why = 'Do they send each other messages for ever?';
    super(`After ${steps} steps (maxSteps) the system had not come to rest. ${who}${why}${remark}`);
  }
}

/** A promise had not settled when a test system had let as much time pass as it may. */
export class NotInVirtualTimeError extends TroupeError {
  static {
    named(NotInVirtualTimeError, 'NotInVirtualTimeError');
  }
  constructor(
    readonly limitMs: number,
    remark: string,
  ) {
    super(`It had not settled after ${millis(limitMs)} of virtual time (limitMs).${remark}`);
  }
}

/** A file is no recording of an actor's messages, or one that this version does not read. */
export class RecordingUnreadableError extends TroupeError {
  static {
    named(RecordingUnreadableError, 'RecordingUnreadableError');
  }
  constructor(
    readonly file: string,
    readonly line: number,
    why: string,
  ) {
    super(`${file} cannot be replayed. Line ${line}: ${why}. Make another one by record().`);
  }
}

// --- The dashboard ------------------------------------------------------------------------------------------

/** A dashboard was to be served beyond this machine, and nothing would have told friends from strangers. */
export class DashboardTokenMissingError extends TroupeError {
  static {
    named(DashboardTokenMissingError, 'DashboardTokenMissingError');
  }
  constructor(readonly host: string) {
    super(
      `host is ${show(host)}, where other machines could see the dashboard and replay messages. ` +
        "Give it a token, or leave the host at '127.0.0.1'.",
    );
  }
}

/** The address that a dashboard was to be served at cannot be had: its port is in use, for one. */
export class DashboardAddressError extends TroupeError {
  static {
    named(DashboardAddressError, 'DashboardAddressError');
  }
  constructor(
    readonly host: string,
    readonly port: number,
    cause: unknown,
  ) {
    const { code } = cause as { code?: unknown };
    const why =
      code === 'EADDRINUSE'
        ? `port ${port} is in use. Name another one, or 0 for any that is free.`
        : code === 'EACCES'
          ? `port ${port} may not be used. Name one above 1023, or 0 for any that is free.`
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? `${show(host)} is no address of this machine.`
            : messageOf(cause);
    super(`The dashboard cannot be served: ${why}`, { cause });
  }
}
