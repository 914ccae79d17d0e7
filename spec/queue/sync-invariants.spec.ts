/** Any scripts of three threads on the locks and signals at once: what must hold whatever their order was. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedEvent,
} from '../../core/queue/sync/index.js';
import { parameters } from '../support/seeds.js';

const STEPS = ['mutex', 'semaphore', 'read', 'write', 'make', 'take', 'set', 'clear', 'waitFor'] as const;
type Step = readonly [step: (typeof STEPS)[number], sync: boolean];
const PERMITS = 2;
/** Each round ends with a meeting of all. */
const PLAYERS = 3;

/** Words that are guarded: two that are equal outside of the lock, and counts of those inside. */
const Word = {
  LEFT: 0,
  RIGHT: 1,
  PERMITS: 2,
  READERS: 3,
  WRITERS: 4,
  TOKENS: 5,
  WRONG: 6,
  WORDS: 8,
} as const;

function newStage() {
  return {
    mutex: Mutex.create(),
    semaphore: Semaphore.create(PERMITS),
    lock: ReadWriteLock.create(),
    condition: Condition.create(Mutex.create()),
    event: SharedEvent.create(),
    barrier: Barrier.create(PLAYERS),
    words: new Int32Array(new SharedArrayBuffer(Word.WORDS * 4)),
  };
}
type Stage = ReturnType<typeof newStage>;

function handlesOf({ mutex, semaphore, lock, condition, event, barrier, words }: Stage) {
  return {
    mutex: mutex.handle,
    semaphore: semaphore.handle,
    lock: lock.handle,
    condition: condition.handle,
    event: event.handle,
    barrier: barrier.handle,
    words,
  };
}
type Handles = ReturnType<typeof handlesOf>;

function attached(handles: Handles): Stage {
  return {
    mutex: Mutex.attach(handles.mutex),
    semaphore: Semaphore.attach(handles.semaphore),
    lock: ReadWriteLock.attach(handles.lock),
    condition: Condition.attach(handles.condition),
    event: SharedEvent.attach(handles.event),
    barrier: Barrier.attach(handles.barrier),
    words: handles.words,
  };
}

/** Time in which others may come in who must not. */
async function stay(sync: boolean): Promise<void> {
  const end = performance.now() + 0.05;
  if (sync) while (performance.now() < end);
  else await new Promise(setImmediate);
}

const acts: Record<Step[0], (stage: Stage, sync: boolean) => Promise<void>> = {
  async mutex({ mutex, words }, sync) {
    using _guard = sync ? mutex.acquireSync() : await mutex.acquire();
    if (words[Word.LEFT] !== words[Word.RIGHT]) Atomics.add(words, Word.WRONG, 1);
    words[Word.LEFT]++;
    await stay(sync);
    words[Word.RIGHT]++;
  },
  async semaphore({ semaphore, words }, sync) {
    using _permit = sync ? semaphore.acquireSync() : await semaphore.acquire();
    if (Atomics.add(words, Word.PERMITS, 1) >= PERMITS) Atomics.add(words, Word.WRONG, 1);
    await stay(sync);
    Atomics.sub(words, Word.PERMITS, 1);
  },
  async read({ lock, words }, sync) {
    using _reading = sync ? lock.readSync() : await lock.read();
    Atomics.add(words, Word.READERS, 1);
    if (Atomics.load(words, Word.WRITERS) !== 0) Atomics.add(words, Word.WRONG, 1);
    await stay(sync);
    Atomics.sub(words, Word.READERS, 1);
  },
  async write({ lock, words }, sync) {
    using _writing = sync ? lock.writeSync() : await lock.write();
    const others = Atomics.add(words, Word.WRITERS, 1) + Atomics.load(words, Word.READERS);
    if (others !== 0) Atomics.add(words, Word.WRONG, 1);
    await stay(sync);
    Atomics.sub(words, Word.WRITERS, 1);
  },
  async make({ condition, words }, sync) {
    using _guard = await condition.mutex.acquire();
    words[Word.TOKENS]++;
    if (sync) condition.notify();
    else condition.notifyAll();
  },
  /** There are as many that make as take, and those that take are the last: so none waits for ever. */
  async take({ condition, words }, sync) {
    using _guard = await condition.mutex.acquire();
    if (sync) condition.waitForSync(() => words[Word.TOKENS] > 0);
    else await condition.waitFor(() => words[Word.TOKENS] > 0);
    words[Word.TOKENS]--;
  },
  async set({ event }) {
    event.set();
  },
  async clear({ event }) {
    event.clear();
  },
  async waitFor({ event }, sync) {
    try {
      if (sync) event.waitSync({ timeoutMs: 1 });
      else await event.wait({ timeoutMs: 1 });
    } catch (error) {
      if ((error as { code: string }).code !== 'ERR_TROUPE_WAIT_TIMEOUT') throw error;
    }
  },
};

async function play(handles: Handles, steps: readonly Step[]): Promise<boolean> {
  const stage = attached(handles);
  const isTaking = ([step]: Step): boolean => step === 'take';
  const rest = steps.filter((step) => !isTaking(step));
  // What is taken is made first, by the same thread or another.
  const made = steps.filter(isTaking).map(([, sync]): Step => ['make', sync]);
  for (const [step, sync] of [...rest, ...made, ...steps.filter(isTaking)]) await acts[step](stage, sync);
  return stage.barrier.waitSync();
}

if (!isMainThread && process.argv.includes('locks')) {
  parentPort?.on('message', async ({ handles, steps }: { handles: Handles; steps: Step[] }) =>
    parentPort?.postMessage(await play(handles, steps)),
  );
} else {
  describe('any scripts of three threads with locks', () => {
    const workers: Worker[] = [];
    before(() => {
      for (let n = 0; n < PLAYERS; n++)
        workers.push(new Worker(new URL(import.meta.url), { argv: ['locks'] }));
    });
    after(() => Promise.all(workers.map((worker) => worker.terminate())));

    /** Few kinds at a time: so they meet at the same lock. */
    const scripts = fc.subarray([...STEPS], { minLength: 1, maxLength: 3 }).chain((kinds) => {
      const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...kinds), fc.boolean());
      const script = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });
      return fc.array(script, { minLength: PLAYERS, maxLength: PLAYERS });
    });

    it('let in as many as may be, and leave nobody waiting', async function () {
      this.timeout(60_000);
      const property = fc.asyncProperty(scripts, async (lists) => {
        const stage = newStage();
        const answers = workers.map(async (worker, n) => {
          const answer = once(worker, 'message');
          worker.postMessage({ handles: handlesOf(stage), steps: lists[n] });
          return (await answer)[0] as boolean;
        });
        const last = await Promise.all(answers);
        const { words, semaphore, mutex, lock } = stage;
        const count = (wanted: Step[0]) => lists.flat().filter(([name]) => name === wanted).length;
        const made = count('make');
        expect([...words]).to.deep.equal([count('mutex'), count('mutex'), 0, 0, 0, made, 0, 0]);
        expect(last.filter(Boolean).length).to.equal(1);
        expect([semaphore.available, mutex.isLocked, lock.isWriting, lock.readers]).to.deep.equal([
          PERMITS,
          false,
          false,
          0,
        ]);
        for (const each of Object.values(stage)) if ('dispose' in each) each.dispose();
      });
      await fc.assert(property, parameters(150));
    });
  });
}
