/** What may go wrong with a stream, as an answer or as an argument. */
import { named, TroupeError } from './troupe-error.js';

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
