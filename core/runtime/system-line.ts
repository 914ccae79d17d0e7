/** A thread's line to the creating thread: requests that are answered, and notes that are not. */
import { SystemStoppedError } from '../errors.js';
import { Header } from '../memory/layout.js';
import { arenaFull } from '../messaging/answer.js';
import type { LogBindings } from '../messaging/context-types.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { LogEntry } from '../messaging/options.js';
import type { PostResult, Step } from '../messaging/outgoing.js';
import type { Pending, Question } from '../messaging/pending.js';
import type { LifecycleCall } from '../messaging/ref-world.js';
import type { ExitReport } from '../messaging/reports.js';
import { described, look } from '../messaging/thrown.js';
import { levelBit } from './actor-log.js';
import type { Recipe, SpawnRequest, SystemCall, ToSystem } from './control.js';
import { type News, Telling } from './told.js';

/** What is looked at of an actor. */
interface NoLongerSilent {
  readonly isSilent: boolean;
  readonly suspended: boolean;
  readonly address: Address;
  readonly incarnation: number;
  readonly blueprint: { readonly shared: boolean };
}

/** Who waits for an answer. */
export interface Asked {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** On the creating thread: answers a question that it has asked itself. */
class AskedHere implements Asked {
  constructor(
    readonly pending: Pending,
    readonly correlation: number,
  ) {}

  resolve(value: unknown): void {
    this.pending.close(this.correlation)?.resolve(value);
  }

  reject(error: unknown): void {
    this.pending.close(this.correlation)?.reject(error);
  }
}

type SpawnCall = Extract<SystemCall, { readonly call: 'spawn' }>;

export class SystemLine {
  /** Dead letters that were not shown, and not told of yet. */
  #notShown = 0;
  #closed = false;
  /** Sends what was collected for the system: it comes before what is told now. */
  collected: (() => void) | undefined;
  /** On the creating thread, which asks itself: a spawn takes half as long without a message to and fro. */
  spawnHere: ((spec: SpawnRequest, from: Address | undefined, asked: Asked) => void) | undefined;
  /** Whether the last request was put. */
  hasAsked = false;
  readonly #recipes = new Telling<Recipe>();
  #reportOf: ((actor: Address) => ExitReport) | undefined;

  constructor(
    readonly post: PostOffice,
    readonly pending: Pending,
    /** The creating thread's inbox. */
    readonly system: Address,
    /** This thread's own, for the answers. */
    readonly inbox: Address,
  ) {}

  /** @param from the actor that asks; undefined for the program */
  request(call: SystemCall, from: Address | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.ask(call, from, { resolve, reject, target: this.system });
    });
  }

  /** As {@link request}, without a promise: answered is the question itself. */
  ask(call: SystemCall, from: Address | undefined, question: Question): void {
    this.hasAsked = false;
    if (this.#closed) {
      question.reject(new SystemStoppedError(call.call));
      return;
    }
    try {
      this.collected?.();
      this.post.flush();
    } catch (error) {
      question.reject(error);
      return;
    }
    if (this.spawnHere === undefined || call.call !== 'spawn') {
      this.#put(call, from, question);
      return;
    }
    // A question among the others: at the end of the system it is rejected with them.
    const correlation = this.pending.open(question, Number.POSITIVE_INFINITY);
    this.hasAsked = true;
    this.spawnHere(call.spec, from, new AskedHere(this.pending, correlation));
  }

  #put(call: SystemCall, from: Address | undefined, question: Question): void {
    const { post, pending, system: target, inbox: replyTo } = this;
    const news = call.call === 'spawn' ? this.#recipes.tell(call.spec.recipe) : undefined;
    const told = news === undefined ? call : toldAs(call as SpawnCall, news);
    const correlation = pending.open(question, Number.POSITIVE_INFINITY);
    try {
      const asker = from === undefined ? undefined : { box: from.box, generation: from.generation };
      const value = { op: 'request', from: asker, call: told };
      const result = post.post(target, { kind: Kind.CONTROL, value, correlation, replyTo });
      if (result === 'closed') throw new SystemStoppedError(call.call);
      if (result === 'no-memory') throw arenaFull(post);
      this.hasAsked = true;
    } catch (error) {
      if (news !== undefined) this.#recipes.unsaid(news);
      pending.close(correlation);
      question.reject(error);
    }
  }

  lifecycle(call: LifecycleCall, from: Address | undefined): Promise<unknown> {
    const { op, actor } = call;
    this.post.flush();
    const ended = this.request(
      op === 'stop' ? { call: op, actor, timeoutMs: call.timeoutMs } : { call: op, actor },
      from,
    );
    if (op === 'crash') return ended;
    return ended.catch((error: unknown) => {
      // The system has ended, and with it the actor.
      if (this.#closed && error instanceof SystemStoppedError && this.#reportOf) return this.#reportOf(actor);
      throw error;
    });
  }

  /**
   * What has to be heard of: a full arena delays it.
   * @param lesser what to say instead when that cannot travel or has no room, one after the other; of a message with
   * an error there is always one, since whoever fails has to be heard of, whatever it threw
   */
  tell(message: ToSystem, ...lesser: (() => ToSystem)[]): void {
    this.collected?.();
    this.post.insistOn(this.system, () => this.#putOneOf(message, lesser));
  }

  /** As {@link tell}, of what somebody may want to see. @returns false when there was no room for it */
  show(message: ToSystem, ...lesser: (() => ToSystem)[]): boolean {
    return this.showSettling(undefined, message, ...lesser);
  }

  /** As {@link show}, of what becomes of a message that is done with by that: see `Outgoing.settles`. */
  showSettling(settles: Step | undefined, message: ToSystem, ...lesser: (() => ToSystem)[]): boolean {
    if (message.op !== 'events') this.collected?.();
    return this.#putOneOf(message, lesser, settles) !== 'no-memory';
  }

  #putOneOf(message: ToSystem, lesser: readonly (() => ToSystem)[], settles?: Step): PostResult {
    const forms = [() => message, ...lesser];
    if ('error' in message) forms.push(() => ({ ...message, error: described(message.error) }));
    let refused: { readonly error: unknown } | undefined;
    for (const form of forms) {
      refused = undefined;
      try {
        const result = this.#say(form(), settles);
        if (result !== 'no-memory') return result;
      } catch (error) {
        refused = { error };
      }
    }
    if (refused !== undefined) throw refused.error;
    return 'no-memory';
  }

  #say(value: ToSystem, settles?: Step): PostResult {
    return this.post.post(this.system, { kind: Kind.CONTROL, value, settles });
  }

  /** Before the first schedule or stream of a life. While it starts, its start says so. */
  noLongerSilent({ isSilent, suspended, address: actor, incarnation, blueprint }: NoLongerSilent): void {
    if (isSilent && !suspended && blueprint.shared) this.tell({ op: 'not-silent', actor, incarnation });
  }

  log(entry: LogEntry): void {
    const line = (shown: LogEntry) => ({ op: 'log' as const, entry: shown });
    // Fields that cannot travel are shown as text; and where even that has no room, the line goes without them.
    this.show(
      line(entry),
      () => line({ ...entry, fields: entry.fields && asText(entry.fields) }),
      () => line({ ...entry, message: String(entry.message), fields: undefined }),
    );
  }

  /** What this library itself has to complain of; `actor` when it is about one. */
  complain(message: string, fields: Record<string, unknown>, actor = 'system'): void {
    if (this.#complains) this.log(complaint(message, fields, actor));
  }

  /** A dead letter that was counted, and found no room to be shown: of all of these one line tells. */
  notShown(): void {
    if (this.#notShown++ > 0) return;
    const message = 'dead letters were counted and could not be shown: the arena is full';
    const told = () => complaint(message, { letters: this.#notShown }, 'system');
    // Later: there is no room now, and there may be more of them.
    setImmediate(() =>
      this.post.insistOn(this.system, () => {
        if (this.#complains) {
          const result = this.#say({ op: 'log', entry: told() });
          if (result === 'no-memory') return result;
        }
        this.#notShown = 0;
        return 'accepted';
      }),
    );
  }

  get #complains(): boolean {
    return (this.post.arena.i32[Header.LOG_OFF] & levelBit('error')) === 0;
  }

  /** @param reportOf how an actor has ended */
  close(reportOf: (actor: Address) => ExitReport): void {
    this.#closed = true;
    this.#reportOf = reportOf;
  }
}

/** Field by field: what is spread and overwritten has a shape of its own each time. */
function toldAs({ spec }: SpawnCall, recipe: News<Recipe>): SystemCall {
  const { parent, name, near, ticket, waiting, props } = spec;
  return { call: 'spawn-there', spec: { recipe, parent, name, near, ticket, waiting, props } };
}

const complaint = (message: string, fields: Record<string, unknown>, actor: string): LogEntry => ({
  time: Date.now(),
  level: 'error',
  actor,
  message,
  fields,
});

/** Values that another thread can be told as they are, or as what they look like. */
function asText(fields: LogBindings): LogBindings {
  const entries = Object.entries(fields).map(([name, value]) => [name, isPlain(value) ? value : told(value)]);
  return Object.fromEntries(entries);
}

const isPlain = (value: unknown): boolean =>
  typeof value !== 'symbol' && typeof value !== 'function' && (typeof value !== 'object' || value === null);

const told = (value: unknown): unknown => (value instanceof Error ? described(value) : look(value));
