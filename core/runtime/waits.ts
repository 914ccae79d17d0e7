/** Who waits for whom, as far as this thread can see. */
import { AskCycleError } from '../errors.js';
import type { Identity } from '../messaging/actor-ref.js';
import { sameAddress } from '../messaging/envelope.js';
import type { Cells } from './cells.js';
import type { Speaking } from './speaking.js';

export class Waits {
  constructor(
    readonly cells: Cells,
    readonly speaking: Speaking,
    readonly askCycle: 'report' | 'reject',
  ) {}

  /** Refuses an ask that waits for itself. */
  begin(target: Identity): undefined {
    const speaker = this.speaking.actor();
    if (speaker === undefined || !sameAddress(speaker, target) || this.askCycle !== 'reject') return;
    if (this.cells.of(speaker)?.concurrency === 1) throw new AskCycleError([speaker.path, target.path]);
  }

  cycleOf(target: Identity): readonly string[] | undefined {
    const speaker = this.speaking.actor();
    return speaker !== undefined && sameAddress(speaker, target) ? [speaker.path, target.path] : undefined;
  }
}
