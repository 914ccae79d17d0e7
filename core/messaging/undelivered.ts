/**
 * A record that nobody will handle goes from its sender's outbox to the creating thread, which makes a dead letter of it:
 * as it is, behind a header of its own. It is put there and taken out of the outbox in one publication, so that a sender
 * who dies on the way has done both, or neither; then whoever adopts the outbox sees to it.
 */
import { Chain, type Granule, wordOf } from '../memory/layout.js';
import type { Producer } from '../queue/producer.js';
import { Rec } from '../queue/record.js';
import { type Address, Kind } from './envelope.js';
import type { DeadLetterReason } from './reports.js';

/** Behind the header: whom it was for, why that is not to be, and the record. */
const Undelivered = {
  BOX: Rec.PAYLOAD,
  GENERATION: Rec.PAYLOAD + 1,
  WHY: Rec.PAYLOAD + 2,
  RECORD: Rec.PAYLOAD + 3,
} as const;

/** What can happen to a message that is in no mailbox yet. */
const REASONS: readonly DeadLetterReason[] = ['stopped', 'overflow'];

export class Returns {
  constructor(
    readonly producer: Producer,
    /** The creating thread's inbox. */
    readonly system: Address,
  ) {}

  /**
   * @param block the outbox's, which the record lies in; its CONSUMED becomes `readTo`
   * @returns false when there is no room for it now
   */
  put(record: number, block: Granule, readTo: number, target: Address, why: DeadLetterReason): boolean {
    const { i32 } = this.producer.arena;
    const size = i32[record + Rec.LENGTH];
    const length = Undelivered.RECORD + size;
    const words = new Int32Array(length);
    words[Rec.LENGTH] = length;
    words[Rec.KIND] = Kind.UNDELIVERED;
    words[Undelivered.BOX] = target.box;
    words[Undelivered.GENERATION] = target.generation;
    words[Undelivered.WHY] = REASONS.indexOf(why);
    for (let i = 0; i < size; i++) words[Undelivered.RECORD + i] = i32[record + i];
    const { box, generation } = this.system;
    const moves = wordOf(block) + Chain.CONSUMED;
    const result = this.producer.publish(box, generation, 0, words, 0, length, moves, length - readTo);
    // A system that has ended hears of nothing any more.
    return result === 'all' || result === 'closed' || result === 'gone';
  }
}

/** What came back, and where its record lies. */
export function returned(words: Int32Array, at: number) {
  const target: Address = {
    box: words[at + Undelivered.BOX] as Granule,
    generation: words[at + Undelivered.GENERATION],
  };
  return { record: at + Undelivered.RECORD, target, why: REASONS[words[at + Undelivered.WHY]] };
}
