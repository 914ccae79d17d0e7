/**
 * What a dead thread leaves: locks, half-done publications, blocks in hand, staged messages. All of it is settled
 * from what is in the arena; nothing is guessed, and nothing waits: what cannot be had now is tried again.
 */
import type { Arena } from '../memory/arena.js';
import { Box, Chain, type Granule, Hand, NONE, Outbox, Thread, wordOf } from '../memory/layout.js';
import { locksHeldBy, takeFromDead, wakeNextOf } from '../memory/robust-lock.js';
import { recordOf, type ThreadRecord } from '../memory/thread-record.js';
import { attachmentOf } from '../messaging/record-head.js';
import { isLinkedInto, settlePublication } from '../queue/dead-producer.js';
import { isLeaseOf, settleTaking } from '../queue/lease.js';
import { Rec } from '../queue/record.js';
import { forgetWaits } from '../runtime/wait-slots.js';

/**
 * @param actors boxes of the actors that lived there: their leases are settled
 * @returns false when something was in use by a living thread: call again
 */
export function bury(arena: Arena, thread: ThreadRecord, slot: number, actors: readonly Granule[]): boolean {
  const { i32 } = arena;
  const base = recordOf(slot);
  const held = locksHeldBy(i32, { base, id: slot + 1 });
  const noted = i32[base + Thread.NOTE_BOX] as Granule;
  // Only under the dead one's own lock: else another may be at work there by now.
  if (noted !== NONE && held.includes(wordOf(noted) + Box.LOCK)) {
    settlePublication(arena, base);
    letGoOfLinked(arena, base, noted);
  }
  for (const actor of actors) {
    settleTaking(arena, actor);
    forgetWaits(i32, actor);
  }
  for (const lock of held) takeFromDead(i32, lock);
  wakeNextOf(i32, { base });
  for (let i = 0; i < Thread.LOCK_COUNT; i++) i32[base + Thread.LOCKS + i] = 0;
  const linked = (block: Granule) =>
    isLinkedInto(arena, noted, block) ||
    isInOutboxes(arena, base, block) ||
    actors.some((actor) => isLeaseOf(arena, actor, block) || i32[wordOf(actor) + Box.BLACK_BOX] === block);
  return arena.settleHands(thread, slot, linked);
}

/**
 * A block in hand that the dead one had linked is the box's. To be said while the lock is the dead one's still: others
 * link theirs behind it, and then it is neither the tail nor the head.
 */
function letGoOfLinked(arena: Arena, base: number, box: Granule): void {
  const { i32 } = arena;
  for (let i = 0; i < Thread.HAND_COUNT; i++) {
    const hand = base + Thread.HANDS + i;
    // One that is being taken or given back is linked nowhere.
    if (i32[hand] > Hand.BLOCK) continue;
    if (isLinkedInto(arena, box, i32[hand] as Granule)) i32[hand] = NONE;
  }
}

function isInOutboxes(arena: Arena, base: number, block: Granule): boolean {
  for (const [outbox, blocks] of outboxesOf(arena, base)) {
    if (outbox === block) return true;
    for (const one of blocks) if (one === block) return true;
  }
  return false;
}

/**
 * Number of what the dead one had sent for a record that it has put nowhere, or 0. To be asked before its outboxes are
 * adopted.
 */
export function unusedAttachment(arena: Arena, slot: number): number {
  const { i32 } = arena;
  const number = i32[recordOf(slot) + Thread.ATTACHING];
  if (number === 0) return 0;
  for (const [, blocks] of outboxesOf(arena, recordOf(slot))) {
    for (const block of blocks) {
      const word = wordOf(block);
      const end = word + i32[word + Chain.COMMITTED];
      for (let at = word + i32[word + Chain.CONSUMED]; at < end; at += i32[at + Rec.LENGTH]) {
        if (attachmentOf(i32, at) === number) return 0;
      }
    }
  }
  return number;
}

function* outboxesOf({ i32 }: Arena, base: number): Generator<[Granule, Generator<Granule>]> {
  const next = (at: number) => i32[at] as Granule;
  for (let o = next(base + Thread.OUTBOXES); o !== NONE; o = next(wordOf(o) + Outbox.NEXT)) {
    yield [o, blocksFrom(i32, next(wordOf(o) + Outbox.FIRST))];
  }
}

function* blocksFrom(i32: Int32Array, first: Granule): Generator<Granule> {
  for (let b = first; b !== NONE; b = i32[wordOf(b) + Chain.NEXT] as Granule) yield b;
}
