/** An actor to be recorded: it is sent much, lives by the clock, asks, fails, and sends to itself. */
import { Actor, type ActorRef, type AnyActorRef } from '../../../core/index.js';

export interface Prices {
  of(item: string): number;
}

export class Till extends Actor<{ start: number; prices: ActorRef<Prices> }> {
  static module = import.meta.url;
  #sum = this.props.start;
  #closings = 0;

  override onStart(): void {
    this.context.schedule.every(1000, () => this.self.tell.close());
  }

  async sell(item: string, count: bigint): Promise<void> {
    this.#sum += (await this.props.prices.ask.of(item)) * Number(count);
  }

  refund(amount: number): void {
    if (amount > 1000) throw new RangeError(`too much: ${amount}`);
    this.#sum -= amount;
  }

  close(): void {
    this.#closings++;
  }

  sum(): number {
    return this.#sum;
  }

  now(): number {
    return Date.now();
  }

  closings(): number {
    return this.#closings;
  }

  customer(ref: AnyActorRef): string {
    return `${ref.path} by ${this.context.sender?.path}`;
  }

  async *receipts(n: number): AsyncGenerator<number> {
    for (let i = 0; i < n; i++) yield i;
  }

  quit(): void {
    process.exit(1);
  }
}
