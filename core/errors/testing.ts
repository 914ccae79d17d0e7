/** What the helpers for tests throw. */
import { named, TroupeError } from './troupe-error.js';
import { millis } from './wording.js';

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
