/** Actors that live by the clock, for the specs of the test system. */
import { setTimeout as sleep } from 'node:timers/promises';
import { debounceTime, interval, map, Subject, take } from 'rxjs';
import { Actor, type ActorRef, type AnyActorRef } from '../../../core/index.js';

export class Clockwork extends Actor {
  static module = import.meta.url;
  readonly heard: string[] = [];
  #searches = new Subject<string>();

  override onStart(): void {
    this.context.schedule.every(1000, () => this.note('tick'));
    this.#searches.pipe(debounceTime(300)).subscribe((text) => this.note(text));
  }

  note(what: string): void {
    this.heard.push(`${what} at ${Date.now() - Date.UTC(2000, 0, 1)}`);
  }

  search(text: string): void {
    this.#searches.next(text);
  }

  once(ms: number): void {
    this.context.schedule.once(ms, () => this.note('once'));
  }

  async nap(ms: number): Promise<number> {
    const begun = performance.now();
    await sleep(ms);
    return performance.now() - begun;
  }

  countdown() {
    return interval(1000).pipe(
      map((n) => 2 - n),
      take(3),
    );
  }

  all(): readonly string[] {
    return this.heard;
  }
}

/** Comes up late, or never. */
export class SlowStarter extends Actor<number> {
  override async onStart(): Promise<void> {
    await sleep(this.props);
  }
}

/** Fails at what it is told to. */
export class Moody extends Actor {
  readonly #born = performance.now();

  fail(): void {
    throw new Error('not today');
  }

  born(): number {
    return this.#born;
  }
}

/** Reads, waits for somebody, writes: what comes between is lost. */
export class Account extends Actor {
  static concurrency = 10;
  #balance = 0;

  async deposit(bank: ActorRef<Bank>, amount: number): Promise<void> {
    const before = this.#balance;
    await bank.ask.approve(amount);
    this.#balance = before + amount;
  }

  balance(): number {
    return this.#balance;
  }
}

export class Bank extends Actor {
  approve(amount: number): boolean {
    return amount > 0;
  }
}

/** Tells whoever it is given, and goes on to tell them. */
export class Chatter extends Actor {
  chat(other: AnyActorRef): void {
    other.tell.chat(this.self);
  }
}

export class Sayer extends Actor<{ to: AnyActorRef; word: string }> {
  say(): void {
    this.props.to.tell.heard(this.props.word);
  }

  dice(): number {
    return Math.random();
  }
}

/** Remembers in which order it was asked. */
export class Clerk extends Actor {
  readonly #served: string[] = [];

  serve(): void {
    this.#served.push(this.context.sender?.name ?? '');
  }

  served(): readonly string[] {
    return this.#served;
  }
}

/** Sleeps, and says so. */
export class Sleeper extends Actor<{ to: AnyActorRef }> {
  async sleep(): Promise<void> {
    for (let n = 1; n <= 2; n++) {
      setTimeout(() => this.props.to.tell.heard(`${this.context.name}${n}`), 100);
    }
  }
}

/** Asks a clerk, and tells when it has its answer. */
export class Client extends Actor<{ clerk: ActorRef<Clerk>; to: AnyActorRef }> {
  async go(): Promise<void> {
    await this.props.clerk.ask.serve();
    this.props.to.tell.heard(this.context.name);
  }
}
