/** Actors of a small shop, for the specs of the test helpers. */
import { Actor, type ActorRef, type AnyActorRef } from '../../../core/index.js';

export class Prices {
  of(item: string): number {
    return item.length;
  }
}

export class Counter extends Actor<{ start: number }> {
  static module = import.meta.url;
  #total = this.props.start;

  add(n: number): void {
    this.#total += n;
  }

  async total(): Promise<number> {
    return this.#total;
  }

  async *upTo(n: number): AsyncGenerator<number> {
    for (let i = 1; i <= n; i++) yield i;
  }
}

export class Shop extends Actor {
  static module = import.meta.url;
  readonly #prices = this.inject(Prices);
  sold: ActorRef<Counter> | undefined;

  override async onStart(): Promise<void> {
    this.sold = await this.context.spawn(Counter, { name: 'sold', props: { start: 0 } });
    this.context.watch(this.sold);
    this.context.schedule.every(60_000, () => this.self.tell.close());
    this.context.log.info('open', { at: this.context.path });
  }

  sell(item: string): number {
    this.sold?.tell.add(1);
    return this.#prices.of(item);
  }

  customer(): AnyActorRef | undefined {
    return this.context.sender;
  }

  find(path: string): AnyActorRef {
    return this.context.find(Counter, path);
  }

  close(): void {
    this.context.stop();
  }
}

export class Fragile extends Actor {
  static module = import.meta.url;
  #handled = 0;

  next(): number {
    return ++this.#handled;
  }
}
