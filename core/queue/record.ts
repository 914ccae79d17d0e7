/**
 * A record: what lies in a chain. Its first words are the same for all; the rest is the payload.
 *
 * ```
 *  LENGTH KIND ATTEMPTS TIME_LOW TIME_HIGH SENDER SENDER_GENERATION METHOD CORRELATION REPLY_TO REPLY_GENERATION
 *  DEADLINE | payload ...
 * ```
 */
export const Rec = {
  /** Words, the header included. */
  LENGTH: 0,
  KIND: 1,
  /** How often it was begun: written by the consumer, so that a replacement knows. */
  ATTEMPTS: 2,
  /** Microseconds since the arena's epoch, two words. */
  TIME_LOW: 3,
  TIME_HIGH: 4,
  SENDER: 5,
  SENDER_GENERATION: 6,
  METHOD: 7,
  CORRELATION: 8,
  REPLY_TO: 9,
  REPLY_GENERATION: 10,
  /**
   * Milliseconds since the epoch after which an ask is not begun any more; 0 for never. Of a stream's item: after how
   * many of them its subscriber gives credit.
   */
  DEADLINE: 11,
  PAYLOAD: 12,
} as const;

/** Set in KIND: withdrawn by its sender while it was held; whoever meets it passes over it. */
export const VOID = 1 << 30;

/** The part of KIND that says what it is; the other bits are flags. */
export const KIND_MASK = 0xff;
/** The end mark: closes the box that it is published into. */
export const SENTINEL_KIND = 4;
export const TERMINATED_KIND = 5;

/** Whether a record may stand beyond a mailbox's limits: the end mark, and notices of death. */
export const isExempt = (kindWord: number): boolean => {
  const kind = kindWord & KIND_MASK;
  return kind === SENTINEL_KIND || kind === TERMINATED_KIND;
};
