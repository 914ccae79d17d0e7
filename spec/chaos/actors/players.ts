/** The actors of a round. Each thing that they do stands in the ledger. */
import { threadId, workerData } from 'node:worker_threads';
import { Actor, type ActorRef, type AnyActorRef } from '../../../core/index.js';
import { Random } from '../random.js';
import { MOURNER_SLOT, ROLES } from './company.js';
import { ALWAYS, Fate, FateError, meet } from './fates.js';
import { Ledger, Phase, Word } from './ledger.js';
import { Sender } from './sender.js';

/** What waits for one that is being restarted does not keep the others from acting. */
const ACTS_AT_A_TIME = 3;

export interface PlayerProps {
  readonly buffer: SharedArrayBuffer;
  readonly slot: number;
  /** Whether what one sender sends is begun in order: not so in a pool. */
  readonly ordered: boolean;
  readonly acts?: boolean;
  readonly listens?: boolean;
  /** The number of the promise that it came from, of one that is watched. */
  readonly token?: number;
}

export class Player extends Actor<PlayerProps> {
  static module: string = import.meta.url;
  readonly #ledger = new Ledger(this.props.buffer);
  readonly #slot = this.props.slot;
  readonly #life = this.#ledger.born(this.#slot, threadId);
  readonly #random = new Random(this.#ledger.words[Word.SEED] + this.#life * 7919);
  readonly #sender = new Sender({
    ledger: this.#ledger,
    life: this.#life,
    slot: this.#slot,
    random: this.#random,
    listens: this.props.listens === true,
    find: (path) => this.context.find(Actor, path),
    spawner: this.context,
    surprised: (what, error) => {
      this.#ledger.count(Word.SURPRISES);
      this.context.log.error(`surprised by ${what}`, { error });
    },
  });
  #isOver = false;

  override onStart() {
    if (this.props.acts === true) for (let n = 0; n < ACTS_AT_A_TIME; n++) void this.#live();
  }
  override onStop() {
    this.#isOver = true;
  }

  async #live(): Promise<void> {
    while (!this.#isOver && !this.#ledger.isStopped) {
      await this.#sender.act();
      if (this.#random.below(3) === 0)
        await new Promise((resolve) => setTimeout(resolve, this.#random.below(8)));
      else await new Promise(setImmediate);
    }
  }

  /** @param _key by which a pool may be sharded */
  note(id: number, _key: number, fate: number, hop: number, _pad: unknown): Promise<void> | void {
    this.#begin(id, fate);
    if (hop === 0 && this.#random.below(3) > 0) {
      this.#end(id);
      return;
    }
    return this.#goOn(id, hop);
  }

  async answer(id: number, _key: number, fate: number, hop: number, _pad: unknown): Promise<number> {
    this.#begin(id, fate);
    if (hop > 0 || this.#random.below(3) === 0) await this.#goOn(id, hop);
    else this.#end(id);
    return id;
  }

  items(id: number, _key: number, count: number): AsyncIterable<number> {
    this.#begin(id, Fate.NONE);
    const random = this.#random;
    this.#end(id);
    return (async function* () {
      for (let n = 0; n < count; n++) {
        if (random.below(8) === 0) await random.linger();
        yield n;
      }
    })();
  }

  #begin(id: number, fate: number): void {
    const ledger = this.#ledger;
    const before = ledger.begin(id);
    ledger.phase(this.#slot, Phase.HANDLING);
    if (before === 0 && this.props.ordered) ledger.inOrder(id, this.#slot);
    if (fate === Fate.NONE || (before > 0 && fate < ALWAYS)) return;
    if (fate % ALWAYS === Fate.THROW) {
      ledger.throws(id);
      throw new FateError(`of ${id}`);
    }
    meet(fate % ALWAYS);
  }

  async #goOn(id: number, hop: number): Promise<void> {
    await this.#random.linger();
    if (hop > 0 && !this.#ledger.isStopped) await this.#hop(hop);
    this.#end(id);
  }

  /** Tells anybody; asks only those who ask nobody that could be waiting for this one. */
  async #hop(hop: number): Promise<void> {
    const below = ROLES.filter((role) => role.slot > this.#slot && role.slot < MOURNER_SLOT);
    const roles = hop === 1 ? ROLES : below;
    if (roles.length === 0) return;
    const { path, slot } = this.#random.pick(roles);
    let to: ActorRef<Player>;
    try {
      to = this.context.find(Actor, path);
    } catch {
      return;
    }
    if (hop === 1) this.#sender.tell(to, slot, Fate.NONE, 0);
    else await this.#sender.ask(to, slot);
  }

  #end(id: number): void {
    const { token } = this.props;
    if (token !== undefined) this.#sender.lastWord(token);
    this.#ledger.end(id);
    this.#ledger.phase(this.#slot, Phase.IDLE);
  }

  /** Where all of it lies, for who looks through it in the end. */
  arena(): SharedArrayBuffer {
    return (workerData as Record<string, { buffer: SharedArrayBuffer }>)['troupe:boot'].buffer;
  }
}

/** Several handlers at a time. */
export class Juggler extends Player {
  static override module = import.meta.url;
  static concurrency = 3;
}

/** Lives on the thread that is never killed, and hears of each end that it was asked to watch. */
export class Mourner extends Actor<{ buffer: SharedArrayBuffer }> {
  static module = import.meta.url;
  readonly #ledger = new Ledger(this.props.buffer);
  readonly #tokens = new Map<number, number>();

  mourn(id: number, ref: AnyActorRef, token: number) {
    this.#ledger.begin(id);
    this.#tokens.set(ref.id, token);
    this.context.watch(ref);
    this.#ledger.end(id);
  }
  /** A child says something: that must not come behind the news of its end. */
  hear(id: number, token: number) {
    this.#ledger.begin(id);
    if (this.#ledger.mourned[token] > 0) this.#ledger.count(Word.LATE_WORDS);
    this.#ledger.end(id);
  }
  override onTerminated(ref: AnyActorRef) {
    const token = this.#tokens.get(ref.id);
    if (token === undefined) this.#ledger.count(Word.LATE_WORDS);
    else Atomics.add(this.#ledger.mourned, token, 1);
  }
}
