/** An actor that says to others what it is told to. */
import { Actor, type AnyActorRef } from '../../../core/index.js';

export class Relay extends Actor {
  static module = import.meta.url;

  /** Says it to who has sent this. */
  echo(method: string, ...args: unknown[]): void {
    this.context.sender?.tell[method](...args);
  }

  passOn(to: AnyActorRef, method: string, ...args: unknown[]): void {
    to.tell[method](...args);
  }

  askOn(of: AnyActorRef, method: string, ...args: unknown[]): Promise<unknown> {
    return of.ask[method](...args);
  }
}
