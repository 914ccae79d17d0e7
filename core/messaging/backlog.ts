/** Whether a thread reads what it is sent: inboxes have no limits of their own, since answers must always find room. */
import { Lane, LaneConsumer } from '../memory/layout.js';
import { consumerWords, producerWords } from '../queue/block-chain.js';
import type { Address } from './envelope.js';
import type { FlowEvent } from './reports.js';

/** What may lie unread before news that can be missed are counted only: 1 MiB. */
const MAX_WORDS = 1 << 18;

/** A thread that is stuck, or slow: what it only watches must not fill the memory of all. */
export function isBehind(i32: Int32Array, { box }: Address): boolean {
  const put = i32[producerWords(box, 0) + Lane.PUT_WORDS];
  const taken = i32[consumerWords(box, 0) + LaneConsumer.TAKEN_WORDS];
  return ((put - taken) | 0) > MAX_WORDS;
}

/** Of each message there are two events, which may be missed; what happens to actors, and what fails, is always shown. */
export const isLasting = ({ kind }: FlowEvent): boolean => kind !== 'accepted' && kind !== 'handled';
