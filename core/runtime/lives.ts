/** An actor's lives on a thread: an instance is built and started, retired, and another one started in its place. */
import { ActorStoppedError } from '../errors.js';
import { Taking } from '../memory/layout.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorClass } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import { type HookCall, type MessageTracer, tracer } from '../messaging/tracer.js';
import { noteWorker, settleLeases } from '../queue/lease.js';
import { constructActor } from './actor.js';
import { ActorCell, type Instance } from './actor-cell.js';
import { findActorClass } from './actor-module.js';
import { Birth } from './birth.js';
import type { ActorPlan, Blueprint } from './control.js';
import type { Host } from './host.js';
import { importModule } from './loader.js';
import { decodeProps } from './props.js';
import { abandonHandlers } from './settle.js';
import { type Tap, tapInto } from './taps.js';

export class Lives {
  /** Each once, however many actors of it there are: its place is its token. */
  readonly #inlineClasses: ActorClass[] = [];
  /** Those that were found, by module and name. */
  readonly #classes = new Map<string, Map<string, ActorClass>>();

  constructor(readonly host: Host) {}

  /** A class that is at home on this thread only: inline actors run the class object itself. */
  inlineSource(type: ActorClass): { token: number; slot: number } {
    const known = this.#inlineClasses.indexOf(type);
    const token = known >= 0 ? known : this.#inlineClasses.push(type) - 1;
    return { token, slot: this.host.thread.slot };
  }

  async start(plan: ActorPlan): Promise<void> {
    const { arena, thread, cells, turn } = this.host;
    const cell = new ActorCell(arena, thread, plan, this.host.clock);
    cells.add(cell);
    this.host.speaking.joins(cell);
    cell.mailbox.onRoom = turn.onRoom;
    cell.urgent.onRoom = turn.onRoom;
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
    if (plan.tap !== undefined) await this.#tap(cell, plan.tap);
    await this.#bringUp(cell);
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
  async restart(actor: Address, incarnation: number): Promise<void> {
    const cell = this.host.cells.of(actor);
    if (cell === undefined) return;
    cell.incarnation = incarnation;
    cell.watching = undefined;
    await this.#bringUp(cell);
  }

  async finish(actor: Address, incarnation: number, reason: ExitReason): Promise<void> {
    const { cells, post, line } = this.host;
    const cell = cells.of(actor);
    if (cell === undefined) {
      // A full arena had no room for its start: it never was here.
      line.tell({ op: 'stopped', actor, incarnation, abandoned: 0 });
      return;
    }
    await this.#tearDown(cell, reason);
    if (cell.ended) return;
    cell.ended = true;
    cell.around?.end();
    cell.blackBox.detach();
    cells.remove(cell);
    cell.mailbox.publishHead();
    post.flush();
    line.tell({ op: 'stopped', actor, incarnation: cell.incarnation, abandoned: cell.abandoned });
  }

  async #bringUp(cell: ActorCell): Promise<void> {
    const { host } = this;
    const { incarnation, address: actor } = cell;
    cell.life++;
    cell.taking = Taking.STARTING;
    const { life } = cell;
    try {
      const { blueprint } = cell;
      // What needs no waiting does not wait: a promise for each costs actors by the hundred thousand more than the rest.
      const known = this.#known(blueprint.source);
      const type = known ?? (await this.#find(blueprint.source, cell.identity.path));
      const decoded = decodeProps(host, cell.plan);
      const props = decoded instanceof Promise ? await decoded : decoded;
      if (cell.life !== life) return;
      const build = () => host.speaking.as(cell, () => this.#build(cell, type, props));
      const isSeen = tracer !== undefined && (incarnation > 1 || 'onStart' in type.prototype);
      const { instance, settling } = isSeen ? this.#traced(cell, 'onStart', cell.endedBy, build) : build();
      await settling;
      if (cell.life !== life || cell.ended) return;
      cell.endWaits(undefined);
      cell.endedBy = undefined;
      cell.taking = cell.concurrency > 1 ? Taking.SEVERAL : Taking.ONE_BY_ONE;
      cell.instance = instance;
      cell.forgetMethods();
      cell.suspended = false;
      const isSilent = instance.onStop === undefined && cell.isSilent;
      host.line.tell({ op: 'started', actor, incarnation, isSilent });
      host.ready(cell);
    } catch (error) {
      if (cell.life !== life) return;
      // What never came up has nothing to stop: no onStop for it.
      cell.suspended = true;
      cell.endWaits(undefined);
      cell.clearSchedules();
      host.line.tell({ op: 'start-failed', actor, incarnation, error });
    }
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
    cell.suspended = true;
    cell.endIdleness();
    // The other may live on this thread.
    this.host.turn.schedule();
    cell.taking = Taking.STOPPING;
    // Who listens to their signals, and what generators do at their end, is the actor's own code.
    this.host.given.endOf(cell);
    speaking.as(cell, () => {
      cell.abandoned = abandonHandlers(this.host, cell, reason);
      for (const stream of [...(cell.streams ?? [])]) {
        if (reason.kind === 'stopped' && !stream.isArgument) stream.complete();
        else stream.fail(new ActorStoppedError(cell.identity.path, reason));
      }
    });
    cell.clearSchedules();
    const { instance } = cell;
    // Nobody stops it a second time.
    cell.instance = undefined;
    try {
      if (reason.kind !== 'killed' && instance?.onStop !== undefined) {
        const stop = () => speaking.as(cell, () => ({ settling: instance.onStop?.(reason) }));
        await (tracer === undefined ? stop() : this.#traced(cell, 'onStop', reason, stop)).settling;
      }
    } catch (error) {
      this.host.line.complain('onStop failed', { error }, cell.identity.path);
    } finally {
      cell.endWaits(undefined);
      // It may listen until here: its end may be what it waits for in onStop.
      this.host.streams.endSubscriptions(cell);
    }
  }
}
