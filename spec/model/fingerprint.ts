/** A state as a number of 53 bits: the memory, and of each thread all that it has read and not forgotten. */

import type { Machine } from './machine.js';
import { type Memory, mix, SEED_1, SEED_2 } from './memory.js';
import { State, Status } from './thread.js';

/** @param running who goes on, or -1 when that is open */
export function fingerprint(machine: Machine, memory: Memory, running: number, timeouts: number): number {
  let h1 = mix(SEED_1, running, timeouts) ^ memory.hash1;
  let h2 = mix(SEED_2, running, timeouts) ^ memory.hash2;
  for (let thread = 0; thread < machine.threads.length; thread++) {
    const status = machine.of(thread, State.STATUS);
    // In which order they wait tells who is woken first.
    const order =
      status === Status.BLOCKED ? rankOf(machine, thread) : machine.of(thread, State.ASYNC_NOTIFIED);
    const now = thread | (status << 4) | (order << 8);
    const [read1, read2] = readBy(machine, thread, status);
    h1 ^= mix(SEED_1 + now, read1, now);
    h2 ^= mix(SEED_2 + now, read2, now);
  }
  return (h1 >>> 0) * 0x200000 + (h2 & 0x1fffff);
}

/** What it goes on with; of one that does not go on, what it has noted. */
function readBy(machine: Machine, thread: number, status: number): [number, number] {
  if (status !== Status.DONE && status !== Status.DEAD)
    return [machine.of(thread, State.HASH_1), machine.of(thread, State.HASH_2)];
  const notes = machine.noteHash(thread);
  return [mix(SEED_1, notes, 0), mix(SEED_2, notes, 0)];
}

function rankOf(machine: Machine, thread: number): number {
  let rank = 0;
  for (let other = 0; other < machine.threads.length; other++) {
    if (machine.of(other, State.STATUS) !== Status.BLOCKED) continue;
    if (machine.of(other, State.WAIT_SEQ) < machine.of(thread, State.WAIT_SEQ)) rank++;
  }
  return rank;
}
