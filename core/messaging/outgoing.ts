/** A message on its way out, and what became of it. */
import type { StreamLimits } from './credit.js';
import type { Address, Kind } from './envelope.js';
import type { Carrier } from './tracer.js';

/** What became of a message: in the mailbox (or staged for it); held for room; refused. */
export type PostResult = 'accepted' | 'held' | 'closed' | 'no-memory';

/** A word, and what it becomes. */
export interface Step {
  readonly word: number;
  readonly value: number;
}

export interface Outgoing {
  readonly kind: Kind;
  readonly method?: string;
  /** The argument list, for the kinds that call a method. */
  readonly args?: readonly unknown[];
  /** The one value, for the others. */
  readonly value?: unknown;
  readonly sender?: Address | undefined;
  readonly correlation?: number;
  readonly replyTo?: Address | undefined;
  /** Milliseconds since the arena's epoch; of a stream's item the steps of credit. */
  readonly deadline?: number;
  /** Of an ask: see `withWaitPlace`. */
  readonly waitPlace?: number | undefined;
  readonly urgent?: boolean;
  readonly transfer?: readonly unknown[] | undefined;
  /** Of the trace that it is part of. */
  readonly carrier?: Carrier | undefined;
  /**
   * Says that another message is done with: stored in the same publication, so that who dies on the way has done both, or
   * neither. Where this one has to be staged, its sender stores it.
   */
  readonly settles?: Step | undefined;
  /** Of the streams among its arguments. */
  readonly giving?: StreamLimits | undefined;
}
