/** Taking a question back. */
import { Box, BoxKind, NONE, Thread, wordOf } from '../memory/layout.js';
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
    const box = i32[recordOf(slot) + Thread.INBOX] as Address['box'];
    if (box === NONE) continue;
    const inbox = { box, generation: i32[wordOf(box) + Box.GENERATION] };
    world.post.post(inbox, { kind: Kind.CONTROL, value });
  }
}
