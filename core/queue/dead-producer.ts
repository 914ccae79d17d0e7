/** What a producer left half done when its thread died: see the note in producer.ts. Settled by whoever buries it. */
import type { Arena } from '../memory/arena.js';
import {
  Box,
  BoxFlag,
  Chain,
  type Granule,
  Lane,
  LaneConsumer,
  NONE,
  NoteFlag,
  Thread,
  wordOf,
} from '../memory/layout.js';
import { consumerWords, producerWords } from './block-chain.js';

/**
 * Finishes or drops what a dead producer was publishing, while its lock on the box is held by nobody else.
 */
export function settlePublication(arena: Arena, deadRecord: number): void {
  const { i32 } = arena;
  const box = i32[deadRecord + Thread.NOTE_BOX] as Granule;
  if (box !== NONE) {
    for (let lane = 0; lane < 2; lane++) {
      const p = producerWords(box, lane);
      const tail = i32[p + Lane.TAIL_BLOCK] as Granule;
      // The consumer moves it without the lock.
      const head = Atomics.load(i32, consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK) as Granule;
      // Linked behind the tail (or as the first block), and the tail not yet moved.
      if (tail === NONE) {
        if (head !== NONE) Atomics.store(i32, p + Lane.TAIL_BLOCK, head);
      } else if (i32[wordOf(tail) + Chain.NEXT] !== NONE) {
        Atomics.store(i32, p + Lane.TAIL_BLOCK, i32[wordOf(tail) + Chain.NEXT]);
      }
    }
  }
  if (i32[deadRecord + Thread.NOTE] === 0) return;
  const block = i32[deadRecord + Thread.NOTE_BLOCK] as Granule;
  if (i32[wordOf(block) + Chain.COMMITTED] === i32[deadRecord + Thread.NOTE_COMMITTED]) {
    const p = producerWords(box, i32[deadRecord + Thread.NOTE_LANE]);
    i32[p + Lane.PUT] = i32[deadRecord + Thread.NOTE_PUT];
    i32[p + Lane.PUT_WORDS] = i32[deadRecord + Thread.NOTE_PUT_WORDS];
    const flags = i32[deadRecord + Thread.NOTE_FLAGS];
    i32[wordOf(i32[deadRecord + Thread.NOTE_BOX] as Granule) + Box.FLAGS] |= flags & BoxFlag.CLOSED;
    if ((flags & NoteFlag.ATTACHED) !== 0) i32[deadRecord + Thread.ATTACHING] = 0;
    const moves = i32[deadRecord + Thread.NOTE_MOVES];
    if (moves !== 0) i32[moves] = i32[deadRecord + Thread.NOTE_MOVES_TO];
  }
  i32[deadRecord + Thread.NOTE] = 0;
}

/** Whether a block that a dead thread had in hand has become part of the box it was working on. */
export function isLinkedInto(arena: Arena, box: Granule, block: Granule): boolean {
  if (box === NONE) return false;
  const { i32 } = arena;
  for (let lane = 0; lane < 2; lane++) {
    const p = producerWords(box, lane);
    const head = consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK;
    for (const word of [p + Lane.SPARE, p + Lane.TAIL_BLOCK, head]) {
      if (Atomics.load(i32, word) === block) return true;
    }
  }
  return false;
}
