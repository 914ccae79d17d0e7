/** `troupe/sync`: locks and signals that threads share, with or without actors. */
import '../index.js';

// Threads
export { type SharedHandle, type SharedSyncOptions, type SharedWaitOptions, trackWorker } from '../index.js';
// Signals
export { Barrier } from './barrier.js';
export { Condition } from './condition.js';
// Locks
export { type Guard, Mutex } from './mutex.js';
export { ReadWriteLock } from './read-write-lock.js';
export { Semaphore } from './semaphore.js';
export { SharedEvent } from './shared-event.js';
