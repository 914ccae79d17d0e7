/** Ready-made actors, each written as a user's own would be: against the public entrance alone. */

export {
  DeadLetterOffice,
  type DeadLetterOfficeProps,
  type KeptLetter,
  type LetterQuery,
  type ReplayReport,
} from './dead-letter-office.js';
export { EventBus, type EventBusProps, type Subscription } from './event-bus.js';
export { type TaskOptions, Tasks } from './tasks.js';
export { Ticker, type Timer } from './ticker.js';
