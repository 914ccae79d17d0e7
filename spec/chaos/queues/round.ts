/** One round: threads that work on common ground, killed and replaced, then called to an end and counted. */
import { Worker } from 'node:worker_threads';
import { SENTINEL } from '../../../core/queue/index.js';
import type { Random } from '../random.js';
import { Accounts, type Sums } from './accounts.js';
import { disposeOf, type Ground, handlesOf, newGround, PERMITS } from './ground.js';
import { Phase, SLOTS, Word } from './ledger.js';
import type { ChaosJob } from './thread.js';

const ROLES = ['putter', 'putter', 'putter', 'taker', 'taker', 'taker', 'locker', 'locker'] as const;
const LIMIT_MS = 20_000;
/** Kills that are under way at a time: more than one thread may die of a moment. */
const AT_ONCE = 3;
/** How long it is waited for a good moment. */
const PATIENCE_MS = 5;

export interface Results extends Sums {
  kills: number;
  stuck: number;
  /** Out of order, half changed under a lock, too many inside of one. */
  disordered: number;
  torn: number;
  crowded: number;
  /** Threads that ended by an error of their own. */
  failed: number;
}

export class Round {
  readonly #ground: Ground = newGround();
  readonly #accounts = new Accounts();
  readonly #workers: Worker[] = [];
  readonly #exits: Promise<void>[] = [];
  #lives = 0;
  #stuck = 0;
  #failed = 0;

  constructor(
    readonly random: Random,
    readonly say: (deviation: string) => void,
  ) {}

  async play(kills: number): Promise<Results> {
    // From here on items count as tasks: what dies with its consumer is reported.
    for (const queue of this.#ground.queues) await queue.join();
    for (let slot = 0; slot < SLOTS; slot++) this.#start(slot);
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, lane) => {
        for (let n = lane; n < kills; n += AT_ONCE) await this.#killOne(lane);
      }),
    );
    await this.#end();
    this.#accounts.close();
    const { words } = this.#ground.ledger;
    const results = {
      ...this.#accounts.sum(this.#ground, this.say),
      kills,
      stuck: this.#stuck,
      disordered: words[Word.DISORDERED],
      torn: words[Word.TORN],
      crowded: words[Word.CROWDED],
      failed: this.#failed,
    };
    disposeOf(this.#ground);
    return results;
  }

  #start(slot: number): void {
    this.#ground.ledger.enter(slot);
    const job: ChaosJob = {
      role: ROLES[slot],
      slot,
      life: this.#lives++ % 0x10000,
      seed: this.random.below(2 ** 31),
      handles: handlesOf(this.#ground),
    };
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: job });
    worker.on('error', (error) => {
      this.#failed++;
      this.say(`a ${job.role} failed: ${error.stack}`);
    });
    this.#workers[slot] = worker;
    this.#exits[slot] = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  /** Each lane has slots of its own. */
  async #killOne(lane: number): Promise<void> {
    const { random } = this;
    const { ledger } = this.#ground;
    const slot = lane + AT_ONCE * random.below(Math.ceil((SLOTS - lane) / AT_ONCE));
    // Now and then also one that has only begun to live.
    const enough = random.below(20) === 0 ? 0 : 1 + random.below(60);
    const end = performance.now() + LIMIT_MS;
    while (ledger.operations(slot) < enough) {
      if (performance.now() > end) {
        this.#stuck++;
        this.say(`a ${ROLES[slot]} does nothing, in phase ${ledger.phase(slot)}`);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, random.below(3)));
    }
    this.#lieInWait(slot);
    ledger.doom(slot);
    await this.#workers[slot].terminate();
    await this.#exits[slot];
    this.#accounts.died(ledger.phase(slot), ledger.holding(slot));
    this.#start(slot);
  }

  /** Every other time: until the thread has something in hand, or is inside of a lock, or puts. */
  #lieInWait(slot: number): void {
    if (this.random.below(2) === 0) return;
    const wanted = {
      putter: [Phase.PUTTING],
      taker: [Phase.HOLDING, Phase.FINISHING, Phase.GETTING],
      locker: [Phase.INSIDE],
    };
    const phase = this.random.pick<number>(wanted[ROLES[slot]]);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const now = this.#ground.ledger.phase(slot);
      if (now - (now % 10) === phase) return;
    }
  }

  async #end(): Promise<void> {
    const { ledger, condition, event, queues } = this.#ground;
    Atomics.store(ledger.words, Word.STOP, 1);
    event.set();
    for (const queue of queues) await this.#inTime(`the sentinel of ${queue.kind}`, queue.put(SENTINEL));
    await this.#inTime('the condition', condition.mutex.acquire());
    condition.notifyAll();
    condition.mutex.release();
    for (const [slot, exit] of this.#exits.entries()) {
      if (await this.#inTime(`a ${ROLES[slot]} in phase ${ledger.phase(slot)}`, exit)) continue;
      await this.#workers[slot].terminate();
      this.#accounts.died(ledger.phase(slot), ledger.holding(slot));
    }
    await this.#drain();
    await this.#locksAreFree();
  }

  async #drain(): Promise<void> {
    const { ledger, queues } = this.#ground;
    for (const [which, queue] of queues.entries()) {
      await this.#inTime(
        `the rest of ${queue.kind}`,
        (async () => {
          for await (const { id } of queue) {
            ledger.taken[which][id]++;
            queue.taskDone();
          }
        })(),
      );
      await this.#inTime(`${queue.kind}.join() at ${queue.unfinished} unfinished`, queue.join());
    }
  }

  async #locksAreFree(): Promise<void> {
    const { mutex, semaphore, readWrite, condition } = this.#ground;
    await this.#inTime('the mutex', mutex.acquire());
    await this.#inTime('the mutex of the condition', condition.mutex.acquire());
    await this.#inTime('the read-write lock', readWrite.write());
    if (semaphore.available !== PERMITS) {
      this.#stuck++;
      this.say(`the semaphore has ${semaphore.available} permits in the end`);
    }
  }

  /** Whether it came; an owner that died is nothing unusual here. */
  async #inTime(what: string, promise: Promise<unknown>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), LIMIT_MS);
    });
    const outcome = await Promise.race([promise.catch((error: { code?: string }) => error.code), late]);
    clearTimeout(timer);
    if (outcome !== 'late') return true;
    this.#stuck++;
    this.say(`${what} is stuck`);
    return false;
  }
}
