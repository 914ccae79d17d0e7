/** Workers for the specs of queues and locks: each runs one of the scenes below with what it was given. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  SENTINEL,
  type SharedHandle,
  SharedPriorityQueue,
  SharedQueue,
  SharedStack,
} from '../../../core/queue/index.js';
import {
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedEvent,
} from '../../../core/queue/sync/index.js';
import { Patience } from '../../../core/queue/user/line.js';

/** Anything with a handle, as it is needed over there. */
// biome-ignore lint/suspicious/noExplicitAny: the scenes know what they are given
type Given = any;

function revive(given: Given): Given {
  switch (given?.kind) {
    case 'SharedQueue':
      return SharedQueue.attach(given);
    case 'SharedPriorityQueue':
      return SharedPriorityQueue.attach(given);
    case 'SharedStack':
      return SharedStack.attach(given);
    case 'Mutex':
      return Mutex.attach(given);
    case 'Condition':
      return Condition.attach(given);
    case 'Semaphore':
      return Semaphore.attach(given);
    case 'SharedEvent':
      return SharedEvent.attach(given);
    case 'Barrier':
      return Barrier.attach(given);
    case 'ReadWriteLock':
      return ReadWriteLock.attach(given);
    default:
      return given;
  }
}

const SPIN_LIMIT_MS = 10_000;

/** Ends the thread at the n-th store into shared memory from here on. */
function dieAtStore(n: number): void {
  const store = Atomics.store;
  let left = n;
  Atomics.store = ((...args: Parameters<typeof store>) => {
    if (--left === 0) process.exit(3);
    return store(...args);
  }) as typeof store;
}

const scenes = {
  put(queue: Given, items: unknown[]) {
    for (const item of items) queue.putSync(item);
  },
  take(queue: Given, count: number) {
    return Array.from({ length: count }, () => queue.getSync());
  },
  takeUntilSentinel(queue: Given) {
    const taken: unknown[] = [];
    for (;;) {
      const item = queue.getSync();
      if (item === SENTINEL) return taken;
      taken.push(item);
      queue.taskDone();
    }
  },
  async iterate(queue: Given) {
    const taken: unknown[] = [];
    for await (const item of queue) taken.push(item);
    return taken;
  },
  /** Puts its number a few times, and takes as many. */
  mix(queue: Given, own: number, count: number) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      queue.putSync(own);
      sum += queue.getSync();
    }
    return sum;
  },
  takeAndDie(queue: Given, count: number) {
    for (let i = 0; i < count; i++) queue.getSync();
    process.exit(3);
  },
  takeAndSpin(queue: Given, here: Int32Array, flag: Int32Array) {
    queue.getSync();
    Atomics.store(here, 0, 1);
    scenes.spin(flag);
  },
  putAndDieAt(queue: Given, item: unknown, n: number) {
    queue.tryGet();
    dieAtStore(n);
    queue.putSync(item);
    return 'survived';
  },
  takeAndDieAt(queue: Given, n: number) {
    dieAtStore(n);
    queue.getSync();
    return 'survived';
  },
  /** Stands in line for an item from the store on. */
  async getInLine(queue: Given, here: Int32Array) {
    const item = queue.get();
    Atomics.store(here, 0, 1);
    return await item;
  },
  /** The same, and does not look until it is let go. */
  async getInLineAndSpin(queue: Given, here: Int32Array, flag: Int32Array) {
    const item = queue.get();
    Atomics.store(here, 0, 1);
    scenes.spin(flag);
    return await item;
  },
  async putInLine(queue: Given, here: Int32Array, item: unknown) {
    const put = queue.put(item);
    Atomics.store(here, 0, 1);
    await put;
    return 'put';
  },
  /** Takes whatever it finds, as fast as it can. */
  grabAll(queue: Given, flag: Int32Array) {
    let taken = 0;
    const end = performance.now() + SPIN_LIMIT_MS;
    while (Atomics.load(flag, 0) === 0 && performance.now() < end) if (queue.tryGet() !== undefined) taken++;
    return taken;
  },
  /** An event loop waits for an item, and the thread takes one itself. */
  async getTwice(queue: Given) {
    const later = queue.get();
    return [queue.getSync(), await later];
  },
  /** What a call that waits comes to: its result, or the code of its error. */
  async outcome(target: Given, here: Int32Array, call: string, ...args: unknown[]) {
    // A call that blocks says it a moment before.
    Atomics.store(here, 0, 1);
    try {
      return await target[call](...args);
    } catch (error) {
      return (error as { code: string }).code;
    }
  },
  callAndDieAt(target: Given, n: number, call: string, ...args: unknown[]) {
    // Becomes a member first: that is another operation.
    target.tryGet?.();
    dieAtStore(n);
    target[call](...args);
    return 'survived';
  },
  joins(queue: Given) {
    queue.joinSync();
    return queue.unfinished;
  },
  /** Adds without atomics: right only if the lock excludes. */
  count(lock: Given, cells: Int32Array, times: number) {
    for (let i = 0; i < times; i++) {
      const guard = (lock.acquireSync ?? lock.writeSync).call(lock);
      const before = cells[0];
      for (let spin = 0; spin < 100; spin++) cells[1] = spin;
      cells[0] = before + 1;
      guard.release();
    }
  },
  holdAndDie(lock: Given, how = 'acquireSync') {
    lock[how]();
    process.exit(3);
  },
  waitForSignal(condition: Given, ready: Int32Array) {
    const guard = condition.mutex.acquireSync();
    Atomics.add(ready, 0, 1);
    condition.waitSync();
    guard.release();
    return 'notified';
  },
  waitForEvent(event: Given) {
    event.waitSync();
    return event.isSet;
  },
  meet(barrier: Given, times: number) {
    let last = 0;
    for (let i = 0; i < times; i++) if (barrier.waitSync()) last++;
    return last;
  },
  waitAtBarrierAndDie(barrier: Given, here: Int32Array) {
    setTimeout(() => process.exit(3), 0);
    void barrier.wait();
    Atomics.store(here, 0, 1);
  },
  spin(flag: Int32Array) {
    const end = performance.now() + SPIN_LIMIT_MS;
    while (Atomics.load(flag, 0) === 0 && performance.now() < end);
  },
};

interface Played {
  readonly scene: keyof typeof scenes;
  readonly given: unknown[];
  readonly calledMs: number;
}

export interface Thread {
  readonly worker: Worker;
  /** What the scene gave; undefined when the thread ended without. */
  readonly result: Promise<unknown>;
  readonly exit: Promise<number>;
}

/** Plays a scene in a new thread. Queues and locks among the arguments arrive attached. */
export function inThread(scene: keyof typeof scenes, ...args: unknown[]): Thread {
  const given = args.map((arg) => (isShared(arg) ? arg.handle : arg));
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { scene, given, calledMs: Patience.calledMs },
  });
  let result: unknown;
  worker.on('message', (message) => (result = message));
  const exit = once(worker, 'exit').then(([code]) => code as number);
  return { worker, exit, result: exit.then(() => result) };
}

function isShared(arg: unknown): arg is { handle: SharedHandle } {
  return typeof arg === 'object' && arg !== null && 'handle' in arg;
}

if (!isMainThread && workerData?.scene !== undefined) {
  const { scene, given, calledMs } = workerData as Played;
  Patience.calledMs = calledMs;
  const play = scenes[scene] as (...args: Given[]) => unknown;
  parentPort?.postMessage(await play(...given.map(revive)));
}
