/** A thread that puts, takes, waits and locks until it is told to stop, or is killed. */
import { workerData } from 'node:worker_threads';
import { SENTINEL } from '../../../core/queue/index.js';
import { Random } from '../random.js';
import { type Ground, groundFrom, type handlesOf } from './ground.js';
import { MAX_ITEMS, Mark, Phase, Word } from './ledger.js';
import { lockSomething } from './locking.js';

export interface ChaosJob {
  readonly role: 'putter' | 'taker' | 'locker';
  readonly slot: number;
  /** Tells the threads of a slot apart. */
  readonly life: number;
  readonly seed: number;
  readonly handles: ReturnType<typeof handlesOf>;
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
/** An expected refusal gives undefined; anything else ends the thread, and the program. */
async function unless<T>(codes: readonly string[], act: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

async function put(ground: Ground, job: ChaosJob, random: Random): Promise<void> {
  const { ledger, queues } = ground;
  const which = random.below(queues.length);
  const queue = queues[which];
  const id = Atomics.add(ledger.words, Word.NEXT + which, 1);
  if (id >= MAX_ITEMS) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return;
  }
  const item = { id, text: 'x'.repeat(random.below(40)) };
  const marks = ledger.marks[which];
  ledger.makers[which][id] = job.life;
  Atomics.store(marks, id, Mark.BEGUN);
  ledger.phase(job.slot, Phase.PUTTING + which);
  const options = { timeoutMs: random.pick([2, 50, 60_000]), priority: random.below(5) };
  const way = random.below(4);
  const refusals = ['ERR_TROUPE_QUEUE_FULL', 'ERR_TROUPE_QUEUE_SHUT_DOWN'];
  const isPut = await unless(refusals, async () => {
    if (way === 0) return queue.tryPut(item, options);
    if (way === 1) queue.putSync(item, options);
    else await queue.put(item, options);
    return true;
  });
  Atomics.store(marks, id, Mark.BEGUN | (isPut === true ? Mark.PUT : Mark.REFUSED));
}

/** The last item of each maker that this thread has taken: in a FIFO queue they come in order. */
const latest = new Map<number, number>();

async function take(ground: Ground, { slot }: ChaosJob, random: Random): Promise<void> {
  const { ledger, queues } = ground;
  const which = random.below(queues.length);
  const queue = queues[which];
  ledger.phase(slot, Phase.GETTING + which);
  const options = { timeoutMs: random.pick([1, 30]) };
  const way = random.below(4);
  const item = await unless(['ERR_TROUPE_QUEUE_EMPTY'], () => {
    if (way === 0) return queue.tryGet();
    return way === 1 ? queue.getSync(options) : queue.get(options);
  });
  if (item === undefined || item === SENTINEL) return;
  const { id } = item;
  // In hand first: an item that is counted as taken is somebody's.
  ledger.holding(slot, id);
  ledger.phase(slot, Phase.HOLDING + which);
  Atomics.add(ledger.taken[which], id, 1);
  if (which === 0) {
    const maker = ledger.makers[which][id];
    if ((latest.get(maker) ?? -1) > id) ledger.count(Word.DISORDERED);
    latest.set(maker, id);
  }
  if (random.below(4) === 0) await random.linger();
  ledger.phase(slot, Phase.FINISHING + which);
  queue.taskDone();
  ledger.phase(slot, Phase.OTHER);
  ledger.holding(slot, -1);
}

async function live(job: ChaosJob): Promise<void> {
  const ground = groundFrom(job.handles);
  const { ledger } = ground;
  const random = new Random(job.seed);
  const acts = { putter: put, taker: take, locker: lockSomething };
  while (!ledger.isStopped) {
    await acts[job.role](ground, job, random);
    ledger.phase(job.slot, Phase.OTHER);
    ledger.operated(job.slot);
    // The event loop gets its turn: what waits asynchronously, and the order to stop.
    if (random.below(16) === 0) await new Promise(setImmediate);
  }
}

await live(workerData as ChaosJob);
