/** What every part of the supervisor stands on. */
import type { Arena } from '../memory/arena.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { arenaFull } from '../messaging/answer.js';
import { Kind } from '../messaging/envelope.js';
import { Limits } from '../messaging/limits.js';
import type { SupervisionOptions } from '../messaging/options.js';
import type { FlowEvent } from '../messaging/reports.js';
import type { Boxes } from '../runtime/boxes.js';
import type { ActorPlan, Blueprint, ToHost, ToldPlan } from '../runtime/control.js';
import type { Host } from '../runtime/host.js';
import type { ThreadEntry, Threads } from '../runtime/thread.js';
import type { News } from '../runtime/told.js';
import type { ActorNode } from './actor-node.js';

export interface SupervisorOptions {
  readonly supervision: SupervisionOptions;
  readonly sharedThreads: number;
  readonly warmThreads: number;
  readonly onEvent: (event: FlowEvent) => void;
  readonly onEscalated: (path: string, error: unknown) => void;
}

/** So many starts are told a thread at once: a shared one begins with them while others are still asked for. */
const STARTS_AT_ONCE = 256;

export class Ground {
  /** Nothing is started any more. */
  closing = false;
  /** A start could not be said. */
  onRefused: (plan: ActorPlan, error: unknown) => void = () => undefined;
  /** Starts of this turn, by thread: what they have in common is told once, and their thread is woken once. */
  readonly #starts = new Map<ThreadEntry, ActorPlan[]>();
  /** How long starts and stops may take: with a timer each they would take twice as long. */
  readonly #limits = new Limits<() => void>((call) => call());

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly host: Host,
    readonly boxes: Boxes,
    readonly threads: Threads,
    readonly options: SupervisorOptions,
  ) {}

  /** Calls back after so many milliseconds, never after `Infinity`. @returns a number for {@link endLimit} */
  limit(ms: number, call: () => void): number {
    return ms === Number.POSITIVE_INFINITY ? 0 : this.#limits.open(call, ms);
  }

  /** Its time counts no more; nothing is done about 0, or one that has expired. */
  endLimit(limit: number): void {
    if (limit === 0 || this.#limits.close(limit) === undefined) return;
    // A timer of a time to come would be waited for by who plays through a test's time.
    if (this.#limits.size === 0) this.#limits.dispose();
  }

  /** Whatever it was waiting for, it waits no more. */
  endWaits(node: ActorNode): void {
    this.endLimit(node.startLimit);
    this.endLimit(node.stopLimit);
    node.startLimit = node.stopLimit = 0;
    node.hurry();
  }

  /** In order, behind the starts that were asked for before. */
  say(entry: ThreadEntry, message: ToHost): void {
    if (this.#starts.size > 0) this.#sayStarts(entry);
    this.#say(entry, message);
  }

  /** Has an actor started: said with those of the same turn, at its end. */
  start(entry: ThreadEntry, plan: ActorPlan): void {
    const plans = this.#starts.get(entry);
    if (plans === undefined) {
      if (this.#starts.size === 0) queueMicrotask(() => this.#sayAllStarts());
      this.#starts.set(entry, [plan]);
    } else if (plans.push(plan) >= STARTS_AT_ONCE) this.#sayStarts(entry);
  }

  #sayAllStarts(): void {
    for (const entry of this.#starts.keys()) this.#sayStarts(entry);
  }

  #sayStarts(entry: ThreadEntry): void {
    const plans = this.#starts.get(entry);
    if (plans === undefined) return;
    this.#starts.delete(entry);
    if (this.#sayStart(entry, plans)) return;
    // One by one, where all of them have no room.
    for (const plan of plans) {
      if (this.#sayStart(entry, [plan])) continue;
      const error = arenaFull(this.host.post);
      queueMicrotask(() => this.onRefused(plan, error));
    }
  }

  /** @returns false when the arena has no room for it */
  #sayStart(entry: ThreadEntry, plans: readonly ActorPlan[]): boolean {
    const { blueprints } = entry;
    const news: News<Blueprint>[] = [];
    const told = plans.map((plan) => {
      const each = blueprints.tell(plan.blueprint);
      if (each.first !== undefined) news.push(each);
      return toldPlan(plan, each.number);
    });
    const value: ToHost = { op: 'start', plans: told, news };
    if (this.host.post.post(entry.inbox, { kind: Kind.CONTROL, value }) !== 'no-memory') return true;
    for (const each of news) blueprints.unsaid(each);
    return false;
  }

  #say(entry: ThreadEntry, message: ToHost): void {
    this.host.post.insist(entry.inbox, { kind: Kind.CONTROL, value: message });
  }

  /** An actor does not let go of its thread. Its death is charged to that one, whoever else lives there. */
  terminate(entry: ThreadEntry, culprit: ActorNode): void {
    entry.culprit = culprit.identity.box;
    void entry.worker?.terminate();
  }

  complain(actor: string, message: string, error: unknown, more: Record<string, unknown> = {}): void {
    this.host.line.complain(message, { error, ...more }, actor);
  }

  /** To every thread alive. */
  sayAll(message: ToHost): void {
    for (const entry of this.threads.entries.values()) if (!entry.dead) this.say(entry, message);
  }
}

function toldPlan(plan: ActorPlan, blueprint: number): ToldPlan {
  const { box, generation, path, index, incarnation, pool, restarted, tap } = plan;
  return { box, generation, path, blueprint, index, incarnation, pool, restarted, tap };
}
