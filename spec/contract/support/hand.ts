/** Does what it is told, well or badly. What it did before a gate stands in the gate, which outlives it. */
import { execSync } from 'node:child_process';
import { resourceLimits, threadId } from 'node:worker_threads';
import { finalize, type Observable, take } from 'rxjs';
import { Actor, type ActorRef, type AnyActorRef, type ExitReason } from '../../../core/index.js';
import { knock, passGate } from '../../support/gate.js';

const here = import.meta.url;

export class Hand extends Actor<unknown> {
  static module = here;
  readonly #seen: unknown[] = [];

  note(item: unknown): void {
    this.#seen.push(item);
  }
  seen(): unknown[] {
    return this.#seen;
  }
  count(): number {
    return this.#seen.length;
  }
  path(): string {
    return this.context.path;
  }
  thread(): number {
    return threadId;
  }
  sender(): string | undefined {
    return this.context.sender?.path;
  }
  async hold(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
  }
  /** Knocks, and never gives its thread back. */
  loop(gate: SharedArrayBuffer): void {
    knock(gate);
    for (;;);
  }
  /** The same, by a schedule. */
  loopByClock(gate: SharedArrayBuffer): void {
    this.context.schedule.once(1, () => this.loop(gate));
  }
  /** Knocks, and keeps its thread until the gate is open. */
  spinUntil(gate: SharedArrayBuffer): void {
    knock(gate);
    while (Atomics.load(new Int32Array(gate), 0) === 0);
  }
  /** Waits a little, knocks, and never gives its thread back. */
  async loopLater(gate: SharedArrayBuffer): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.loop(gate);
  }
  /** Knocks, and keeps its thread for so long. */
  busy(gate: SharedArrayBuffer, ms: number): void {
    knock(gate);
    const end = performance.now() + ms;
    while (performance.now() < end);
  }
  /** Keeps its thread for so long. */
  spin(ms: number): void {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }
  /** Knocks, and is in a native call for so many seconds. */
  native(gate: SharedArrayBuffer, seconds: number): void {
    knock(gate);
    execSync(`sleep ${seconds}`);
  }
  fail(message: string): void {
    throw new Error(message);
  }
  /** Throws what is no error, and cannot be sent. */
  failOddly(): void {
    throw { callback: () => 1 };
  }
  /** A scheduled call that fails. */
  failSoon(): void {
    this.context.schedule.once(1, () => {
      throw new Error('scheduled');
    });
  }
  exit(): void {
    process.exit(3);
  }
  async *many(count: number): AsyncGenerator<[number, string]> {
    for (let n = 0; n < count; n++) yield [n, this.context.path];
  }
  surroundings(): { env: string | undefined; home: boolean; argv: string[]; limit: number | undefined } {
    return {
      env: process.env.TROUPE_SPEC,
      home: process.env.PATH !== undefined,
      argv: process.execArgv,
      limit: resourceLimits.maxOldGenerationSizeMb,
    };
  }
  add(shared: SharedArrayBuffer): void {
    Atomics.add(new Int32Array(shared), 0, 1);
  }
  bytes(buffer: ArrayBuffer): number {
    return buffer.byteLength;
  }
  /** A ref of another system, which it did not get by a message. */
  foreign(): unknown {
    return (globalThis as { troupeSpecForeign?: AnyActorRef }).troupeSpecForeign;
  }
  watchForeign(): void {
    this.context.watch(this.foreign() as AnyActorRef);
  }
  /** Asks a pool for an end that is its own as well. */
  async stopOther(other: AnyActorRef): Promise<string> {
    return (await other.stop()).reason.kind;
  }
  async joinOther(other: AnyActorRef): Promise<string> {
    return other.join().then(
      ({ reason }) => reason.kind,
      (error: Error) => error.name,
    );
  }
  async askSender(other: ActorRef<Hand>): Promise<string | undefined> {
    return other.ask.sender();
  }
  /** Behind an await all placements look alike. */
  async joinSelfLater(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.joinOther(this.self);
  }
  async stopSelfLater(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.stopOther(this.self);
  }
  async shutDownLater(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return (await this.context.system.shutdown()).actors.length;
  }
  async askSenderLater(other: ActorRef<Hand>): Promise<string | undefined> {
    await new Promise((resolve) => setImmediate(resolve));
    return other.ask.sender();
  }
  /** Behind a gate, so that the system is closing by then. */
  async spawnBehind(gate: SharedArrayBuffer): Promise<string[]> {
    await passGate(gate);
    return Promise.all(
      [this.context, this.context.system].map((spawner) =>
        spawner.spawn(Hand).then(
          (ref) => ref.name,
          (error: Error) => error.name,
        ),
      ),
    );
  }
  spawnNear(): Promise<ActorRef<Hand>> {
    return this.context.spawn(Hand, { placement: 'shared', near: this.self as AnyActorRef });
  }
  give(to: ActorRef<Hand>, shared: SharedArrayBuffer): void {
    to.tell.add(shared);
  }
  shareWithProviders(shared: SharedArrayBuffer): void {
    Object.assign(globalThis, { troupeSpecDisposed: shared });
  }
  observe(other: AnyActorRef): void {
    other.flow$.subscribe(({ kind, actor }) => {
      this.#seen.push(`${kind} ${actor}`);
    });
  }
  /** Counts at the gate what it sees, also when it is no more. */
  observeInto(other: AnyActorRef, seen: SharedArrayBuffer): void {
    other.flow$.subscribe(() => knock(seen));
  }
  /** With subscribers that throw, at what they see and when they leave; behind them one that does not. */
  observeBadly(other: AnyActorRef, seen: SharedArrayBuffer): void {
    const bad = (): never => {
      throw new Error('a bad subscriber');
    };
    for (const watched of [other.flow$, this.context.system.deadLetters$] as Observable<unknown>[]) {
      watched.subscribe(bad);
      watched.pipe(take(1), finalize(bad)).subscribe();
      watched.subscribe(() => knock(seen));
    }
  }
  async askFound(path: string): Promise<string> {
    return this.context.system.find(Hand, path).with({ timeoutMs: 2000 }).ask.path();
  }
}

/** Looks for another when it starts. */
export class Finding extends Hand {
  static override module = here;
  override onStart(): void {
    this.context.system.find(Hand, (this.props as { finds: string }).finds);
  }
}

/** Its end lasts until the gate opens that it was told. */
export class Closing extends Hand {
  static override module = here;
  #gate: SharedArrayBuffer | undefined;
  closeAt(gate: SharedArrayBuffer): void {
    this.#gate = gate;
  }
  override async onStop(): Promise<void> {
    if (this.#gate !== undefined) await passGate(this.#gate);
  }
}

/** Two that tell each other for ever. */
export class Player extends Actor {
  static module = here;
  #other: ActorRef<Player> | undefined;
  play(other: ActorRef<Player>): void {
    this.#other = other;
  }
  ball(n: number): void {
    this.#other?.tell.ball(n + 1);
  }
}

/** Several handlers at once. */
export class Wide extends Actor {
  static module = here;
  static concurrency = 3;
  readonly #seen: unknown[] = [];
  async hold(gate: SharedArrayBuffer, name: string): Promise<void> {
    await passGate(gate);
    this.#seen.push(name);
  }
  note(item: unknown): void {
    this.#seen.push(item);
  }
  seen(): unknown[] {
    return this.#seen;
  }
}

/** Has one child, of the placement that it is told. */
export class Kin extends Actor<{ placement: 'thread' | 'shared' | 'inline' }> {
  static module = here;
  #child: ActorRef<Hand> | undefined;
  override async onStart(): Promise<void> {
    this.#child = await this.context.spawn(Hand, { name: 'child', placement: this.props.placement });
  }
  child(): ActorRef<Hand> {
    return this.#child as ActorRef<Hand>;
  }
  fail(): void {
    throw new Error('the parent');
  }
  exit(): void {
    process.exit(3);
  }
}

/** Counts how often it hears of each end. */
export class Witness extends Actor {
  static module = here;
  readonly #ends: Record<string, string[]> = {};
  watch(ref: AnyActorRef): void {
    this.context.watch(ref);
  }
  note(_item: unknown): void {}
  async hold(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
  }
  override onTerminated(ref: AnyActorRef, reason: ExitReason): void {
    (this.#ends[ref.path] ??= []).push(reason.kind);
  }
  ends(): Record<string, string[]> {
    return this.#ends;
  }
}

/** Its start lasts until its gate opens; what its life comes to stands in the ledger. */
export class Paced extends Actor<{ gate: SharedArrayBuffer; stops: SharedArrayBuffer }> {
  static module = here;
  override async onStart(): Promise<void> {
    await passGate(this.props.gate);
  }
  override onStop(): void {
    knock(this.props.stops);
  }
  fail(): void {
    throw new Error('paced');
  }
}
