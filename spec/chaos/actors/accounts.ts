/**
 * What became of each message of a round: handled once, or a dead letter, or in flight with somebody who died; anything
 * else is wrong.
 */
import type { DeadLetter } from '../../../core/index.js';
import { AT_A_TIME, MAX_ATTEMPTS, roleAt } from './company.js';
import { How, type Ledger, Sent } from './ledger.js';

export interface Sums {
  sent: number;
  handled: number;
  /** Begun, and not ended since its handler died: a dead letter `in-flight`. */
  inFlight: number;
  /** Begun again by a replacement, with `retry`. */
  retried: number;
  /** Begun as often as may be: a dead letter `poison`. */
  poisoned: number;
  /** Never begun: its receiver had ended. */
  refused: number;
  lost: number;
  duplicated: number;
  /** Dead letters that should not be, or whose message was handled. */
  wrongLetters: number;
  hung: number;
  /** Ends of children that were told more than once, or never. */
  wrongEnds: number;
}

export const noSums = (): Sums => ({
  sent: 0,
  handled: 0,
  inFlight: 0,
  retried: 0,
  poisoned: 0,
  refused: 0,
  lost: 0,
  duplicated: 0,
  wrongLetters: 0,
  hung: 0,
  wrongEnds: 0,
});

/** What of it may be dropped without a word. */
const MAY_BE_DROPPED: readonly number[] = [How.BRIEF_ASK, How.BRIEF_STREAM];
const STREAMS: readonly number[] = [How.STREAM, How.BRIEF_STREAM];
const ANSWERED: readonly number[] = [How.ASK, How.BRIEF_ASK, How.STREAM, How.BRIEF_STREAM];

export class Accounts {
  readonly #letters = new Map<number, DeadLetter[]>();

  constructor(
    readonly ledger: Ledger,
    readonly say: (deviation: string) => void,
  ) {}

  /** Somebody may be told of it still: to be called for each until the end. */
  shown(letter: DeadLetter): void {
    const id = letter.args?.[0];
    if (typeof id !== 'number') {
      this.say(`a dead letter without content: ${JSON.stringify(letter)}`);
      return;
    }
    const letters = this.#letters.get(id);
    if (letters === undefined) this.#letters.set(id, [letter]);
    else letters.push(letter);
  }

  /** Promises of threads that live which have not settled. What a life listens to ends with it: its loop goes no further. */
  unsettled(isAlive: (thread: number) => boolean): number[] {
    const { ledger } = this;
    const open: number[] = [];
    for (let id = 0; id < ledger.messages; id++) {
      if (ledger.how[id] === How.TELL) continue;
      if (STREAMS.includes(ledger.how[id]) && ledger.isReplaced(ledger.lives[id])) continue;
      if ((ledger.sent[id] & (Sent.RESOLVED | Sent.REJECTED)) !== 0) continue;
      if (isAlive(ledger.threadOfLife(ledger.lives[id]))) open.push(id);
    }
    return open;
  }

  describe(id: number): string {
    const { ledger } = this;
    const how = Object.entries(How).find(([, value]) => value === ledger.how[id])?.[0];
    const letters = (this.#letters.get(id) ?? []).map(described).join(' and ');
    const to = roleAt(ledger.to[id]);
    const receiver = to.path === '' ? '' : ` ${to.path} ${to.placement} ${to.inFlight}`;
    return `${id} (${how} of ${this.#sender(ledger.lives[id])} to ${ledger.to[id]}${receiver}): marks ${ledger.sent[id]}, begun ${ledger.begun[id]}, ended ${ledger.ended[id]}, thrown ${ledger.thrown[id]}, letters ${letters || 'none'}`;
  }

  #sender(life: number): string {
    const { ledger } = this;
    if (life === 0) return 'the program';
    const over = ledger.isReplaced(life) ? ', which is over' : '';
    return `life ${life} of ${ledger.slotOfLife(life)} on thread ${ledger.threadOfLife(life)}${over}`;
  }

  sum(): Sums {
    const sums = noSums();
    const { ledger } = this;
    const gone = new Map<number, number>();
    for (let id = 0; id < ledger.messages; id++) {
      if (ledger.how[id] === How.PROMISE) continue;
      sums.sent++;
      const wrong = this.#judge(id, sums);
      if (wrong !== undefined) this.say(`${wrong}: ${this.describe(id)}`);
      if (this.#reasons(id).includes('in-flight')) {
        gone.set(ledger.to[id], (gone.get(ledger.to[id]) ?? 0) + 1);
      }
    }
    // Each life had so many in its hands at its end, and no more.
    for (const [slot, count] of gone) {
      const { size = 1, juggles } = roleAt(slot);
      let most = 0;
      for (let worker = slot; worker < slot + size; worker++) most += ledger.births(worker);
      most *= juggles === true ? AT_A_TIME : 1;
      if (count <= most) continue;
      sums.lost += count - most;
      this.say(`${count} were in flight to ${slot} ${roleAt(slot).path}, of ${most} lives`);
    }
    this.#ends(sums);
    return sums;
  }

  #reasons(id: number): string[] {
    return (this.#letters.get(id) ?? []).map((letter) => letter.reason);
  }

  /** @returns what is wrong with it */
  #judge(id: number, sums: Sums): string | undefined {
    const { ledger } = this;
    const { inFlight } = roleAt(ledger.to[id]);
    const begun = ledger.begun[id];
    const ended = ledger.ended[id];
    const thrown = ledger.thrown[id];
    const reasons = this.#reasons(id);
    const isAnswered = ANSWERED.includes(ledger.how[id]);
    const retries = inFlight === 'retry';
    if (ended > 0) sums.handled++;
    if (begun > 1) sums.retried += begun - 1;
    if (reasons.includes('poison')) sums.poisoned++;
    if (begun > (retries ? MAX_ATTEMPTS : 1)) {
      sums.duplicated++;
      return 'begun too often';
    }
    if (reasons.length > 1) {
      sums.wrongLetters++;
      return 'shown twice';
    }
    const [reason] = reasons;
    if (reason !== undefined) {
      if (reason === 'in-flight') sums.inFlight++;
      if (begun === 0 && reason !== 'in-flight') sums.refused++;
      const legal = legalLetters(begun, retries, thrown > 0 && !isAnswered);
      if (legal.includes(reason)) return undefined;
      sums.wrongLetters++;
      return 'a wrong letter';
    }
    if (ended > 0) return undefined;
    const hasReturned = (ledger.sent[id] & Sent.RETURNED) !== 0;
    // A stream of which nobody saw the end was left with its subscriber's life; of one that lives it is found hung.
    const isLeft = ledger.how[id] === How.STREAM && (ledger.sent[id] & (Sent.RESOLVED | Sent.REJECTED)) === 0;
    const mayBeDropped = isLeft || MAY_BE_DROPPED.includes(ledger.how[id]);
    if (begun === 0) {
      if (!hasReturned || mayBeDropped) return undefined;
      sums.lost++;
      return 'lost';
    }
    // Its time may be up before it is tried again.
    if (mayBeDropped && retries) return undefined;
    // Thrown as an answer, it is one.
    if (thrown > 0 && isAnswered) {
      sums.handled++;
      return undefined;
    }
    sums.lost++;
    return 'lost while it was handled';
  }

  #ends(sums: Sums): void {
    const { ledger } = this;
    for (let id = 0; id < ledger.messages; id++) {
      const token = ledger.about[id];
      if (token === 0 || ledger.ended[id] === 0 || ledger.mourned[token] === 1) continue;
      sums.wrongEnds++;
      this.say(`the end of ${token} was told ${ledger.mourned[token]} times, as asked for by ${id}`);
    }
  }
}

const described = ({ reason, time, attempts, kind }: DeadLetter): string =>
  `${reason} of a ${kind} begun ${attempts} times at ${new Date(time).toISOString().slice(11, -1)}`;

function legalLetters(begun: number, retries: boolean, hasFailed: boolean): readonly string[] {
  // A message may be taken back after it is begun, and before its handler can say so.
  const refused = begun === 0 || retries ? ['stopped', 'overflow'] : [];
  if (retries) return [...refused, 'poison', 'in-flight'];
  // It may have died between its throw and the report of that.
  return hasFailed ? ['failed', 'in-flight'] : [...refused, 'in-flight'];
}
