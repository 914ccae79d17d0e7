/** Locks, handed from one thread to another. */
import type { Core } from '../load.js';
import type { Program } from '../model.js';
import type { Env } from '../thread.js';
import { codeOf, meeting, saidBy } from './meeting.js';

type Lock = InstanceType<Core['Mutex']> | InstanceType<Core['Semaphore']>;

/** Adds one in the two steps that a lock has to hold together. */
function addOne(word: number, env: Env): void {
  env.store(word, env.load(word) + 1);
  env.note('added');
}

const lockAndAdd =
  (times = 1) =>
  ({ lock }: { lock: Lock }, word: number, env: Env): void => {
    for (let i = 0; i < times; i++) {
      if (codeOf(() => lock.acquireSync()) === 'ERR_TROUPE_OWNER_DIED') env.note('owner died');
      addOne(word, env);
      lock.release();
      env.forget();
    }
  };

/** The same on the event loop, where a call gives way to the others. */
const lockAndAddLater = () =>
  function* ({ lock }: { lock: Lock }, word: number, env: Env): Generator<unknown, void, unknown> {
    try {
      yield lock.acquire();
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_TROUPE_OWNER_DIED') throw error;
      env.note('owner died');
    }
    addOne(word, env);
    lock.release();
  };
type Adding = ReturnType<typeof lockAndAdd> | ReturnType<typeof lockAndAddLater>;

function mutex(name: string, bounds: Program['bounds'], parts: Record<string, Adding>) {
  return meeting<{ lock: Lock }>({
    name,
    bounds,
    make(core) {
      const { at } = core.Mutex.create().handle;
      return (space) => ({ lock: new core.Mutex(space, at as never) });
    },
    parts,
    check: (fates, [count]) => {
      const said = saidBy(fates, 'added');
      const died = Object.values(fates).filter(({ died }) => died).length;
      if (saidBy(fates, 'owner died') > died) return 'An owner died more often than threads did.';
      if (count < said || count > said + died) return `${said} added, and ${count} came of it.`;
      return undefined;
    },
  });
}

function semaphore(name: string, bounds: Program['bounds'], parts: Record<string, Adding>) {
  return meeting<{ lock: Lock }>({
    name,
    bounds,
    make(core) {
      const { at } = core.Semaphore.create(1).handle;
      return (space) => ({ lock: new core.Semaphore(space, at as never) });
    },
    parts,
    check: (fates, [count]) => {
      const said = saidBy(fates, 'added');
      const died = Object.values(fates).filter(({ died }) => died).length;
      return count < said || count > said + died ? `${said} added, and ${count} came of it.` : undefined;
    },
  });
}

type ReadWrite = { lock: InstanceType<Core['ReadWriteLock']> };

function write({ lock }: ReadWrite, word: number, env: Env): void {
  if (codeOf(() => lock.writeSync()) === 'ERR_TROUPE_OWNER_DIED') {
    env.note('owner died');
    env.store(word + 1, env.load(word));
  }
  const count = env.load(word) + 1;
  env.store(word, count);
  env.store(word + 1, count);
  env.note('added');
  lock.releaseWrite();
}

function read({ lock }: ReadWrite, word: number, env: Env): void {
  const guard = lock.readSync();
  env.note(env.load(word) === env.load(word + 1) ? 'read' : 'torn');
  guard.release();
}

function readWrite(name: string, bounds: Program['bounds'], parts: Record<string, typeof read>) {
  return meeting<ReadWrite>({
    name,
    bounds,
    make(core) {
      const { at } = core.ReadWriteLock.create().handle;
      return (space) => ({ lock: new core.ReadWriteLock(space, at as never) });
    },
    parts,
    check(fates, [count]) {
      const died = Object.values(fates).filter(({ died }) => died).length;
      if (saidBy(fates, 'torn') > 0 && died === 0) return 'A reader saw a half of what was written.';
      const said = saidBy(fates, 'added');
      return count < said || count > said + died ? `${said} added, and ${count} came of it.` : undefined;
    },
  });
}

type Meet = { barrier: InstanceType<Core['Barrier']> };

function meet({ barrier }: Meet, _word: number, env: Env): void {
  let last = false;
  const code = codeOf(() => {
    last = barrier.waitSync();
  });
  env.note(code ?? (last ? 'last' : 'met'));
}

function barrier(name: string, bounds: Program['bounds'], parts: Record<string, typeof meet>) {
  return meeting<Meet>({
    name,
    bounds,
    make(core) {
      const { at } = core.Barrier.create(Object.keys(parts).length).handle;
      return (space) => ({ barrier: new core.Barrier(space, at as never) });
    },
    parts,
    check(fates) {
      const died = Object.values(fates).filter(({ died }) => died).length;
      const [last, met] = [saidBy(fates, 'last'), saidBy(fates, 'met')];
      if (last > 1) return 'Two were the last to come.';
      if (died === 0 && (last !== 1 || met !== Object.keys(parts).length - 1)) return 'They have not met.';
      return undefined;
    },
    // Who comes before the dead one has said that it is here waits for the others, who may still come.
    mayWait: (_who, fates) => Object.values(fates).some(({ died }) => died) && saidBy(fates, 'last') === 0,
  });
}

type Signals = { mutex: InstanceType<Core['Mutex']>; condition: InstanceType<Core['Condition']> };

/** Holds the mutex, whoever held it before. */
const hold = ({ mutex }: Signals): void => void codeOf(() => mutex.acquireSync());

function awaitSet(locks: Signals, word: number, env: Env): void {
  hold(locks);
  while (env.load(word) === 0) codeOf(() => locks.condition.waitSync());
  env.store(word, env.load(word) - 1);
  env.note('got');
  locks.mutex.release();
}

/** Waits once, and only for a time; takes what has come. */
function awaitOnce(locks: Signals, word: number, env: Env): void {
  hold(locks);
  if (env.load(word) === 0) codeOf(() => locks.condition.waitSync({ timeoutMs: 10 }));
  if (env.load(word) > 0) {
    env.store(word, env.load(word) - 1);
    env.note('got');
  } else env.note('left');
  locks.mutex.release();
}

const raise =
  (times: number) =>
  (locks: Signals, word: number, env: Env): void => {
    for (let i = 0; i < times; i++) {
      hold(locks);
      env.store(word, env.load(word) + 1);
      locks.condition.notify();
      locks.mutex.release();
    }
  };

function condition(name: string, bounds: Program['bounds'], parts: Record<string, typeof awaitSet>) {
  return meeting<Signals>({
    name,
    bounds,
    make(core) {
      const mutex = core.Mutex.create();
      const { at } = core.Condition.create(mutex).handle;
      return (space) => ({
        mutex: new core.Mutex(space, mutex.handle.at as never),
        condition: new core.Condition(space, at as never),
      });
    },
    parts,
    // Nothing to be had any more; or who died had not said so yet.
    mayWait: (_who, fates, [count]) => count === 0 || fates.a.died,
    check: (fates, [count]) =>
      count === 0 && saidBy(fates, 'got') === 0 && !Object.values(fates).some(({ died }) => died)
        ? 'What was raised is gone.'
        : undefined,
  });
}

type Flag = { event: InstanceType<Core['SharedEvent']> };

const event = meeting<Flag>({
  name: 'event: one sets it, two wait, one dies',
  bounds: { preemptions: 1, deaths: 1, timeouts: 0 },
  make(core) {
    const { at } = core.SharedEvent.create().handle;
    return (space) => ({ event: new core.SharedEvent(space, at as never) });
  },
  parts: {
    a: ({ event }, _word, env) => {
      event.set();
      env.note('set');
    },
    x: ({ event }) => event.waitSync(),
    y: ({ event }) => event.waitSync(),
  },
  mayWait: (_who, { a }) => a.died && !a.notes.includes('set'),
});

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

const conditionDies = condition(
  'condition: two wait, one raises, one dies',
  { preemptions: 1, ...one },
  { x: awaitSet, y: awaitSet, a: raise(1) },
);

const conditionTimes = condition(
  'condition: one waits, another only for a time, one raises',
  { preemptions: 2, deaths: 0, timeouts: 1 },
  { x: awaitOnce, y: awaitSet, a: raise(1) },
);

export const locks: readonly Program[] = [
  mutex('mutex: two take turns', { preemptions: 3, ...none }, { a: lockAndAdd(2), b: lockAndAdd(2) }),
  mutex(
    'mutex: three, each once',
    { preemptions: 2, ...none },
    { a: lockAndAdd(), b: lockAndAdd(), c: lockAndAdd() },
  ),
  mutex('mutex: two take turns, one dies', { preemptions: 2, ...one }, { a: lockAndAdd(), b: lockAndAdd(2) }),
  mutex(
    'mutex: three, one dies',
    { preemptions: 1, ...one },
    { a: lockAndAdd(), b: lockAndAdd(), c: lockAndAdd() },
  ),
  semaphore('semaphore: two take turns', { preemptions: 3, ...none }, { a: lockAndAdd(2), b: lockAndAdd(2) }),
  semaphore(
    'semaphore: three, one dies',
    { preemptions: 1, ...one },
    { a: lockAndAdd(), b: lockAndAdd(), c: lockAndAdd() },
  ),
  readWrite(
    'read-write lock: two write, one reads',
    { preemptions: 2, ...none },
    { a: write, b: write, x: read },
  ),
  readWrite(
    'read-write lock: one writes, two read',
    { preemptions: 2, ...none },
    { a: write, x: read, y: read },
  ),
  readWrite(
    'read-write lock: one writes, two read, one dies',
    { preemptions: 1, ...one },
    { a: write, x: read, y: read },
  ),
  readWrite('read-write lock: two write, one dies', { preemptions: 2, ...one }, { a: write, b: write }),
  barrier('barrier: two meet', { preemptions: 3, ...none }, { a: meet, b: meet }),
  barrier('barrier: three meet, one dies', { preemptions: 1, ...one }, { a: meet, b: meet, c: meet }),
  condition(
    'condition: two wait, one raises twice',
    { preemptions: 2, ...none },
    { x: awaitSet, y: awaitSet, a: raise(2) },
  ),
  condition(
    'condition: one waits, one raises, one dies',
    { preemptions: 2, ...one },
    { x: awaitSet, a: raise(1) },
  ),
  { ...conditionDies, short: false },
  { ...conditionTimes, short: { preemptions: 0 } },
  event,
  mutex(
    'mutex: three, two of them on event loops',
    { preemptions: 2, ...none },
    { a: lockAndAddLater(), b: lockAndAddLater(), c: lockAndAdd() },
  ),
  mutex(
    'mutex: two on event loops, one dies',
    { preemptions: 1, ...one },
    { a: lockAndAddLater(), b: lockAndAddLater() },
  ),
];
