/** Taking a question back. */
import { Box, BoxKind, type Granule, NONE, Thread, ThreadState, wordOf } from '../memory/layout.js';
import { slotOf } from '../memory/ready-set.js';
import { recordOf } from '../memory/thread-record.js';
import { homesOf } from '../queue/lease.js';
import { type Address, Kind } from './envelope.js';
import type { PostOffice } from './mailbox.js';

/**
 * Tells whoever may hold the question that nobody waits for the answer.
 * @param overdue the record's own deadline says so as well: who has not met it yet need not remember
 */
export function cancel(
  world: { post: PostOffice; inbox: Address },
  target: Address,
  correlation: number,
  overdue = false,
): void {
  const { i32 } = world.post.arena;
  const base = wordOf(target.box);
  if (Atomics.load(i32, base + Box.GENERATION) !== target.generation) return;
  const isPool = i32[base + Box.KIND] === BoxKind.POOL;
  const homes = isPool ? homesOf(i32, target.box) : [Atomics.load(i32, base + Box.HOME)];
  const value = {
    op: 'cancel',
    actor: { box: target.box, generation: target.generation },
    correlation,
    replyTo: world.inbox,
    overdue,
  };
  for (const slot of new Set(homes.map(slotOf))) {
    const inbox = inboxOf(i32, slot);
    if (inbox !== undefined) world.post.insist(inbox, { kind: Kind.CONTROL, value });
  }
}

/** A home stays noted when its thread has died: the inbox may be gone by then, or another's mailbox. */
function inboxOf(i32: Int32Array, slot: number): Address | undefined {
  const record = recordOf(slot);
  const box = Atomics.load(i32, record + Thread.INBOX) as Granule;
  if (box === NONE) return undefined;
  const generation = Atomics.load(i32, wordOf(box) + Box.GENERATION);
  // Looked at behind the generation: a box is given back only when its thread is known to be dead.
  if (Atomics.load(i32, record + Thread.STATE) !== ThreadState.ALIVE) return undefined;
  return Atomics.load(i32, record + Thread.INBOX) === box ? { box, generation } : undefined;
}
