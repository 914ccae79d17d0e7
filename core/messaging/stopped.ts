/** Whether an actor still is, and why it is no more, as shared memory tells. */
import { ActorStoppedError } from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import { overflowError } from './answer.js';
import type { Address } from './envelope.js';
import type { PostOffice } from './mailbox.js';
import type { PostResult } from './outgoing.js';
import type { ExitReason } from './reports.js';

/** Kinds of ExitReason, in the order of their numbers in shared memory. */
export const REASONS = ['stopped', 'killed', 'failed', 'timed-out', 'escalated'] as const;

interface World {
  readonly post: PostOffice;
}

export function isAlive({ post }: World, target: Address): boolean {
  return Atomics.load(post.arena.i32, wordOf(target.box) + Box.GENERATION) === target.generation;
}

/** Why the actor takes no messages, as far as shared memory tells. */
export function stoppedError(
  { post }: World,
  target: Address & { readonly path: string },
): ActorStoppedError {
  const { i32 } = post.arena;
  const base = wordOf(target.box);
  // One generation on, the slot is free, and its last reason this actor's.
  const known = ((i32[base + Box.GENERATION] - target.generation) | 0) <= 1;
  const kind = (known && REASONS[i32[base + Box.REASON]]) || 'stopped';
  const reason: ExitReason =
    kind === 'failed'
      ? { kind, error: undefined }
      : kind === 'escalated'
        ? { kind, from: target.path }
        : { kind };
  return new ActorStoppedError(target.path, reason);
}

/** Throws what a sender is told whose message was not taken. */
export function refuseAs(
  result: PostResult,
  world: World,
  target: Address & { readonly path: string },
): void {
  if (result === 'no-memory') throw overflowError(world.post, target, target.path);
  if (result === 'closed') throw stoppedError(world, target);
}
