/** What a test system puts in the place of threads: all actors are inline, and it decides whose turn it is. */
import type { Cells } from './cells.js';
import type { Host } from './host.js';
import type { Inbox } from './inbox.js';
import type { Turns } from './turn.js';

export interface Rehearsal {
  /** Called once, while the host is being made. */
  turns(host: Host, cells: Cells, inbox: Inbox): Turns;
  /** Workers of a pool that does not say how many: the same on each machine. */
  readonly poolSize: number;
}
