/** One round: a system whose actors play while their threads are killed; then all is called to an end, and counted. */
import { Actor, type ActorRef, ActorSystem, child, type LogEntry } from '../../../core/index.js';
import { Patience } from '../patience.js';
import { Random } from '../random.js';
import { Accounts, type Sums } from './accounts.js';
import { type Audit, auditArena } from './arena-audit.js';
import { MAX_ATTEMPTS, MOURNER, ROLES, type Role } from './company.js';
import { Killing, Threads } from './killing.js';
import { Ledger, Word } from './ledger.js';
import { Juggler, Mourner, Player } from './players.js';
import { Sender } from './sender.js';

const LIMIT_MS = 40_000;
/** It is found stuck before. */
const SHUTDOWN_MS = 20 * LIMIT_MS;
const HANG_MS = 1000;
/** Messages between two deaths, at most; and how long it is waited for them. */
const MOST_BETWEEN = 250;
const LULL_MS = 400;

export interface Results extends Sums {
  kills: number;
  thrown: number;
  disordered: number;
  gaps: number;
  /** Names that were not free again, words that came behind an end, rejections that nobody should see, complaints. */
  namesTaken: number;
  lateWords: number;
  surprises: number;
  leakedThreads: number;
  leakedBytes: number;
  miscountedBytes: number;
  stuck: number;
}

export class Season {
  readonly #ledger = new Ledger();
  readonly #threads = new Threads();
  readonly #accounts: Accounts;
  #stuck = 0;
  #complaints = 0;

  constructor(
    readonly random: Random,
    readonly say: (deviation: string) => void,
  ) {
    this.#accounts = new Accounts(this.#ledger, say);
    this.#ledger.words[Word.SEED] = random.below(2 ** 30);
  }

  async play(kills: number): Promise<Results> {
    const { random } = this;
    const system = await ActorSystem.start({
      name: 'chaos',
      threads: 2,
      warmThreads: random.below(2),
      arenaBytes: 1 << 28,
      supervision: { maxRestarts: Number.POSITIVE_INFINITY, maxAttempts: MAX_ATTEMPTS },
      logger: (entry) => this.#log(entry),
    });
    const letters = system.deadLetters$.subscribe((letter) => this.#accounts.shown(letter));
    const mourner = await system.spawn(Mourner, {
      name: MOURNER.slice(1),
      placement: 'inline',
      props: { buffer: this.#ledger.buffer },
    });
    await this.#castAll(system);
    const main = this.#sender(system);
    const acting = [1, 2, 3].map(() => this.#act(main));
    const deaths = new Random(random.below(2 ** 31));
    const killing = new Killing(system, this.#threads, this.#ledger, deaths, main);
    while (this.#threads.killed < kills) {
      await this.#someWork(deaths.below(MOST_BETWEEN));
      await killing.killSome();
    }
    const died = this.#threads.killed;
    Atomics.store(this.#ledger.words, Word.STOP, 1);
    await this.#inTime('the program', Promise.all(acting));
    const hung = await this.#untilSettled(system);
    const arena = await this.#arenaOf(system);
    await this.#inTime('the shutdown', this.#shutDown(system));
    void mourner;
    letters.unsubscribe();
    await this.#inTime('the ends of threads', this.#allEnded());
    this.#threads.close();
    return this.#results(died, hung, arena);
  }

  /** So many messages, or a while. */
  async #someWork(messages: number): Promise<void> {
    const enough = this.#ledger.messages + messages;
    const end = performance.now() + LULL_MS;
    while (this.#ledger.messages < enough && performance.now() < end) await pause(1);
  }

  #log(entry: LogEntry): void {
    const { message, actor, fields } = entry;
    if (message.startsWith('surprised')) this.say(`${actor} was ${message}: ${String(fields?.error)}`);
    else if (actor === 'system' && !/a spare thread has died|has stopped for good/.test(message)) {
      this.#complaints++;
      this.say(`the system complains: ${message} ${String(fields?.error)}`);
    }
  }

  #sender(system: ActorSystem): Sender {
    return new Sender({
      ledger: this.#ledger,
      life: 0,
      slot: 0,
      random: new Random(this.random.below(2 ** 31)),
      listens: true,
      find: (path) => system.find(Actor, path),
      spawner: system,
      surprised: (what, error) => {
        this.#ledger.count(Word.SURPRISES);
        this.say(`the program was surprised by ${what}: ${error instanceof Error ? error.stack : error}`);
      },
    });
  }

  async #act(sender: Sender): Promise<void> {
    while (!this.#ledger.isStopped) {
      await sender.act();
      await pause(this.random.below(4));
    }
  }

  async #castAll(system: ActorSystem): Promise<void> {
    const settings = (role: Role) => ({
      name: role.path.split('/').at(-1) as string,
      placement: role.placement,
      mailbox: role.maxItems === undefined ? {} : { maxItems: role.maxItems },
      supervision: {
        inFlight: role.inFlight,
        ...(role.maxRestarts === undefined ? {} : { maxRestarts: role.maxRestarts, withinMs: 1e6 }),
      },
      ...(role.placement === 'thread' ? { hangTimeoutMs: HANG_MS } : {}),
      askTimeoutMs: Number.POSITIVE_INFINITY,
      startTimeoutMs: Number.POSITIVE_INFINITY,
    });
    const props = ({ slot, acts = false, listens = false, size, sharded }: Role, worker = 0) => ({
      buffer: this.#ledger.buffer,
      slot: slot + worker,
      ordered: size === undefined || sharded === true,
      acts,
      listens,
    });
    const cast = async (role: Role): Promise<ActorRef<Player>> => {
      const type = role.juggles === true ? Juggler : Player;
      if (role.size === undefined) return system.spawn(type, { ...settings(role), props: props(role) });
      const pool = { size: role.size, ...(role.sharded === true ? { shardBy: '1' } : {}) };
      return system.pool(type, { ...settings(role), ...pool, props: (n) => props(role, n) });
    };
    /** Whoever has used up its restarts is brought back under the same name. */
    const keep = async (role: Role): Promise<void> => {
      const ref = await cast(role);
      if (role.maxRestarts === undefined) return;
      void ref.join().then(async () => {
        if (!this.#ledger.isStopped) await keep(role).catch((error) => this.#failed(role, error));
      });
    };
    const members = ROLES.filter((role) => role.group !== undefined);
    await system.supervise({
      name: 'kin',
      strategy: 'one-for-all',
      children: members.map((role) => child(Player, { ...settings(role), props: props(role) })),
    });
    for (const role of ROLES) if (role.group === undefined) await keep(role);
  }

  /** It may have been killed while it came up: then once more. */
  async #failed(role: Role, error: unknown): Promise<void> {
    if (this.#ledger.isStopped) return;
    if ((error as { code?: string }).code !== 'ERR_TROUPE_ACTOR_START') {
      this.#ledger.count(Word.SURPRISES);
      this.say(`${role.path} could not come back: ${error}`);
    }
  }

  /** @returns numbers of the promises that do not settle */
  async #untilSettled(system: ActorSystem): Promise<number> {
    const patience = new Patience(LIMIT_MS);
    for (let isTime = true; ; isTime = await patience.lasts()) {
      const open = this.#accounts.unsettled(this.#threads.isAlive);
      if (open.length === 0) return 0;
      if (!isTime) {
        for (const id of open) this.say(`hung: ${this.#accounts.describe(id)}`);
        for (const { path, state, thread, depth, oldestMs, handling, restarts } of system.metrics().actors) {
          const at = handling === undefined ? 'idle' : `in ${handling.method} for ${handling.forMs} ms`;
          const mail = depth === 0 ? 'no messages' : `${depth} messages, the oldest for ${oldestMs} ms`;
          this.say(`  ${path} ${state} on thread ${thread} after ${restarts} restarts, ${mail}, ${at}`);
        }
        return open.length;
      }
    }
  }

  async #arenaOf(system: ActorSystem): Promise<SharedArrayBuffer> {
    const props = { buffer: this.#ledger.buffer, slot: 30, ordered: false };
    const surveyor = await system.spawn(Player, { name: 'surveyor', props });
    return surveyor.ask.arena();
  }

  async #shutDown(system: ActorSystem): Promise<void> {
    const { timedOut, unkillable } = await system.shutdown({ timeoutMs: SHUTDOWN_MS });
    if (!timedOut && unkillable.length === 0) return;
    this.#stuck++;
    this.say('the shutdown ran out of time');
  }

  async #allEnded(): Promise<void> {
    while (this.#threads.living.size > 0) await pause(5);
  }

  #results(kills: number, hung: number, buffer: SharedArrayBuffer): Results {
    const { words } = this.#ledger;
    const sums = this.#accounts.sum();
    const sizes = ROLES.flatMap(({ size }) => (size === undefined ? [] : [size]));
    const audit: Audit = auditArena(buffer, sizes);
    for (const leak of audit.leaks) this.say(`leaked: ${leak}`);
    return {
      ...sums,
      hung: sums.hung + hung,
      kills,
      thrown: words[Word.THROWN],
      disordered: words[Word.DISORDERED],
      gaps: words[Word.GAPS],
      namesTaken: words[Word.NAMES_TAKEN],
      lateWords: words[Word.LATE_WORDS],
      surprises: words[Word.SURPRISES] + this.#complaints,
      leakedThreads: this.#threads.living.size,
      leakedBytes: audit.leakedBytes + audit.danglingBytes,
      miscountedBytes: Math.abs(audit.countedOff),
      stuck: this.#stuck,
    };
  }

  /** Whether it came. */
  async #inTime(what: string, promise: Promise<unknown>): Promise<void> {
    const patience = new Patience(LIMIT_MS * 1.5);
    let isWaiting = true;
    const late = async () => {
      while (isWaiting) if (!(await patience.lasts())) return 'late';
      return undefined;
    };
    const outcome = await Promise.race([promise, late()]);
    isWaiting = false;
    if (outcome !== 'late') return;
    this.#stuck++;
    this.say(`${what} is stuck`);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
