/** What the creating thread and other hosts tell a thread to do. */
import { ActorStoppedError } from '../errors.js';
import { type Address, sameAddress } from '../messaging/envelope.js';
import type { ExitReason } from '../messaging/reports.js';
import { sinkOf } from '../messaging/stream-subscriber.js';
import type { ToHost, ToSystem } from './control.js';
import { abortOf, cancelIn } from './handling.js';
import type { Host } from './host.js';

export class Orders {
  constructor(readonly host: Host) {}

  carryOut(message: ToHost | ToSystem, correlation: number, replyTo: Address): void {
    const { host } = this;
    const { cells, lives, streams, options } = host;
    switch (message.op) {
      case 'start':
        void lives.start(message.plan);
        return;
      case 'restart':
        void lives.restart(message.actor, message.incarnation);
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
        void lives.finish(message.actor, message.reason);
        return;
      case 'abort':
        this.#abort(message.actor);
        return;
      case 'cancel': {
        const stream = streams.of(message.replyTo, message.correlation);
        if (stream !== undefined) {
          stream.close();
          return;
        }
        for (const cell of cells) cancelIn(cell, message.actor, message.correlation, message.replyTo);
        return;
      }
      case 'credit':
        streams.of(message.replyTo, message.correlation)?.addCredit(message.credit);
        return;
      case 'unsubscribe':
        streams.of(message.replyTo, message.correlation)?.close();
        return;
      case 'thread-died':
        this.#threadDied(message.inbox);
        return;
      case 'life-ended':
        this.#lifeEnded(message.actor, message.path, message.reason);
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

  /** Its stop has run out of time. */
  #abort(actor: Address): void {
    const cell = this.host.cells.of(actor);
    if (cell === undefined) return;
    (cell.stopSignal ??= new AbortController()).abort();
    for (const handling of cell.handling) abortOf(handling).abort();
  }

  /** Nobody there waits any more, for items or for answers. */
  #threadDied(inbox: Address): void {
    this.host.streams.closeOf(inbox);
    for (const cell of this.host.cells) {
      for (const handling of cell.handling) {
        if (handling.replyTo !== undefined && sameAddress(handling.replyTo, inbox)) abortOf(handling).abort();
      }
    }
  }

  /** Streams of a life that ended with its thread: nobody else would say so. */
  #lifeEnded(actor: Address, path: string, reason: ExitReason): void {
    this.host.pending.rejectWhere(
      (question) => sinkOf(question) !== undefined && sameAddress(question.target, actor),
      () => new ActorStoppedError(path, reason),
    );
  }
}
