/** What may go wrong with a shared queue. */
import { named, TroupeError } from './troupe-error.js';
import { millis } from './wording.js';

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

/** `taskDone` was called more often than there were items. */
export class TaskDoneCalledTooOftenError extends TroupeError {
  static {
    named(TaskDoneCalledTooOftenError, 'TaskDoneCalledTooOftenError');
  }
  constructor(why = 'taskDone() was called more often than items were taken. Call it once for every get().') {
    super(why);
  }
}
