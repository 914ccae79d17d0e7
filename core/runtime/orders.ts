/** What the creating thread and other hosts tell a thread to do. */
import { ActorStoppedError } from '../errors.js';
import { type Address, sameAddress } from '../messaging/envelope.js';
import { subscriptionOf } from '../messaging/stream-subscriber.js';
import type { ActorCell } from './actor-cell.js';
import type { ToHost, ToSystem } from './control.js';
import { abortOf, takeBack } from './handling.js';
import type { Host } from './host.js';
import { tapInto } from './taps.js';

export class Orders {
  constructor(readonly host: Host) {}

  carryOut(message: ToHost | ToSystem, correlation: number, replyTo: Address): void {
    const { host } = this;
    const { cells, lives, streams, options } = host;
    switch (message.op) {
      case 'start':
        lives.startAll(message);
        return;
      case 'restart':
        lives.restart(message.actor, message.incarnation);
        return;
      case 'resume': {
        const cell = cells.of(message.actor);
        if (cell === undefined) return;
        cell.suspended = false;
        host.ready(cell);
        return;
      }
      case 'retire':
        void lives.retire(message.actor, message.reason);
        return;
      case 'finish':
        void lives.finish(message.actor, message.incarnation, message.reason);
        return;
      case 'tap':
        void this.#tap(message);
        return;
      case 'abort':
        this.#abort(message.actor);
        return;
      case 'cancel':
        // A stream that had begun is closed; one that has not is taken back, as a question is.
        if (!streams.close(message.replyTo, message.correlation)) this.#cancel(message);
        return;
      case 'credit':
        streams.addCredit(message.replyTo, message.correlation, message.credit, message.words);
        return;
      case 'stream-begun': {
        const subscription = subscriptionOf(host.pending.peek(message.correlation));
        if (subscription !== undefined) subscription.source = message.source;
        return;
      }
      case 'subscribe':
        host.given.subscribe(message.number, message.replyTo, message.correlation, message.limits);
        return;
      case 'stream-hold':
        host.given.held(message.number, message.hold);
        return;
      case 'stream-release':
        host.given.released(message.number, message.hold);
        return;
      case 'unsubscribe':
        streams.close(message.replyTo, message.correlation);
        return;
      case 'thread-died':
        this.#threadDied(message.inbox);
        return;
      case 'life-ended':
        this.#lifeEnded(message);
        return;
      case 'notify':
        host.notify(message.watcher, message.note);
        return;
      case 'exit':
        host.post.flush();
        options.onExit?.();
        return;
      case 'flow':
        options.onFlow?.(host, message.events);
        return;
      case 'dead-letter-out':
        options.onDeadLetter?.(host, message.letter);
        return;
      default:
        options.onSystem?.(message, correlation, replyTo);
    }
  }

  async #tap({ actor, tap, number }: Extract<ToHost, { op: 'tap' }>): Promise<void> {
    const { host } = this;
    const cell = host.cells.of(actor);
    try {
      if (cell !== undefined) await tapInto(host, cell, tap);
      host.line.tell({ op: 'tapped', number });
    } catch (error) {
      host.line.tell({ op: 'tapped', number, error });
    }
  }

  /** Its stop has run out of time: no message is taken any more. */
  #abort(actor: Address): void {
    const { cells, speaking } = this.host;
    const cell = cells.of(actor);
    if (cell === undefined) return;
    cell.suspended = true;
    speaking.as(cell, () => {
      (cell.stopSignal ??= new AbortController()).abort();
      for (const handling of cell.handling ?? []) abortOf(handling).abort();
    });
  }

  /** Nobody waits any more for the answer of that actor, or of one of that pool's workers. */
  #cancel({ actor, correlation, replyTo, overdue }: Extract<ToHost, { op: 'cancel' }>): void {
    const { cells, speaking } = this.host;
    const asked = cells.of(actor);
    const workers = asked === undefined ? [...cells].filter((cell) => worksFor(cell, actor)) : [asked];
    for (const cell of workers) speaking.as(cell, () => takeBack(cell, correlation, replyTo, overdue));
  }

  /** Nobody there waits any more, for items or for answers. */
  #threadDied(inbox: Address): void {
    const { cells, speaking, streams } = this.host;
    streams.closeOf(inbox);
    for (const cell of cells) {
      for (const handling of cell.handling ?? []) {
        const { replyTo } = handling;
        if (replyTo === undefined || !sameAddress(replyTo, inbox)) continue;
        speaking.as(cell, () => abortOf(handling).abort());
      }
    }
  }

  /** Streams of a life that ended with its thread: nobody else would say so. */
  #lifeEnded({ actor, pool, inbox, path, reason }: Extract<ToHost, { op: 'life-ended' }>): void {
    this.host.pending.rejectWhere(
      (question) => {
        const subscription = subscriptionOf(question);
        if (subscription === undefined) return false;
        if (sameAddress(question.target, actor)) return true;
        // Which worker has taken it is told by where it comes from.
        const { source } = subscription;
        if (pool === undefined || source === undefined || !sameAddress(question.target, pool)) return false;
        return sameAddress(source, inbox);
      },
      () => new ActorStoppedError(path, reason),
    );
  }
}

const worksFor = ({ plan }: ActorCell, pool: Address): boolean =>
  plan.pool !== undefined && sameAddress(plan.pool.box, pool);
