/** The deaths of a round: whose, how and when. */
import type { Worker } from 'node:worker_threads';
import { Actor, type ActorRef, type ActorSystem, type AnyActorRef } from '../../../core/index.js';
import { crash } from '../../../core/testing/index.js';
import type { Random } from '../random.js';
import { ROLES } from './company.js';
import { ALWAYS, Fate } from './fates.js';
import { CHILD, type Ledger, Phase } from './ledger.js';
import type { Player } from './players.js';
import type { Sender } from './sender.js';

/** How long it is waited for a good moment. */
const PATIENCE_MS = 5;

/** The workers of this process that live. */
export class Threads {
  readonly living = new Set<Worker>();
  /** Those that ended otherwise than by themselves. */
  killed = 0;
  /** Resolves the waiting of {@link nextDeath}. */
  #onDeath: (() => void)[] = [];
  readonly #onWorker = (worker: Worker): void => {
    this.living.add(worker);
    worker.once('exit', (code) => {
      this.living.delete(worker);
      if (code === 0) return;
      this.killed++;
      for (const told of this.#onDeath.splice(0)) told();
    });
  };

  constructor() {
    process.on('worker', this.#onWorker);
  }

  close(): void {
    process.off('worker', this.#onWorker);
  }

  isAlive = (thread: number): boolean =>
    thread === 0 || [...this.living].some((worker) => worker.threadId === thread);

  nextDeath(): Promise<void> {
    return new Promise((resolve) => this.#onDeath.push(resolve));
  }
}

/** Of those on threads of their own also the endless loop, which has a limit there. */
const ANYWHERE = [Fate.THROW, Fate.EXIT, Fate.EXIT_LATER, Fate.UNHEARD, Fate.TIMER];

export class Killing {
  constructor(
    readonly system: ActorSystem,
    readonly threads: Threads,
    readonly ledger: Ledger,
    readonly random: Random,
    readonly sender: Sender,
  ) {}

  /** One death, or several at once. */
  async killSome(): Promise<void> {
    const { random } = this;
    const how = random.below(20);
    if (how < 10) this.#terminate(this.#pickWorker());
    else if (how < 12) {
      this.#terminate(this.#pickWorker());
      this.#terminate(this.#pickWorker());
    } else if (how < 14) await this.#crash();
    else await this.#sendFate();
  }

  #terminate(worker: Worker | undefined): void {
    if (worker !== undefined) void worker.terminate();
  }

  /** Every other time one that is in the midst of something. */
  #pickWorker(): Worker | undefined {
    const { random, ledger, threads } = this;
    const living = [...threads.living];
    if (living.length === 0) return undefined;
    if (random.below(2) === 0) return random.pick(living);
    const phase = random.pick([Phase.HANDLING, Phase.SENDING, Phase.ASKING, Phase.SPAWNING]);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      for (let slot = 1; slot < CHILD * 2; slot++) {
        if (ledger.phase(slot) !== phase) continue;
        const thread = ledger.threadOf(slot);
        const worker = living.find((each) => each.threadId === thread);
        if (worker !== undefined) return worker;
      }
    }
    return random.pick(living);
  }

  #refTo(path: string): ActorRef<Player> | undefined {
    try {
      return this.system.find(Actor, path) as AnyActorRef;
    } catch {
      return undefined;
    }
  }

  async #crash(): Promise<void> {
    const role = this.random.pick(ROLES);
    const path = role.size === undefined ? role.path : `${role.path}/${this.random.below(role.size)}`;
    const ref = this.#refTo(path);
    if (ref !== undefined) await crash(ref);
  }

  /** A message that its receiver dies of; now and then each time that it is handled. */
  async #sendFate(): Promise<void> {
    const { random, sender } = this;
    const role = random.pick(ROLES);
    const ref = this.#refTo(role.path);
    if (ref === undefined) return;
    let fate: number = random.pick(ANYWHERE);
    if (role.placement === 'inline') fate = Fate.THROW;
    else if (role.placement === 'thread' && random.below(12) === 0) fate = Fate.LOOP;
    if (fate !== Fate.LOOP && random.below(6) === 0) fate += ALWAYS;
    if (random.below(3) === 0) void sender.ask(ref, role.slot, fate);
    else sender.tell(ref, role.slot, fate, 0);
  }
}
