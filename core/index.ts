/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Troupe: actors for Node.js backends. Each on a worker thread of its own, with a mailbox in shared memory.
 */

// Errors
export * from './errors.js';
// Types
export type * from './messaging/context-types.js';
export type * from './messaging/options.js';
export type * from './messaging/ref-types.js';
export type * from './messaging/reports.js';
export type { InjectionToken } from './runtime/actor.js';
// Actors
export { Actor } from './runtime/actor.js';
export { actor } from './runtime/actor-module.js';
export { isActorThread } from './runtime/boot-worker.js';
export { child } from './runtime/spawning.js';
// Systems
export { ActorSystem } from './system.js';

import { bootWorker } from './runtime/boot-worker.js';

// In a bundle this module stands in the thread's entry itself; elsewhere the entry has done it already.
bootWorker();
