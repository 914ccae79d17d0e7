/** What the threads of a round share: three queues, all locks, and the ledger. */
import {
  type AnySharedQueue,
  type Sentinel,
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
import { Ledger } from './ledger.js';

/** An item: its number in the ledger, and something to copy. */
export interface Item {
  readonly id: number;
  readonly text: string;
}
export type ChaosQueue = AnySharedQueue<
  Item | Sentinel,
  'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack'
>;

export interface Ground {
  readonly queues: readonly ChaosQueue[];
  readonly mutex: Mutex;
  readonly condition: Condition;
  readonly semaphore: Semaphore;
  readonly event: SharedEvent;
  readonly barrier: Barrier;
  readonly readWrite: ReadWriteLock;
  readonly ledger: Ledger;
}
export const PERMITS = 2;

export function newGround(): Ground {
  return {
    queues: [
      SharedQueue.create<Item | Sentinel>({ maxItems: 6 }),
      SharedPriorityQueue.create<Item | Sentinel>({ maxItems: 20, inFlight: 'retry' }),
      SharedStack.create<Item | Sentinel>({ maxBytes: 1500 }),
    ] as unknown as ChaosQueue[],
    mutex: Mutex.create(),
    condition: Condition.create(Mutex.create()),
    semaphore: Semaphore.create(PERMITS),
    event: SharedEvent.create(),
    barrier: Barrier.create(2),
    readWrite: ReadWriteLock.create(),
    ledger: new Ledger(),
  };
}

export function handlesOf(ground: Ground) {
  const { queues, mutex, condition, semaphore, event, barrier, readWrite, ledger } = ground;
  return {
    queues: queues.map((queue) => queue.handle),
    mutex: mutex.handle,
    condition: condition.handle,
    semaphore: semaphore.handle,
    event: event.handle,
    barrier: barrier.handle,
    readWrite: readWrite.handle,
    ledger: ledger.buffer,
  };
}

export function groundFrom(handles: ReturnType<typeof handlesOf>): Ground {
  const [fifo, priority, stack] = handles.queues;
  return {
    queues: [
      SharedQueue.attach(fifo as never),
      SharedPriorityQueue.attach(priority as never),
      SharedStack.attach(stack as never),
    ] as unknown as ChaosQueue[],
    mutex: Mutex.attach(handles.mutex),
    condition: Condition.attach(handles.condition),
    semaphore: Semaphore.attach(handles.semaphore),
    event: SharedEvent.attach(handles.event),
    barrier: Barrier.attach(handles.barrier),
    readWrite: ReadWriteLock.attach(handles.readWrite),
    ledger: new Ledger(handles.ledger),
  };
}

export function disposeOf(ground: Ground): void {
  for (const queue of ground.queues) queue.dispose();
  ground.condition.mutex.dispose();
  for (const lock of ['mutex', 'condition', 'semaphore', 'event', 'barrier', 'readWrite'] as const) {
    ground[lock].dispose();
  }
}
