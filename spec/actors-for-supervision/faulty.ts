/** Actors that fail in every way there is. What they did stands in a ledger, which outlives them. */
import { threadId } from 'node:worker_threads';
import { Actor, type ActorRef, type AnyActorRef, child, type ExitReason } from '../../core/index.js';
import { passGate } from '../support/gate.js';
import { enter } from './ledger.js';
import { Member } from './members.js';

const here = import.meta.url;

/** Marks in a ledger, beside the numbers that messages carry. */
export const Mark = { STARTED: -1, STOPPED: -2, BEGUN: -3, CHILD_STARTED: -4, CHILD_STOPPED: -5 } as const;

export interface FaultyProps {
  readonly ledger: SharedArrayBuffer;
  /** So many starts throw; counted down in shared memory. */
  readonly badStarts?: SharedArrayBuffer;
}

export class Faulty extends Actor<FaultyProps> {
  static module: string = here;
  #count = 0;

  override onStart() {
    const { badStarts, ledger } = this.props;
    if (badStarts !== undefined && Atomics.sub(new Int32Array(badStarts), 0, 1) > 0)
      throw new Error('bad start');
    enter(ledger, Mark.STARTED);
  }
  override onStop(_reason: ExitReason) {
    enter(this.props.ledger, Mark.STOPPED);
  }
  note(n: number) {
    this.#count++;
    enter(this.props.ledger, n);
  }
  /** How many notes this instance took. */
  count() {
    return this.#count;
  }
  thread() {
    return threadId;
  }
  exit(code: number) {
    enter(this.props.ledger, Mark.BEGUN);
    process.exit(code);
  }
  /** Ends the thread at that note only. */
  noteOrExit(n: number, fatal: number) {
    enter(this.props.ledger, n);
    if (n === fatal) process.exit(3);
  }
  /** Ends the thread the first so many times. */
  exitTimes(n: number, left: SharedArrayBuffer) {
    if (Atomics.sub(new Int32Array(left), 0, 1) > 0) process.exit(3);
    enter(this.props.ledger, n);
  }
  fail(message: string) {
    throw new Error(message);
  }
  async failLater(message: string) {
    await null;
    throw new Error(message);
  }
  rejectUnheard() {
    enter(this.props.ledger, Mark.BEGUN);
    void Promise.reject(new Error('unheard'));
  }
  throwFromTimer() {
    setTimeout(() => {
      throw new Error('from a timer');
    }, 0);
  }
  loop() {
    enter(this.props.ledger, Mark.BEGUN);
    for (;;);
  }
  eatMemory() {
    const eaten: number[][] = [];
    for (;;) eaten.push(Array.from({ length: 1000 }, () => eaten.length));
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  answerAfter(gate: SharedArrayBuffer) {
    return passGate(gate).then(() => 'answered');
  }
}

/** Several handlers at a time. */
export class Juggler extends Faulty {
  static override module = here;
  static concurrency = 3;
}

/** Never comes up. */
export class NeverStarts extends Actor<{ forever?: boolean } | undefined> {
  static module = here;
  override onStart(): Promise<void> | void {
    if (this.props?.forever === true) return new Promise(() => undefined);
    throw new RangeError('no start today');
  }
  hello() {
    return 'hello';
  }
}

/** Does not end when it is asked to. */
export class Stubborn extends Actor<{ how: 'on-stop' | 'loop' | 'pending'; gate: SharedArrayBuffer }> {
  static module = here;
  override onStop(): Promise<void> | void {
    if (this.props.how === 'on-stop') return new Promise(() => undefined);
  }
  async work() {
    if (this.props.how === 'on-stop') return;
    if (this.props.how === 'loop') {
      const words = new Int32Array(this.props.gate);
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
      for (;;);
    }
    await passGate(this.props.gate);
  }
}

/** Has children. */
export class Parent extends Actor<{ ledger: SharedArrayBuffer; names: readonly string[] }> {
  static module = here;
  #children: ActorRef<Child>[] = [];
  override async onStart() {
    for (const [i, name] of this.props.names.entries()) {
      const props = { ledger: this.props.ledger, number: i };
      this.#children.push(await this.context.spawn(Child, { name, props }));
    }
    enter(this.props.ledger, Mark.STARTED);
  }
  override onStop() {
    enter(this.props.ledger, Mark.STOPPED);
  }
  children() {
    return this.#children;
  }
  async spawnOne(name: string) {
    return await this.context.spawn(Child, { name, props: { ledger: this.props.ledger, number: 99 } });
  }
  /** A group of one below itself. */
  async superviseOne(name: string, reasons: SharedArrayBuffer) {
    const props = { number: 0, ledger: this.props.ledger, reasons };
    const { path } = await this.context.supervise({ name, children: [child(Member, { name: 'a', props })] });
    return path;
  }
  fail(message: string) {
    throw new Error(message);
  }
  exit() {
    process.exit(3);
  }
}

export class Child extends Actor<{ ledger: SharedArrayBuffer; number: number }> {
  static module = here;
  override onStart() {
    enter(this.props.ledger, 1000 + this.props.number);
  }
  override onStop() {
    enter(this.props.ledger, 2000 + this.props.number);
  }
  where() {
    return this.context.path;
  }
  fail(message: string) {
    throw new Error(message);
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  note(_n: number) {}
}

/** Watches others. */
export class Watcher extends Actor {
  static module = here;
  readonly #seen: unknown[] = [];
  watch(ref: AnyActorRef) {
    this.context.watch(ref);
  }
  unwatch(ref: AnyActorRef) {
    this.context.unwatch(ref);
  }
  hear(n: number) {
    this.#seen.push(n);
  }
  override onTerminated(ref: AnyActorRef, reason: ExitReason) {
    this.#seen.push(`${ref.name} ${reason.kind}`);
  }
  seen() {
    return this.#seen;
  }
}

/** Tells much, and dies. */
export class Chatty extends Actor {
  static module = here;
  tellAndExit(to: ActorRef<{ hear(n: number): void }>, count: number) {
    for (let i = 0; i < count; i++) to.tell.hear(i);
    process.exit(3);
  }
  tellAll(to: ActorRef<{ hear(n: number): void }>, count: number) {
    for (let i = 0; i < count; i++) to.tell.hear(i);
  }
}

/** Hears slowly: a turn of the event loop for each. */
export class SlowEar extends Actor {
  static module = here;
  readonly #heard: number[] = [];
  async hear(n: number) {
    await new Promise((resolve) => setImmediate(resolve));
    this.#heard.push(n);
  }
  heard() {
    return this.#heard;
  }
}

/** Works in pools. */
export class Worker extends Actor<{ ledger: SharedArrayBuffer; index?: number } | undefined> {
  static module = here;
  readonly #keys = new Map<string, number[]>();
  index() {
    return this.props?.index;
  }
  path() {
    return this.context.path;
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
    return this.context.path;
  }
  count(counts: SharedArrayBuffer, n: number) {
    Atomics.add(new Int32Array(counts), n, 1);
  }
  countOrExit(counts: SharedArrayBuffer, n: number, deaths: SharedArrayBuffer) {
    const left = new Int32Array(deaths);
    if (n % 50 === 25 && Atomics.load(left, n) === 0) {
      Atomics.store(left, n, 1);
      process.exit(3);
    }
    Atomics.add(new Int32Array(counts), n, 1);
  }
  async keyed(order: { customerId: string; n: number }) {
    if (order.n % 3 === 0) await null;
    const seen = this.#keys.get(order.customerId) ?? [];
    seen.push(order.n);
    this.#keys.set(order.customerId, seen);
  }
  ordersOf(order: { customerId: string }) {
    return { path: this.context.path, seen: this.#keys.get(order.customerId) ?? [] };
  }
}

/** Asks the system for what would end itself. */
export class SelfEnding extends Actor {
  static module = here;
  stopSelf() {
    this.context.stop();
  }
  async stopByRef() {
    return (await this.self.stop()).reason.kind;
  }
  async joinSelf() {
    try {
      await this.self.join();
    } catch (error) {
      return (error as Error).name;
    }
    return 'joined';
  }
  async shutDown() {
    return (await this.context.system.shutdown()).actors.length;
  }
  note(_n: number) {}
}

/** Finds others. */
export class Finder extends Actor {
  static module = here;
  async askFound(path: string) {
    return await this.context.system.find(Worker, path).ask.path();
  }
  tryFind(path: string) {
    try {
      this.context.find(Watcher, path);
    } catch (error) {
      return (error as Error).name;
    }
    return 'found';
  }
}
