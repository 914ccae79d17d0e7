/** Actors that look at their context, and at their hooks. */
import { Actor, type ActorRef, type AnyActorRef, type ExitReason } from '../../../core/index.js';
import { knock, passGate } from '../../support/gate.js';

const here = import.meta.url;

export class Listens extends Actor {
  static module = here;
  #from: (string | undefined)[] = [];
  #ended: [string, string, boolean][] = [];
  hear() {
    this.#from.push(this.context.sender?.path);
  }
  async hearLater() {
    const before = this.context.sender;
    await null;
    return [before?.path, this.context.sender === before];
  }
  heard() {
    return this.#from;
  }
  watchNothing(what: unknown) {
    this.context.watch(what as AnyActorRef);
  }
  watch(ref: AnyActorRef) {
    this.context.watch(ref);
  }
  override onTerminated(ref: AnyActorRef, reason: ExitReason) {
    this.#ended.push([ref.path, reason.kind, this.context.sender === undefined]);
  }
  ended() {
    return this.#ended;
  }
}

export class Speaks extends Actor {
  static module = here;
  async speakLater(to: ActorRef<Listens>) {
    to.tell.hear();
    await null;
    to.tell.hear();
    await new Promise((resolve) => setImmediate(resolve));
    await to.send.hear();
    return await to.ask.hearLater();
  }
  async speakScheduled(to: ActorRef<Listens>, done: SharedArrayBuffer) {
    this.context.schedule.once(1, async () => {
      to.tell.hear();
      await null;
      to.tell.hear();
      await to.ask.heard();
      knock(done);
    });
  }
}

export class Hooks extends Actor<{ log: ActorRef<HookLog>; hang?: 'onStop' } | undefined> {
  static module = here;
  override onStop(reason: ExitReason) {
    const error = reason.kind === 'failed' ? (reason.error as Error | undefined)?.message : '';
    void this.props?.log.tell.note(`${reason.kind} ${error}`);
    if (this.props?.hang === 'onStop') return new Promise<void>(() => undefined);
    return undefined;
  }
  fail() {
    throw new RangeError('bad news');
  }
  ok() {
    return 'ok';
  }
  async untilSignal(begun: SharedArrayBuffer, aborted: SharedArrayBuffer) {
    const { signal } = this.context;
    knock(begun);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    knock(aborted);
  }
}

export class HookLog extends Actor {
  static module = here;
  #notes: string[] = [];
  note(what: string) {
    this.#notes.push(what);
  }
  notes() {
    return this.#notes;
  }
}

export class Plans extends Actor<{ ticks: SharedArrayBuffer } | undefined> {
  static module = here;
  #order: string[] = [];
  /** A timer's call is due while this handler is pending: it waits for its turn. */
  async plan(fired: SharedArrayBuffer) {
    this.context.schedule.once(0, () => {
      this.#order.push('scheduled');
      knock(fired);
    });
    // Timers of one length fire in the order of their start: behind this one the other is due.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    this.#order.push('handler done');
  }
  cancelled() {
    const timer = this.context.schedule.every(1, () => this.#order.push('never'));
    timer[Symbol.dispose]();
    timer[Symbol.dispose]();
  }
  tick() {
    this.context.schedule.every(1, () => knock(this.props?.ticks as SharedArrayBuffer));
  }
  failSoon() {
    this.context.schedule.once(0, async () => {
      await null;
      throw new Error('a job that fails');
    });
  }
  order() {
    return this.#order;
  }
}

export class Parent extends Actor {
  static module = here;
  async family(placement: 'thread' | 'shared' | 'inline') {
    const child = await this.context.spawn(Listens, { name: 'kid', placement });
    return [child === this.context.find(Listens, child.path), child.path, await child.ask.hearLater()];
  }
  async gate(shared: SharedArrayBuffer) {
    await passGate(shared);
  }
}
