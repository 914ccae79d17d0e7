import type { Address } from './envelope.js';
import type { DeadLetterReason } from './reports.js';

/** What the post office asks of the thread that it serves. */
export interface PostHooks {
  /**
   * A record that nobody will handle: its mailbox is closed or gone. It is read now, and what follows from it
   * (posts of its own) is done by the function returned, when the post office is ready for that.
   * @param isReturned the creating thread has it: of the dead letter nothing is to be said
   */
  undeliverable(
    record: number,
    words: Int32Array,
    target: Address,
    reason: DeadLetterReason,
    isReturned: boolean,
  ): () => void;
  /**
   * Objects that travel beside a record.
   * @param to the inbox that it goes to; undefined for a mailbox
   * @returns their number
   */
  attach(objects: readonly unknown[], transfer: readonly unknown[], to: Address | undefined): number;
  /** Nobody will ask for them. */
  detach(number: number): void;
  /** A record was taken back before it was in a mailbox. */
  withdrawn(record: number): void;
  /** What a record takes along, as noted by its encoding. @returns what is to be done when it has been put */
  keep(target: Address, taken: readonly unknown[]): () => void;
  /** As many messages are held for one box: a multiple of 100,000. */
  manyHeld(target: Address, count: number): void;
  /** What had to be heard of cannot be posted at all. */
  unsaid(error: unknown): void;
  /**
   * This thread has given itself work: no wake-up comes for that.
   * @param place whose mailbox it is; 0 for what is marked in the ready set
   */
  local(place: number): void;
}
