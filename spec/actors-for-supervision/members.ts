/** Members of groups: what they do, and in which order, stands in a ledger; why they stopped, in a second one. */
import { Actor, type ExitReason } from '../../core/index.js';
import { passGate } from '../support/gate.js';
import { enter } from './ledger.js';

/** What a member writes down, beside its number. */
export const START = 1000;
export const STOP = 2000;
export const NOTE = 3000;

const KINDS = ['stopped', 'killed', 'failed', 'timed-out', 'escalated'] as const;

export interface MemberProps {
  readonly number: number;
  readonly ledger: SharedArrayBuffer;
  readonly reasons: SharedArrayBuffer;
  /** So many starts are counted down in shared memory; further ones wait at the gate. */
  readonly free?: SharedArrayBuffer;
  readonly gate?: SharedArrayBuffer;
  /** So many stops are counted down; further ones wait at that gate. */
  readonly freeStops?: SharedArrayBuffer;
  readonly stopGate?: SharedArrayBuffer;
  /** So many starts succeed, then one throws, then all succeed. */
  readonly goodStarts?: SharedArrayBuffer;
  /** It has a child of its own, whose number is 10 more. */
  readonly parent?: boolean;
}

export class Member extends Actor<MemberProps> {
  static module = import.meta.url;

  override async onStart() {
    const { number, ledger, reasons, free, gate, goodStarts, parent } = this.props;
    if (free !== undefined && gate !== undefined && Atomics.sub(new Int32Array(free), 0, 1) <= 0)
      await passGate(gate);
    if (goodStarts !== undefined && Atomics.sub(new Int32Array(goodStarts), 0, 1) === 0)
      throw new Error('a bad start');
    if (parent === true)
      await this.context.spawn(Member, { name: 'child', props: { number: number + 10, ledger, reasons } });
    enter(ledger, START + number);
  }
  override async onStop(reason: ExitReason) {
    const { number, ledger, reasons, freeStops, stopGate } = this.props;
    enter(reasons, KINDS.indexOf(reason.kind) * 100 + number);
    enter(ledger, STOP + number);
    if (freeStops === undefined || stopGate === undefined) return;
    if (Atomics.sub(new Int32Array(freeStops), 0, 1) <= 0) await passGate(stopGate);
  }
  note(n: number) {
    enter(this.props.ledger, NOTE + n);
  }
  fail(message: string) {
    throw new Error(message);
  }
  exit() {
    process.exit(3);
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  here() {
    return this.context.path;
  }
}

/** `['2 escalated', …]` from the second ledger. */
export const readReasons = (entries: readonly number[]): string[] =>
  entries.map((entry) => `${entry % 100} ${KINDS[Math.floor(entry / 100)]}`);

/** A number in shared memory, for {@link MemberProps}. */
export function counter(value: number): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(4);
  new Int32Array(shared)[0] = value;
  return shared;
}
