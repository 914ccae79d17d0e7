/** Actors that wait for each other: by asks, starts and ends. */
import { Actor, type ActorRef, child } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;
const NEVER = Number.POSITIVE_INFINITY;

export class Waiter extends Actor<{ readonly onStop?: ActorRef<Waiter> } | undefined> {
  static module = here;
  override async onStop() {
    const other = this.props?.onStop;
    if (other === undefined) return;
    await other
      .with({ timeoutMs: 20 })
      .ask.ping()
      .catch((error) => other.tell.heard(error));
  }
  #heard: unknown[] = [];
  heard(error: unknown) {
    this.#heard.push(error);
  }
  lastHeard() {
    return this.#heard.at(-1);
  }
  ping() {
    return 'pong';
  }
  /** Asks the first, which asks the second, and so on; the last one only for `lastMs`. */
  async pass(to: readonly ActorRef<Waiter>[], lastMs = NEVER): Promise<string> {
    await null;
    const [next, ...rest] = to;
    if (next === undefined) return 'through';
    return await next.with({ timeoutMs: rest.length === 0 ? lastMs : NEVER }).ask.pass(rest, lastMs);
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
    return 'held';
  }
  async askWhenOpen(gate: SharedArrayBuffer, other: ActorRef<Waiter>, timeoutMs = NEVER) {
    await passGate(gate);
    return await other.with({ timeoutMs }).ask.ping();
  }
  /** Knocks once it waits. */
  async ask(other: ActorRef<Waiter>, asked: SharedArrayBuffer, timeoutMs = NEVER) {
    const answer = other.with({ timeoutMs }).ask.ping();
    knock(asked);
    return await answer;
  }
  async askToHold(other: ActorRef<Waiter>, gate: SharedArrayBuffer) {
    return await other.ask.hold(gate);
  }
  /** Asks all at once, and is asked back by the last. */
  async askAll(others: readonly ActorRef<Waiter>[], gate: SharedArrayBuffer, lastMs: number) {
    const asks = others.map((other, i) =>
      i < others.length - 1
        ? other.ask.hold(gate)
        : other.ask.pass([this.self as unknown as ActorRef<Waiter>], lastMs),
    );
    return await asks.at(-1);
  }
  /** Asks, and is asked back when the gate opens. */
  async askBack(other: ActorRef<Waiter>, gate: SharedArrayBuffer) {
    return await other.ask.askWhenOpen(gate, this.self as unknown as ActorRef<Waiter>);
  }
  /** Asks, and does not care. */
  askAndGo(other: ActorRef<Waiter>, gate: SharedArrayBuffer, timeoutMs = NEVER) {
    other
      .with({ timeoutMs })
      .ask.askWhenOpen(gate, this.self as unknown as ActorRef<Waiter>)
      .catch(() => undefined);
  }
  /** Asks, and keeps its thread, so that the answer cannot be read. */
  async askAndBlock(other: ActorRef<Waiter>, gate: SharedArrayBuffer) {
    const answer = other.ask.ping();
    knock(gate);
    Atomics.wait(new Int32Array(gate), 0, 0);
    return await answer;
  }
  /** The same with many questions, which are answered when the first gate opens; the last one is given up before. */
  async askManyAndBlock(
    other: ActorRef<Waiter>,
    held: SharedArrayBuffer,
    gate: SharedArrayBuffer,
    lastMs = NEVER,
  ) {
    const answers = Array.from({ length: 6 }, () => other.ask.hold(held));
    const last = other.with({ timeoutMs: lastMs }).ask.hold(held);
    // Until they are sent, or the last one is over.
    await (lastMs === NEVER ? null : last.catch(() => null));
    knock(gate);
    Atomics.wait(new Int32Array(gate), 0, 0);
    return (await Promise.all(answers)).length;
  }
  /** Asks many times at once; the last time it is asked back when the gate opens. */
  async askManyBack(other: ActorRef<Waiter>, gate: SharedArrayBuffer, lastMs: number) {
    for (let i = 0; i < 5; i++) void other.ask.ping();
    const self = this.self as unknown as ActorRef<Waiter>;
    return await other.with({ timeoutMs: lastMs }).ask.askWhenOpen(gate, self);
  }
  async stopOther(other: ActorRef<Waiter>, asked: SharedArrayBuffer) {
    const stopped = other.stop();
    knock(asked);
    return (await stopped).reason.kind;
  }
  async joinOther(other: ActorRef<Waiter>, asked: SharedArrayBuffer, timeoutMs: number) {
    const joined = other.join({ timeoutMs });
    knock(asked);
    return (await joined).reason.kind;
  }
  /** Stops that one without waiting for it. */
  dismiss(other: ActorRef<Waiter>) {
    void other.stop();
  }
  async askToDismiss(other: ActorRef<Waiter>) {
    await other.ask.dismiss(this.self as unknown as ActorRef<Waiter>);
    return 'dismissed';
  }
  async askParent(parent: ActorRef<Parent>, timeoutMs: number) {
    return await parent.with({ timeoutMs }).ask.ping();
  }
  async askToStopParent(other: ActorRef<Waiter>, parent: ActorRef<Waiter>, asked: SharedArrayBuffer) {
    return await other.with({ timeoutMs: NEVER }).ask.stopOther(parent, asked);
  }
  async spawnWaiter(placement: 'thread' | 'shared' | 'inline') {
    return await this.context.spawn(Waiter, { name: 'child', placement, props: undefined });
  }
}

/** Takes other messages while it waits. */
export class WideWaiter extends Waiter {
  static override module = here;
  static concurrency = 8;
}

interface ChildProps {
  readonly parent: ActorRef<Parent>;
  readonly timeoutMs: number;
  readonly via?: ActorRef<Waiter> | undefined;
}

/** Asks its parent while it starts, or asks another to do that. */
export class AsksParent extends Actor<ChildProps> {
  static module = here;
  override async onStart() {
    const { parent, timeoutMs, via } = this.props;
    if (via === undefined) await parent.with({ timeoutMs }).ask.ping();
    else await via.with({ timeoutMs: NEVER }).ask.askParent(parent, timeoutMs);
  }
  ping() {
    return 'pong';
  }
}

/** Starts when the gate opens. */
export class StartsLate extends Actor<SharedArrayBuffer> {
  static module = here;
  override async onStart() {
    await passGate(this.props);
  }
}

export type How = 'spawn' | 'pool' | 'sharded pool' | 'supervise';
type Placement = 'thread' | 'shared' | 'inline';

export class Parent extends Actor<'on start' | undefined> {
  static module = here;
  override async onStart() {
    if (this.props === 'on start') await this.spawnChild('spawn', 'thread', 20);
  }
  ping() {
    return 'pong';
  }
  async spawnChild(how: How, placement: Placement, timeoutMs: number, via?: ActorRef<Waiter>) {
    const props = { parent: this.self as ActorRef<Parent>, timeoutMs, via };
    const { context } = this;
    if (how === 'spawn') await context.spawn(AsksParent, { name: 'child', placement, props });
    if (how === 'pool') await context.pool(AsksParent, { name: 'pool', placement, size: 1, props });
    if (how === 'sharded pool') {
      await context.pool(AsksParent, { name: 'pool', placement, size: 1, shardBy: '0', props });
    }
    if (how === 'supervise') {
      const first = child(Waiter, { name: 'first', placement, props: undefined });
      const second = child(AsksParent, { name: 'second', placement, props });
      await context.supervise({ name: 'group', children: [first, second] });
    }
  }
  /** Begins, and does not wait: then it can answer. */
  beginChild(placement: Placement) {
    void this.spawnChild('spawn', placement, NEVER);
  }
  async superviseLate(placement: Placement, gate: SharedArrayBuffer) {
    const first = child(Waiter, { name: 'first', placement, props: undefined });
    const second = child(StartsLate, { name: 'second', placement, props: gate });
    await this.context.supervise({ name: 'group', children: [first, second] });
  }
}
