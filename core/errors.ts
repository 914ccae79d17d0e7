/**
 * Every error that Troupe throws: a class each, with a `code` made from its name.
 *
 * ```ts
 * try {
 *   await counter.ask.total();
 * } catch (error) {
 *   if (error instanceof AskTimeoutError) retryLater();      // or: error.code === 'ERR_TROUPE_ASK_TIMEOUT'
 * }
 * ```
 *
 * Errors cross threads by their prototype and own properties, without their constructor running again: hence no
 * private fields here, and the name on the prototype, where it also survives a minifier.
 */
export * from './errors/actors.js';
export * from './errors/dashboard.js';
export * from './errors/locks.js';
export * from './errors/messages.js';
export * from './errors/queues.js';
export * from './errors/streams.js';
export * from './errors/system.js';
export * from './errors/testing.js';
export { TroupeError } from './errors/troupe-error.js';
