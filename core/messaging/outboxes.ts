/** The outboxes of a thread: one for each receiver and lane that it has staged something for, and those of dead threads. */
import type { Arena } from '../memory/arena.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { type Address, addressKey } from './envelope.js';
import { Outbox } from './outbox.js';

/** Kept open though empty, in each lane. */
const KEPT = 64;

export class Outboxes {
  /** By {@link addressKey}. */
  readonly #ordinary = new Map<number, Outbox>();
  readonly #urgent = new Map<number, Outbox>();
  /** Of dead threads: each may have a twin of this thread's own. */
  #orphans: Outbox[] = [];

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
  ) {}

  find(key: number, lane: number): Outbox | undefined {
    return (lane === 0 ? this.#ordinary : this.#urgent).get(key);
  }

  /** That for a box, if messages wait in it. */
  waitingFor(target: Address, lane: number): Outbox | undefined {
    const outbox = this.find(addressKey(target.box, target.generation), lane);
    return outbox === undefined || outbox.isEmpty ? undefined : outbox;
  }

  /** That of a dead thread for a box, if messages wait in it. */
  orphanFor(target: Address): Outbox | undefined {
    return this.#orphans.find(
      (o) => !o.isEmpty && o.target.box === target.box && o.target.generation === target.generation,
    );
  }

  /** A new one, or undefined when the arena is full. Others that are idle may be closed for it. */
  open(target: Address, lane: number, key: number): Outbox | undefined {
    const outboxes = lane === 0 ? this.#ordinary : this.#urgent;
    if (outboxes.size >= KEPT) closeIdle(outboxes);
    const outbox = Outbox.open(this.arena, this.thread, target, lane);
    if (outbox !== undefined) outboxes.set(key, outbox);
    return outbox;
  }

  /** What a dead thread had staged or held. @returns those that have something in them */
  adopt(deadRecord: number): Outbox[] {
    const adopted = Outbox.adopt(this.arena, this.thread, deadRecord);
    for (const outbox of adopted) if (outbox.isEmpty) outbox.close();
    const full = adopted.filter((outbox) => !outbox.isEmpty);
    this.#orphans.push(...full);
    return full;
  }

  /** Closes one that is empty. */
  close(outbox: Outbox): void {
    const { target, lane } = outbox;
    const key = addressKey(target.box, target.generation);
    // Not its twin.
    if (this.find(key, lane) === outbox) (lane === 0 ? this.#ordinary : this.#urgent).delete(key);
    this.#orphans = this.#orphans.filter((o) => o !== outbox);
    outbox.close();
  }
}

function closeIdle(outboxes: Map<number, Outbox>): void {
  for (const [key, outbox] of outboxes) {
    if (!outbox.isEmpty || outbox.listed) continue;
    outboxes.delete(key);
    outbox.close();
  }
}
