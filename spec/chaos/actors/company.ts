/** Who plays in a round: actors in each placement, pools, a group; by name, and by their place in the ledger. */
import type { Placement } from '../../../core/index.js';
import { CHILD } from './ledger.js';

export interface Role {
  readonly path: string;
  /** Its place in the ledger; a pool's workers have one each from here on. */
  readonly slot: number;
  readonly placement: Placement;
  readonly inFlight: 'skip' | 'retry';
  /** A pool of so many; `sharded`: by the first argument but one. */
  readonly size?: number;
  readonly sharded?: boolean;
  /** It sends on its own account. */
  readonly acts?: boolean;
  /** It subscribes to streams, which costs each of its threads the loading of RxJS. */
  readonly listens?: boolean;
  /** Several handlers at a time. */
  readonly juggles?: boolean;
  readonly maxItems?: number;
  /** One that uses its budget up, and is spawned again by the program. */
  readonly maxRestarts?: number;
  /** Of which group it is a member. */
  readonly group?: string;
}

export const MAX_ATTEMPTS = 3;
export const AT_A_TIME = 3;

/** From the program to those who are asked last: a handler asks only those below its own line. */
export const ROLES: readonly Role[] = [
  { path: '/ada', slot: 1, placement: 'thread', inFlight: 'skip', acts: true },
  { path: '/ben', slot: 2, placement: 'thread', inFlight: 'retry', acts: true, maxItems: 20 },
  { path: '/cleo', slot: 3, placement: 'thread', inFlight: 'skip', acts: true, listens: true, juggles: true },
  { path: '/dan', slot: 4, placement: 'shared', inFlight: 'skip', acts: true, maxItems: 10 },
  { path: '/eve', slot: 5, placement: 'shared', inFlight: 'retry', acts: true },
  { path: '/fay', slot: 6, placement: 'shared', inFlight: 'retry', acts: true, juggles: true },
  { path: '/gus', slot: 7, placement: 'inline', inFlight: 'skip', acts: true },
  { path: '/hal', slot: 8, placement: 'inline', inFlight: 'retry' },
  { path: '/ida', slot: 9, placement: 'thread', inFlight: 'skip', maxRestarts: 2 },
  { path: '/jon', slot: 10, placement: 'shared', inFlight: 'skip', maxRestarts: 2 },
  { path: '/kin/kay', slot: 11, placement: 'shared', inFlight: 'skip', acts: true, group: 'kin' },
  { path: '/kin/lee', slot: 12, placement: 'thread', inFlight: 'retry', group: 'kin' },
  { path: '/mob', slot: 13, placement: 'thread', inFlight: 'skip', size: 2, maxItems: 40 },
  { path: '/net', slot: 15, placement: 'shared', inFlight: 'retry', size: 3 },
  { path: '/orb', slot: 18, placement: 'shared', inFlight: 'skip', size: 2, sharded: true },
  { path: '/pip', slot: 20, placement: 'thread', inFlight: 'retry', size: 2, sharded: true, maxItems: 30 },
];

export const MOURNER = '/mourner';
export const MOURNER_SLOT = 31;

/** Whoever takes what is sent to this place. */
export function roleAt(slot: number): Role {
  if (slot >= CHILD || slot === MOURNER_SLOT) {
    return { path: '', slot, placement: 'thread', inFlight: 'skip' };
  }
  return ROLES.findLast((role) => role.slot <= slot) as Role;
}
