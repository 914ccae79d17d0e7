/** Small actors that several specs use. */
import { threadId } from 'node:worker_threads';
import { Actor, type ActorRef } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;

export class Counter extends Actor<{ start: number } | undefined> {
  static module = here;
  #total = this.props?.start ?? 0;
  add(n: number) {
    this.#total += n;
  }
  total() {
    return this.#total;
  }
}

/** Remembers what it was told, in order. */
export class Recorder extends Actor {
  static module = here;
  #seen: unknown[] = [];
  note(item: unknown) {
    this.#seen.push(item);
  }
  async noteSlowly(item: unknown) {
    await null;
    this.#seen.push(item);
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  async holdAndNote(gate: SharedArrayBuffer, item: unknown) {
    await passGate(gate);
    this.#seen.push(item);
  }
  seen() {
    return this.#seen;
  }
  count() {
    return this.#seen.length;
  }
  thread() {
    return threadId;
  }
}

/** Tells itself something, in a row; then it stops, and tells on. */
export class Stopper extends Recorder {
  static override module = here;
  stopBetween(before: number, after: number) {
    for (let n = 0; n < before; n++) this.self.tell.note(n);
    this.context.stop();
    return Array.from({ length: after }, () => this.self.tell.note('late'));
  }
}

/** Gives back what it is given, and says what it looks like on its side. */
export class Echo extends Actor {
  static module = here;
  echo<T>(value: T): T {
    return value;
  }
  async echoLater<T>(value: T): Promise<T> {
    await null;
    return value;
  }
  typeOf(value: unknown): string {
    return Object.prototype.toString.call(value);
  }
  isBuffer(value: unknown): boolean {
    return Buffer.isBuffer(value);
  }
  fieldsOf(value: object): string[] {
    return Object.getPrototypeOf(value) === Object.prototype ? Object.keys(value) : ['(no plain object)'];
  }
  setFirst(value: Int32Array | SharedArrayBuffer, to: number) {
    const words = value instanceof SharedArrayBuffer ? new Int32Array(value) : value;
    words[0] = to;
  }
  nothing() {}
  giveFunction() {
    return () => 1;
  }
}

/** Sends to others, as an actor does. */
export class Teller extends Actor {
  static module = here;
  /** So many notes, and the word when the last is sent. */
  fill(to: ActorRef<Recorder>, from: number, count: number): number {
    let held = 0;
    for (let i = 0; i < count; i++) if (!to.tell.note(from + i)) held++;
    return held;
  }
  fillLong(to: ActorRef<Recorder>, count: number, length: number): void {
    const piece = 'x'.repeat(length);
    for (let i = 0; i < count; i++) to.tell.note(piece);
  }
  mixed(to: ActorRef<Recorder>, count: number) {
    for (let i = 0; i < count; i++) {
      if (i % 3 === 0) to.tell.note(i);
      else if (i % 3 === 1) void to.send.note(i);
      else void to.ask.note(i);
    }
  }
  async askThrough(to: ActorRef<Counter>): Promise<number> {
    return await to.ask.total();
  }
  tellWho(to: ActorRef<Witness>) {
    to.tell.who();
  }
  async tellWhoLater(to: ActorRef<Witness>, gate: SharedArrayBuffer) {
    await passGate(gate);
    to.tell.who();
  }
  sameAs(a: ActorRef<Counter>, b: ActorRef<Counter>): boolean {
    return a === b;
  }
  selfIs(ref: ActorRef<Teller>): boolean {
    return ref === this.self;
  }
  me(): ActorRef<Teller> {
    return this.self;
  }
}

/** Notes from whom its messages come. */
export class Witness extends Actor {
  static module = here;
  #from: (string | undefined)[] = [];
  who() {
    this.#from.push(this.context.sender?.path);
  }
  async whoAfterAwait() {
    await null;
    return this.context.sender?.path;
  }
  seen() {
    return this.#from;
  }
}

/** Handles several messages at once. */
export class Wide extends Actor {
  static module = here;
  static concurrency = 3;
  async from(gate: SharedArrayBuffer) {
    const before = this.context.sender?.path;
    await passGate(gate);
    return [before, this.context.sender?.path];
  }
  async signalled(gate: SharedArrayBuffer, aborted: SharedArrayBuffer) {
    await passGate(gate);
    const { signal } = this.context;
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    knock(aborted);
  }
}

export class AsksWide extends Actor {
  static module = here;
  async go(wide: ActorRef<Wide>, gate: SharedArrayBuffer) {
    return await wide.ask.from(gate);
  }
}

/** What its messages may be called. */
export class Odd extends Actor {
  static module = here;
  #ran: string[] = [];
  /** A function that is a field of the instance. */
  field = () => 'field';
  notAFunction = 7;
  get getter() {
    this.#ran.push('getter');
    return () => 'getter';
  }
  override async onStart() {
    this.#ran.push('onStart');
  }
  override onStop() {
    this.#ran.push('onStop');
  }
  own() {
    return 'own';
  }
  ran() {
    return this.#ran;
  }
}

export class Derived extends Odd {
  static override module = here;
  override own() {
    return `derived of ${super.own()}`;
  }
}

/** Has no mark of its own. */
export class Unmarked extends Odd {}
delete (Unmarked as { module?: unknown }).module;

/** Sends what travels beside a message, and ends the receiver at once. */
export class Hasty extends Actor {
  static module = here;
  #item = new SharedArrayBuffer(4);
  keep(item: SharedArrayBuffer) {
    this.#item = item;
  }
  tellAndKill(to: ActorRef<Recorder>) {
    to.tell.note(this.#item);
    void to.kill();
    // Behind both: whoever waits for this finds them in its inbox.
    this.context.schedule.once(0, () => Atomics.store(new Int32Array(this.#item), 0, 1));
  }
  /** Keeps its thread until then. */
  spin() {
    while (Atomics.load(new Int32Array(this.#item), 0) === 0);
  }
}

/** Tells another something again and again, by a schedule. */
export class Ticking extends Actor {
  static module = here;
  tick(other: ActorRef<Ticking>) {
    this.context.schedule.every(1, () => other.tell.hear());
  }
  hear() {}
}
