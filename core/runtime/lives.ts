/** An actor's lives on a thread: an instance is built and started, retired, and another one started in its place. */
import { ActorStoppedError } from '../errors.js';
import { Box, Taking } from '../memory/layout.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorClass } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import { type HookCall, type MessageTracer, tracer } from '../messaging/tracer.js';
import { noteWorker, settleLeases } from '../queue/lease.js';
import { constructActor } from './actor.js';
import { ActorCell, type Instance } from './actor-cell.js';
import { findActorClass } from './actor-module.js';
import { Birth } from './birth.js';
import type { ActorPlan, Blueprint, ToHost, ToldPlan } from './control.js';
import type { Host } from './host.js';
import { importModule } from './loader.js';
import { decodeProps } from './props.js';
import { abandonHandlers, isThenable } from './settle.js';
import { type Tap, tapInto } from './taps.js';
import { heard } from './told.js';

const STOPPED: ExitReason = { kind: 'stopped' };

export class Lives {
  /** Each once, however many actors of it there are: its place is its token. */
  readonly #inlineClasses: ActorClass[] = [];
  /** Those that were found, by module and name. */
  readonly #classes = new Map<string, Map<string, ActorClass>>();

  /** By their numbers: see told.ts. */
  readonly #blueprints: Blueprint[] = [];
  /** Those that have met their sentinels, and end by themselves. */
  #ending: ActorCell[] = [];

  constructor(readonly host: Host) {}

  /** A class that is at home on this thread only: inline actors run the class object itself. */
  inlineSource(type: ActorClass): { token: number; slot: number } {
    const known = this.#inlineClasses.indexOf(type);
    const token = known >= 0 ? known : this.#inlineClasses.push(type) - 1;
    return { token, slot: this.host.thread.slot };
  }

  startAll({ plans, news }: Extract<ToHost, { readonly op: 'start' }>): void {
    for (const each of news) heard(this.#blueprints, each);
    for (const plan of plans) this.#start(planWith(this.#blueprints[plan.blueprint], plan));
  }

  #start(plan: ActorPlan): void {
    const { arena, thread, cells, turn } = this.host;
    const cell = new ActorCell(arena, thread, plan, this.host.clock, turn.onRoom);
    cells.add(cell);
    this.host.speaking.joins(cell);
    if (plan.pool !== undefined) {
      const { box, worker } = plan.pool;
      noteWorker(arena.i32, box.box, worker, plan.box);
      cell.onPoolRoom = () => turn.wakeHolders(box.box);
    }
    if (plan.restarted) {
      cell.leftLeases = settleLeases(arena, plan.box);
      // What was in flight may have been given up meanwhile, which made room and told nobody.
      turn.wakeHolders(plan.box);
    }
    if (plan.tap === undefined) this.#bringUp(cell);
    else void this.#tap(cell, plan.tap).then(() => this.#bringUp(cell));
  }

  /** It worked in a life before; if it does not in this one, the actor goes on without. */
  async #tap(cell: ActorCell, tap: Tap): Promise<void> {
    try {
      await tapInto(this.host, cell, tap);
    } catch (error) {
      this.host.line.complain('what looked on could not be set again', { error }, cell.identity.path);
    }
  }

  /** Ends the instance, not the actor: it stays in its place until it is restarted, or finished. */
  async retire(actor: Address, reason: ExitReason): Promise<void> {
    const { cells, post, line } = this.host;
    const cell = cells.of(actor);
    if (cell === undefined) return;
    cell.endedBy = reason;
    await this.#tearDown(cell, reason);
    if (cell.ended) return;
    post.flush();
    line.tell({ op: 'retired', actor, incarnation: cell.incarnation });
  }

  /** A new instance in the place of one that has retired, or could not start. */
  restart(actor: Address, incarnation: number): void {
    const cell = this.host.cells.of(actor);
    if (cell === undefined) return;
    cell.incarnation = incarnation;
    cell.watching = undefined;
    this.#bringUp(cell);
  }

  async finish(actor: Address, incarnation: number, reason: ExitReason): Promise<void> {
    const { cells, line } = this.host;
    const cell = cells.of(actor);
    if (cell === undefined) {
      // A full arena had no room for its start: it never was here. Or it has said so already.
      line.tell({ op: 'stopped', actor, incarnation, abandoned: 0 });
      return;
    }
    await this.#tearDown(cell, reason);
    if (!cell.ended) this.#leave(cell);
  }

  /**
   * Its sentinel was met. Where nothing is to end before it, and no code of its own runs at its end, it ends at once:
   * to ask the creating thread and to be told would take longer than the rest of a small actor's life.
   */
  stop(cell: ActorCell): void {
    this.host.post.flush();
    if (this.#endsAlone(cell)) this.#endSoon(cell);
    else this.host.line.tell({ op: 'sentinel', actor: cell.address, incarnation: cell.incarnation });
  }

  #endsAlone({ arena, base, asking, instance, plan }: ActorCell): boolean {
    if (asking > 0 || plan.pool !== undefined || instance === undefined) return false;
    return instance.onStop === undefined && arena.i32[base + Box.CHILDREN] === 0;
  }

  /** Once its share of the turn is over; together with others: for each a microtask of its own would be a tenth of an end. */
  #endSoon(cell: ActorCell): void {
    if (this.#ending.push(cell) > 1) return;
    queueMicrotask(() => {
      const ending = this.#ending;
      this.#ending = [];
      // What of its own is called is its own line, not that of who was the first.
      for (const each of ending) this.host.speaking.as(each, () => this.#endAlone(each));
    });
  }

  #endAlone(cell: ActorCell): void {
    // Somebody else's word has come before.
    if (cell.ended || cell.instance === undefined) return;
    this.#quiet(cell, STOPPED);
    this.#endListening(cell);
    this.#leave(cell);
  }

  /** It is over, and nothing of it is left here. */
  #leave(cell: ActorCell): void {
    const { cells, post, line } = this.host;
    cell.ended = true;
    cell.around?.end();
    cells.remove(cell);
    cell.leaveBox();
    post.flush();
    const { address: actor, incarnation, abandoned } = cell;
    line.tell({ op: 'stopped', actor, incarnation, abandoned });
  }

  /** What needs no waiting does not wait: a promise for each costs actors by the hundred thousand more than the rest. */
  #bringUp(cell: ActorCell): void {
    cell.life++;
    cell.taking = Taking.STARTING;
    const { life } = cell;
    try {
      const type = this.#known(cell.blueprint.source);
      const props = type === undefined ? undefined : decodeProps(this.host, cell.plan);
      if (type !== undefined && !(props instanceof Promise)) this.#begin(cell, life, type, props);
      else void this.#bringUpLater(cell, life, type, props as Promise<unknown> | undefined);
    } catch (error) {
      this.#cameToNothing(cell, life, error);
    }
  }

  async #bringUpLater(
    cell: ActorCell,
    life: number,
    known: ActorClass | undefined,
    decoded: Promise<unknown> | undefined,
  ): Promise<void> {
    try {
      const type = known ?? (await this.#find(cell.blueprint.source, cell.identity.path));
      const props = await (decoded ?? decodeProps(this.host, cell.plan));
      if (cell.life === life) this.#begin(cell, life, type, props);
    } catch (error) {
      this.#cameToNothing(cell, life, error);
    }
  }

  #begin(cell: ActorCell, life: number, type: ActorClass, props: unknown): void {
    const build = () => this.host.speaking.as(cell, () => this.#build(cell, type, props));
    const isSeen = tracer !== undefined && (cell.incarnation > 1 || 'onStart' in type.prototype);
    const { instance, settling } = isSeen ? this.#traced(cell, 'onStart', cell.endedBy, build) : build();
    if (!isThenable(settling)) {
      this.#isUp(cell, life, instance);
      return;
    }
    Promise.resolve(settling)
      .then(() => this.#isUp(cell, life, instance))
      .catch((error: unknown) => this.#cameToNothing(cell, life, error));
  }

  #isUp(cell: ActorCell, life: number, instance: Instance): void {
    const { host } = this;
    if (cell.life !== life || cell.ended) return;
    cell.endWaits(undefined);
    cell.endedBy = undefined;
    cell.taking = cell.concurrency > 1 ? Taking.SEVERAL : Taking.ONE_BY_ONE;
    cell.instance = instance;
    cell.forgetMethods();
    cell.suspended = false;
    const { address: actor, incarnation } = cell;
    const isSilent = instance.onStop === undefined && cell.isSilent;
    host.line.tell({ op: 'started', actor, incarnation, isSilent });
    if (cell.mayHaveMail) host.ready(cell);
  }

  #cameToNothing(cell: ActorCell, life: number, error: unknown): void {
    if (cell.life !== life) return;
    // What never came up has nothing to stop: no onStop for it.
    cell.suspended = true;
    cell.endWaits(undefined);
    cell.clearSchedules();
    const { address: actor, incarnation } = cell;
    this.host.line.tell({ op: 'start-failed', actor, incarnation, error });
  }

  /** A hook as a span of its own, which lasts until its promise has settled. */
  #traced<T extends { readonly settling: unknown }>(
    cell: ActorCell,
    hook: HookCall['hook'],
    reason: ExitReason | undefined,
    call: () => T,
  ): T {
    const restarts = cell.incarnation - 1;
    const span = (tracer as MessageTracer).hook(cell.identity, { hook, restarts, reason });
    const failed = (error: unknown) => {
      span.failed(error);
      span.end();
    };
    try {
      const result = span.run(call);
      Promise.resolve(result.settling).then(() => span.end(), failed);
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  /** The class, if an actor of it was here before. */
  #known(source: Blueprint['source']): ActorClass | undefined {
    return 'token' in source
      ? this.#inlineClasses[source.token]
      : this.#classes.get(source.module)?.get(source.name);
  }

  async #find(source: Blueprint['source'], path: string): Promise<ActorClass> {
    if ('token' in source) throw new Error(`The inline class of ${path} is not known on this thread.`);
    const { module, name } = source;
    const type = findActorClass(await importModule(module), module, name);
    this.host.errorClasses.used(name, module);
    const classes = this.#classes.get(module);
    if (classes === undefined) this.#classes.set(module, new Map([[name, type]]));
    else classes.set(name, type);
    return type;
  }

  /** @returns the instance, and what its `onStart` returned */
  #build(
    cell: ActorCell,
    type: ActorClass,
    props: unknown,
  ): { readonly instance: Instance; readonly settling: unknown } {
    const { host } = this;
    const { injector } = host;
    const instance = constructActor(type, new Birth(host, cell, props), () =>
      injector.build(type),
    ) as Instance;
    const { concurrency = 1 } = type as { concurrency?: number };
    cell.concurrency = concurrency;
    return { instance, settling: instance.onStart?.() };
  }

  /** Ends the instance's doings; calls `onStop` unless it is being killed. */
  async #tearDown(cell: ActorCell, reason: ExitReason): Promise<void> {
    const { speaking } = this.host;
    const instance = this.#quiet(cell, reason);
    try {
      if (reason.kind !== 'killed' && instance?.onStop !== undefined) {
        const stop = () => speaking.as(cell, () => ({ settling: instance.onStop?.(reason) }));
        await (tracer === undefined ? stop() : this.#traced(cell, 'onStop', reason, stop)).settling;
      }
    } catch (error) {
      this.host.line.complain('onStop failed', { error }, cell.identity.path);
    } finally {
      this.#endListening(cell);
    }
  }

  /** What it was doing is over. @returns its instance, which nobody stops a second time */
  #quiet(cell: ActorCell, reason: ExitReason): Instance | undefined {
    const { speaking, turn } = this.host;
    cell.suspended = true;
    cell.endIdleness();
    // The other may live on this thread.
    if (cell.plan.pool !== undefined) turn.schedule();
    cell.taking = Taking.STOPPING;
    // Who listens to their signals, and what generators do at their end, is the actor's own code.
    this.host.given.endOf(cell);
    cell.abandoned = 0;
    if (cell.handling?.size || cell.streams?.size) speaking.as(cell, () => this.#abandon(cell, reason));
    else cell.life++;
    cell.clearSchedules();
    const { instance } = cell;
    cell.instance = undefined;
    return instance;
  }

  #abandon(cell: ActorCell, reason: ExitReason): void {
    cell.abandoned = abandonHandlers(this.host, cell, reason);
    for (const stream of [...(cell.streams ?? [])]) {
      if (reason.kind === 'stopped' && !stream.isArgument) stream.complete();
      else stream.fail(new ActorStoppedError(cell.identity.path, reason));
    }
  }

  #endListening(cell: ActorCell): void {
    cell.endWaits(undefined);
    // It may listen until here: its end may be what it waits for in onStop.
    this.host.streams.endSubscriptions(cell);
  }
}

function planWith(blueprint: Blueprint, told: ToldPlan): ActorPlan {
  const { box, generation, path, index, incarnation, pool, restarted, tap } = told;
  return { box, generation, path, blueprint, index, incarnation, pool, restarted, tap };
}
