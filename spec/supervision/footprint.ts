/** What actors leave behind: nothing. Names, threads and memory are looked at over rounds of the same. */
import { expect } from 'chai';
import type { ActorSystem } from '../../core/index.js';
import { until } from '../support/quiet-system.js';

/** So much does each round carry in props or mail: if it stayed, it would show. */
export const BALLAST = 'x'.repeat(1 << 20);
/** What is kept for the next ones: boxes, outboxes, chunks of ready sets. */
const KEPT_BYTES = 1 << 18;

export interface Rounds {
  readonly rounds?: number;
  /** Threads that stay besides the creating one: those of shared actors, and of actors of the spec's own. */
  readonly threads?: number;
}

/** Runs it some times; names, threads and memory are then as they were. */
export async function leavesNothing(
  system: ActorSystem,
  round: () => Promise<unknown>,
  { rounds = 2, threads = 0 }: Rounds = {},
): Promise<void> {
  const reading = () => {
    const { arena, actors } = system.metrics();
    return { bytes: arena.bytesInUse, paths: actors.map((actor) => actor.path) };
  };
  const before = reading();
  for (let i = 0; i < rounds; i++) await round();
  await until(() => system.metrics().threads === 1 + threads);
  expect(reading().paths).to.deep.equal(before.paths);
  // Large dead letters may be read a turn later.
  await until(() => reading().bytes - before.bytes < KEPT_BYTES);
}
