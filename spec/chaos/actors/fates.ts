/** What a message may do to whoever handles it. */

export const Fate = {
  NONE: 0,
  THROW: 1,
  EXIT: 2,
  EXIT_LATER: 3,
  UNHEARD: 4,
  TIMER: 5,
  /** For those with a limit to that. */
  LOOP: 6,
} as const;
/** Added: each time that it is handled, not only the first. */
export const ALWAYS = 16;

export class FateError extends Error {
  override name = 'FateError';
}

/** @returns when it is nothing, or comes to pass later */
export function meet(fate: number): void {
  switch (fate) {
    case Fate.EXIT:
      process.exit(3);
      break;
    case Fate.EXIT_LATER:
      setImmediate(() => process.exit(4));
      break;
    case Fate.UNHEARD:
      void Promise.reject(new FateError('unheard'));
      break;
    case Fate.TIMER:
      setTimeout(() => {
        throw new FateError('from a timer');
      });
      break;
    case Fate.LOOP:
      for (;;);
  }
}
