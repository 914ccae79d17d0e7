/** What may go wrong with a lock, and with whatever threads wait for, queues included. */
import { named, TroupeError } from './troupe-error.js';
import { millis } from './wording.js';

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
