/** What becomes of each item of a round: it was taken once, or died in a hand that is known; anything else is wrong. */
import type { Ground } from './ground.js';
import { MAX_ITEMS, Mark, Phase, QUEUES, RETRYING, Word } from './ledger.js';

export interface Sums {
  items: number;
  /** Taken by a thread that was killed before it could say which; their queue has reported each. */
  diedInHand: number;
  cameBack: number;
  lost: number;
  duplicated: number;
}

/** What is known of the threads that were killed. */
export class Accounts {
  /** By queue: killed while they were getting, or had something in hand. */
  readonly #getting = QUEUES.map(() => 0);
  readonly #holding = QUEUES.map(() => 0);
  /** By queue: how often an item was in a hand that died. */
  readonly #inHand = QUEUES.map(() => new Map<number, number>());
  /** By the name of the queue: items that it says have ended with their consumer. */
  readonly #reported = new Map<string, number>();
  readonly #onWarning = (warning: Error): void => {
    const [, count, kind] = /for (\d+) items? of a (\w+)/.exec(warning.message) ?? [];
    if (kind !== undefined) this.#reported.set(kind, (this.#reported.get(kind) ?? 0) + Number(count));
  };

  constructor() {
    process.on('warning', this.#onWarning);
  }

  close(): void {
    process.off('warning', this.#onWarning);
  }

  /** A thread has been killed. */
  died(phase: number, holding: number): void {
    const which = phase % 10;
    const doing = phase - which;
    if (doing === Phase.GETTING) this.#getting[which]++;
    if (doing === Phase.HOLDING) this.#holding[which]++;
    if (holding >= 0 && (doing === Phase.HOLDING || doing === Phase.FINISHING || doing === Phase.GETTING)) {
      const hands = this.#inHand[which];
      hands.set(holding, (hands.get(holding) ?? 0) + 1);
    }
  }

  /** @param drained by queue: the items that were left at the end */
  sum({ ledger }: Ground, say: (deviation: string) => void): Sums {
    const sums: Sums = { items: 0, diedInHand: 0, cameBack: 0, lost: 0, duplicated: 0 };
    for (const [which, name] of QUEUES.entries()) {
      const count = Math.min(ledger.words[Word.NEXT + which], MAX_ITEMS);
      let missing = 0;
      for (let id = 0; id < count; id++) {
        const mark = ledger.marks[which][id];
        const taken = ledger.taken[which][id];
        const inHand = this.#inHand[which].get(id) ?? 0;
        const allowed = (mark & Mark.REFUSED) !== 0 ? 0 : which === RETRYING ? 1 + inHand : 1;
        if (taken > 0) sums.items++;
        if (taken > 1) sums.cameBack += taken - 1;
        if (taken > allowed) {
          sums.duplicated += taken - allowed;
          say(
            `${name}: item ${id} was taken ${taken} times, marks ${mark}, ${inHand} times in a hand that died`,
          );
        }
        if ((mark & Mark.PUT) !== 0 && taken === 0 && inHand === 0) missing++;
      }
      const unknown = (this.#reported.get(name) ?? 0) - this.#holding[which];
      const explained = which === RETRYING ? 0 : Math.max(0, Math.min(this.#getting[which], unknown));
      if (missing > explained) say(`${name}: ${missing} items are missing, ${explained} died in a hand`);
      sums.diedInHand += Math.min(missing, explained);
      sums.lost += Math.max(0, missing - explained);
    }
    return sums;
  }
}
