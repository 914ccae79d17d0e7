/** Actors to be recorded that hear of ends: one watches a stranger, and children that it replaces. */
import { Actor, type AnyActorRef, type ExitReason } from '../../../core/index.js';

const here = import.meta.url;

export class Hand extends Actor {
  static module = here;
  throws(message: string): void {
    throw new Error(message);
  }
}

export class Keeper extends Actor<{ stranger: AnyActorRef }> {
  static module = here;
  readonly #heard: string[] = [];

  override async onStart(): Promise<void> {
    this.context.watch(this.props.stranger);
    await this.#hire();
  }

  async #hire(): Promise<void> {
    const supervision = { restart: 'temporary' } as const;
    this.context.watch(await this.context.spawn(Hand, { name: 'hand', placement: 'inline', supervision }));
  }

  override async onTerminated(ref: AnyActorRef, reason: ExitReason): Promise<void> {
    this.#heard.push(reason.kind === 'failed' ? `failed by ${(reason.error as Error).message}` : reason.kind);
    if (ref.name === 'hand') await this.#hire();
  }

  fire(how: string): void {
    this.context.find(Hand, `${this.self.path}/hand`).tell.throws(how);
  }

  heard(): readonly string[] {
    return this.#heard;
  }
}
