/** What the threads of a round do with locks, and what must not be while they do. */
import type { Guard } from '../../../core/queue/sync/index.js';
import type { Random } from '../random.js';
import { type Ground, PERMITS } from './ground.js';
import { Phase, Word } from './ledger.js';

interface Locker {
  readonly slot: number;
}
type Act = (ground: Ground, locker: Locker, random: Random) => Promise<void>;

const codeOf = (error: unknown): unknown => (error as { code?: string }).code;

/** Gives the guard; or what is to be released when the last owner died; or nothing when the time was up. */
async function acquired(
  { ledger }: Ground,
  { slot }: Locker,
  acquire: () => Guard | undefined | Promise<Guard>,
  release: () => void,
): Promise<{ release(): void; ownerDied: boolean } | undefined> {
  const inside = (ownerDied: boolean, end: () => void) => {
    ledger.phase(slot, Phase.INSIDE);
    return {
      ownerDied,
      release(): void {
        ledger.phase(slot, Phase.LOCKING);
        end();
      },
    };
  };
  try {
    const guard = await acquire();
    return guard && inside(false, () => guard.release());
  } catch (error) {
    if (codeOf(error) === 'ERR_TROUPE_OWNER_DIED') return inside(true, release);
    if (codeOf(error) === 'ERR_TROUPE_WAIT_TIMEOUT') return undefined;
    throw error;
  }
}

const mutexes: Act = async (ground, locker, random) => {
  const { mutex, ledger } = ground;
  const { slot } = locker;
  const { words } = ledger;
  const options = { timeoutMs: random.pick([3, 60_000]) };
  const way = random.below(3);
  const lock = await acquired(
    ground,
    locker,
    () => (way === 0 ? mutex.tryAcquire() : way === 1 ? mutex.acquireSync(options) : mutex.acquire(options)),
    () => mutex.release(),
  );
  if (lock === undefined) return;
  if (lock.ownerDied) {
    // Put right what it left half done.
    words[Word.RIGHT] = words[Word.LEFT];
    Atomics.store(words, Word.OWNER, 0);
  }
  if (Atomics.compareExchange(words, Word.OWNER, 0, slot + 1) !== 0) ledger.count(Word.CROWDED);
  if (words[Word.LEFT] !== words[Word.RIGHT]) ledger.count(Word.TORN);
  words[Word.LEFT]++;
  await random.linger();
  words[Word.RIGHT]++;
  Atomics.store(words, Word.OWNER, 0);
  lock.release();
};

const permits: Act = async (ground, locker, random) => {
  const { semaphore, ledger } = ground;
  const { slot } = locker;
  const options = { timeoutMs: random.pick([3, 60_000]) };
  const permit = await acquired(
    ground,
    locker,
    () => (random.below(2) === 0 ? semaphore.acquireSync(options) : semaphore.acquire(options)),
    () => undefined,
  );
  if (permit === undefined) return;
  ledger.inside(slot, true);
  if (ledger.countInside() > PERMITS) ledger.count(Word.CROWDED);
  await random.linger();
  ledger.inside(slot, false);
  permit.release();
};

const readers: Act = async (ground, locker, random) => {
  const { readWrite, ledger } = ground;
  const { slot } = locker;
  const options = { timeoutMs: random.pick([3, 60_000]) };
  const reading = await acquired(
    ground,
    locker,
    () => (random.below(2) === 0 ? readWrite.readSync(options) : readWrite.read(options)),
    () => undefined,
  );
  if (reading === undefined) return;
  ledger.reading(slot, true);
  await random.linger();
  if (readWrite.isWriting) ledger.count(Word.CROWDED);
  ledger.reading(slot, false);
  reading.release();
};

const writers: Act = async (ground, locker, random) => {
  const { readWrite, ledger } = ground;
  const { slot } = locker;
  const { words } = ledger;
  const options = { timeoutMs: random.pick([3, 60_000]) };
  const writing = await acquired(
    ground,
    locker,
    () => (random.below(2) === 0 ? readWrite.writeSync(options) : readWrite.write(options)),
    () => readWrite.releaseWrite(),
  );
  if (writing === undefined) return;
  if (writing.ownerDied) Atomics.store(words, Word.WRITER, 0);
  if (Atomics.compareExchange(words, Word.WRITER, 0, slot + 1) !== 0) ledger.count(Word.CROWDED);
  if (ledger.countReading() > 0) ledger.count(Word.CROWDED);
  await random.linger();
  Atomics.store(words, Word.WRITER, 0);
  writing.release();
};

/** Makes a token and says so, or waits for one: the condition's mutex guards their number. */
const tokens: Act = async (ground, locker, random) => {
  const { condition, ledger } = ground;
  const { words } = ledger;
  const { mutex } = condition;
  const lock = await acquired(
    ground,
    locker,
    () => mutex.acquire(),
    () => mutex.release(),
  );
  if (lock === undefined) return;
  try {
    await random.linger();
    if (random.below(2) === 0) {
      words[Word.TOKENS]++;
      if (random.below(4) === 0) condition.notifyAll();
      else condition.notify();
    } else {
      const ready = (): boolean => words[Word.TOKENS] > 0 || ledger.isStopped;
      // Not for ever: the others may all be waiting here.
      const options = { timeoutMs: random.pick([2, 100]) };
      if (random.below(2) === 0) condition.waitForSync(ready, options);
      else await condition.waitFor(ready, options);
      if (words[Word.TOKENS] > 0) words[Word.TOKENS]--;
    }
  } catch (error) {
    // Both come with the mutex held.
    if (!['ERR_TROUPE_OWNER_DIED', 'ERR_TROUPE_WAIT_TIMEOUT'].includes(String(codeOf(error)))) throw error;
  }
  lock.release();
};

const meetings: Act = async ({ barrier }, _locker, random) => {
  const options = { timeoutMs: random.pick([5, 100]) };
  try {
    if (random.below(2) === 0) barrier.waitSync(options);
    else await barrier.wait(options);
  } catch (error) {
    if (codeOf(error) !== 'ERR_TROUPE_BROKEN_BARRIER') throw error;
    barrier.reset();
  }
};

const signals: Act = async ({ event }, _locker, random) => {
  const choice = random.below(4);
  if (choice === 0) event.clear();
  if (choice === 1) event.set();
  const wait =
    random.below(2) === 0 ? async () => event.waitSync({ timeoutMs: 3 }) : () => event.wait({ timeoutMs: 3 });
  await wait().catch((error) => {
    if (codeOf(error) !== 'ERR_TROUPE_WAIT_TIMEOUT') throw error;
  });
};

const acts = [mutexes, mutexes, permits, readers, writers, tokens, meetings, signals];

export const lockSomething: Act = (ground, locker, random) => {
  const which = random.below(acts.length);
  ground.ledger.phase(locker.slot, Phase.LOCKING + which);
  return acts[which](ground, locker, random);
};
