/** One that fails with a large error, and one that watches it while its own mailbox is full. */
import { Actor, type ActorRef, type AnyActorRef, type ExitReason } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

export class Heir extends Actor {
  static module = import.meta.url;
  #ends: string[] = [];
  heeds(ref: AnyActorRef): void {
    this.context.watch(ref);
  }
  async hold(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
  }
  note(): void {}
  override onTerminated(ref: AnyActorRef, reason: ExitReason): void {
    this.#ends.push(`${ref.path} ${reason.kind}`);
  }
  ends(): string[] {
    return this.#ends;
  }
}

export class Testator extends Actor {
  static module = import.meta.url;
  /** Tells the heir more than its mailbox holds, and fails with an error of that many characters. */
  fill(heir: ActorRef<Heir>, count: number, size: number): void {
    for (let n = 0; n < count; n++) heir.tell.note();
    throw new Error('x'.repeat(size));
  }
}
