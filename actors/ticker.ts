/** Messages in the future, for whoever has no timers of its own or wants them seen and cancelled from elsewhere. */
import { Actor, type AnyActorRef, OptionOutOfRangeError } from '../core/index.js';
import { callByName } from './call-by-name.js';
import { type Drawer, openDrawer } from './stash.js';

/** What Node's timers can count. Beyond it they would fire at once. */
const MAX_MS = 0x7fffffff;

/** In the drawer: ids are not given twice, also after a restart. */
const NEXT_ID = 'next';

/** A timer that runs, as {@link Ticker.timers} lists it. */
export interface Timer {
  readonly id: number;
  /** Path of the actor that it tells. */
  readonly owner: string;
  readonly method: string;
  readonly kind: 'once' | 'every';
  readonly ms: number;
  /** How often it has ticked, in this life of the ticker. */
  readonly ticks: number;
  /** Ticks left out, since the owner had no room for them. */
  readonly skipped: number;
}

/** What was asked for, and when: what the stash keeps of a timer. */
interface Order {
  readonly owner: AnyActorRef;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kind: 'once' | 'every';
  readonly ms: number;
  /** Milliseconds since the epoch. */
  readonly begun: number;
}

interface Running extends Order {
  ticks: number;
  skipped: number;
  /** The last tick lies with the ticker still, for want of room in the owner's mailbox. */
  held: boolean;
  schedule: Disposable | undefined;
}

/**
 * Tells an actor something later, once or again and again. A timer belongs to the actor that it tells, and ends with
 * it. Ticks do not pile up: while the last one has found no room in the owner's mailbox, the next are left out.
 *
 * ```ts
 * const ticker = await system.spawn(Ticker, { name: 'ticker', supervision: { onError: 'resume' } });
 * const id = await ticker.ask.every(60_000, cache, 'evict', { olderThanMs: 3_600_000 });
 * await ticker.ask.cancel(id);
 * ```
 *
 * For an actor's own timers there is `this.context.schedule`. Timers live as long as the ticker, its restarts included:
 * they lie in another actor as well, `/troupe.stash`. What was to tick while the ticker was down is not made up for,
 * but a `once` comes as soon as it is up again, and an `every` goes on in its beat.
 */
export class Ticker extends Actor {
  static module = import.meta.url;
  readonly #running = new Map<number, Running>();
  #nextId = 1;
  #drawer: Drawer<Order | number> | undefined;

  override async onStart(): Promise<void> {
    const drawer = await openDrawer<Order | number>(this.context, this.self);
    this.#drawer = drawer;
    for (const [key, kept] of drawer.found) {
      if (typeof kept === 'number') this.#nextId = kept;
      else this.#run(Number(key), kept);
    }
  }

  /**
   * Tells `owner` the message after `ms` milliseconds.
   *
   * @param ms 0 to 2,147,483,647
   * @returns the timer's id, for {@link cancel}
   * @throws {OptionOutOfRangeError} for `ms`
   * @throws {TypeError} for an owner or a method that is none
   */
  once(ms: number, owner: AnyActorRef, method: string, ...args: readonly unknown[]): number {
    return this.#start('once', ms, owner, method, args);
  }

  /**
   * Tells `owner` the message every `ms` milliseconds, the first time after `ms`.
   *
   * @param ms 1 to 2,147,483,647
   * @returns the timer's id, for {@link cancel}
   * @throws {OptionOutOfRangeError} for `ms`
   * @throws {TypeError} for an owner or a method that is none
   */
  every(ms: number, owner: AnyActorRef, method: string, ...args: readonly unknown[]): number {
    return this.#start('every', ms, owner, method, args);
  }

  /**
   * Ends a timer. A tick that was told already is on its way.
   * @returns false when there is no such timer (any more)
   */
  cancel(id: number): boolean {
    const timer = this.#running.get(id);
    if (timer === undefined) return false;
    timer.schedule?.[Symbol.dispose]();
    this.#running.delete(id);
    this.#drawer?.remove(`${id}`);
    if (![...this.#running.values()].some(({ owner }) => owner.id === timer.owner.id)) {
      this.context.unwatch(timer.owner);
    }
    return true;
  }

  /** The timers that run, the oldest first. */
  timers(): Timer[] {
    return [...this.#running].map(([id, { owner, method, kind, ms, ticks, skipped }]) => ({
      id,
      owner: owner.path,
      method,
      kind,
      ms,
      ticks,
      skipped,
    }));
  }

  override onTerminated(ref: AnyActorRef): void {
    for (const [id, { owner }] of [...this.#running]) if (owner.id === ref.id) this.cancel(id);
  }

  #start(
    kind: 'once' | 'every',
    ms: number,
    owner: AnyActorRef,
    method: string,
    args: readonly unknown[],
  ): number {
    const least = kind === 'once' ? 0 : 1;
    if (typeof ms !== 'number' || !(ms >= least && ms <= MAX_MS)) {
      throw new OptionOutOfRangeError('ms', ms, `${least} to ${MAX_MS} milliseconds`);
    }
    if (typeof method !== 'string' || method === '') {
      throw new TypeError(`${kind} takes the name of the owner's method, not ${String(method)}.`);
    }
    const id = this.#nextId;
    const order: Order = { owner, method, args, kind, ms, begun: Date.now() };
    this.#run(id, order);
    this.#nextId++;
    this.#drawer?.put(`${id}`, order);
    this.#drawer?.put(NEXT_ID, this.#nextId);
    return id;
  }

  #run(id: number, order: Order): void {
    // Refuses what is no ref; and one that has ended is heard of at once.
    this.context.watch(order.owner);
    const timer: Running = { ...order, ticks: 0, skipped: 0, held: false, schedule: undefined };
    this.#running.set(id, timer);
    const { kind, ms, begun } = order;
    const { schedule } = this.context;
    const tick = () => this.#tick(id, timer);
    const passed = Math.max(0, Date.now() - begun);
    // The first one of a life comes when it would have come without the restart.
    const first = kind === 'once' ? Math.max(0, ms - passed) : ms - (passed % ms);
    timer.schedule = schedule.once(first, () => {
      if (kind === 'every') timer.schedule = schedule.every(ms, tick);
      tick();
    });
  }

  #tick(id: number, timer: Running): void {
    if (!this.#running.has(id)) return;
    if (timer.held) {
      timer.skipped++;
      return;
    }
    timer.ticks++;
    const told = this.#tell(timer);
    if (timer.kind === 'once') this.cancel(id);
    else if (!told) this.#waitForRoom(timer);
  }

  #tell(timer: Running): boolean {
    try {
      return callByName(timer.owner, timer.method, ...timer.args);
    } catch (error) {
      // Too large for this one's mailbox, say: the other timers have no part in it.
      this.context.log.warn(`a tick did not reach ${timer.owner.path}`, { error });
      return true;
    }
  }

  #waitForRoom(timer: Running): void {
    const done = () => {
      timer.held = false;
    };
    timer.held = true;
    timer.owner.drained().then(done, done);
  }
}
