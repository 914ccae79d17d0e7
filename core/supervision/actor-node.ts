/** An actor, a pool or a group, as the creating thread keeps it: the tree of supervision. */

import { later } from '../memory/later.js';
import type { Address } from '../messaging/envelope.js';
import type { Identity } from '../messaging/ref-world.js';
import type { ActorState, ExitReason, ExitReport } from '../messaging/reports.js';
import type { Recipe, SpawnRequest } from '../runtime/control.js';
import type { Tap } from '../runtime/taps.js';
import type { ThreadEntry } from '../runtime/thread.js';
import { type RestartBudget, RestartPolicy, type Supervision } from './restart-policy.js';
import { Siblings } from './siblings.js';

export type NodeKind = 'actor' | 'pool' | 'group';

/** A restart under way: of one actor, or of those members of a group that its strategy names, in their order. */
export interface Round {
  readonly members: readonly ActorNode[];
  /** Another one has begun in its place, or what it belongs to is ending. */
  over: boolean;
}

/** What becomes of a start. */
export interface Starting {
  resolve(node: ActorNode): void;
  reject(error: unknown): void;
}

const NO_CHILDREN = new Siblings();

export class ActorNode {
  readonly spec: Recipe;
  readonly near: Address | undefined;
  readonly ticket: string | undefined;
  state: ActorState = 'starting';
  thread: ThreadEntry | undefined;
  index = 0;
  /** Which of the shared threads it lives on; -1 before it is known. */
  seat = -1;
  incarnation = 0;
  restarts = 0;
  /** Its instance has no `onStop`. */
  isSilent = false;
  /** Its instance: none; coming, up to the end of `onStart`; up; or leaving, up to the end of `onStop`. */
  instance: 'none' | 'coming' | 'up' | 'leaving' = 'none';
  /** Its neighbours among {@link Siblings}. */
  before: ActorNode | undefined;
  after: ActorNode | undefined;
  /** Made with the first: of actors by the hundred thousand, most have none. */
  watchers: Map<number, Address> | undefined;
  /** Why it is ending, once that is decided. */
  ending: ExitReason | undefined;
  /** The error of its last life. */
  lastError: unknown;
  /** Who waits for its first start. */
  started: Starting | undefined;
  /** How long a start, and a stop, may take: see {@link Ground.limit}. */
  startLimit = 0;
  stopLimit = 0;
  /** Its thread does not know it: it is to be started there, not restarted. */
  needsStart = true;
  pool: { readonly node: ActorNode; readonly worker: number } | undefined;
  strategy: string = 'one-for-one';
  /** Of a group, if it was given one: restarts of all its children count. */
  budget: RestartBudget | undefined;
  round: Round | undefined;
  /** What looks on while it works, also in its lives to come. */
  tap: Tap | undefined;
  report: ExitReport | undefined;
  #policy: RestartPolicy | undefined;
  #children: Siblings | undefined;
  #names = 0;
  #whenEnded: ((report: ExitReport) => void)[] | undefined;
  #waiting: { readonly when: () => boolean; readonly resolve: (value?: unknown) => void }[] | undefined;
  #endPause: (() => void) | undefined;
  #hurried = false;

  constructor(
    readonly kind: NodeKind,
    readonly identity: Identity,
    readonly parent: ActorNode | undefined,
    { recipe, near, ticket }: SpawnRequest,
    readonly supervision: Supervision,
  ) {
    this.spec = recipe;
    this.near = near;
    this.ticket = ticket;
  }

  get policy(): RestartPolicy {
    this.#policy ??= new RestartPolicy(this.supervision);
    return this.#policy;
  }

  /** In the order in which they were started. */
  get children(): Siblings {
    return this.#children ?? NO_CHILDREN;
  }

  /** Some of them have not ended: a pool keeps those that have, for their reports. */
  get hasLivingChildren(): boolean {
    for (const child of this.children) if (child.state !== 'stopped') return true;
    return false;
  }

  adopt(child: ActorNode): void {
    this.#children ??= new Siblings();
    this.#children.add(child);
  }

  get path(): string {
    return this.identity.path;
  }

  get address(): Address {
    return { box: this.identity.box, generation: this.identity.generation };
  }

  /** The thread that it lives on alone. */
  get ownThread(): ThreadEntry | undefined {
    return this.spec.placement === 'thread' ? this.thread : undefined;
  }

  /** Its end is decided, or behind it: no restart any more. */
  get isEnding(): boolean {
    return this.ending !== undefined || this.state === 'stopped';
  }

  /** Whether it may have another child: not on its way out, nor between two lives. */
  get takesChildren(): boolean {
    if (this.isEnding || this.state === 'stopping') return false;
    if (this.kind !== 'actor' || this.instance === 'coming') return true;
    return this.instance === 'up' && this.state === 'running';
  }

  nextName(type: string): string {
    this.#names++;
    return `${type}-${this.#names}`;
  }

  /** Resolves once that is so; it is looked at with every {@link changed}. Or with what `sooner` resolves to, before. */
  until(when: () => boolean, sooner?: Promise<unknown>): Promise<unknown> {
    if (when()) return Promise.resolve();
    return new Promise((resolve) => {
      const entry = { when, resolve };
      this.#waiting ??= [];
      this.#waiting.push(entry);
      void sooner?.then((value) => {
        this.#waiting = this.#waiting?.filter((each) => each !== entry);
        resolve(value);
      });
    });
  }

  /** Something about it is different now. */
  changed(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    const left = waiting.filter(({ when, resolve }) => {
      if (!when()) return true;
      resolve();
      return false;
    });
    if (left.length > 0) this.#waiting = left;
  }

  /** Calls it once this has ended. */
  whenEnded(call: (report: ExitReport) => void): void {
    this.#whenEnded ??= [];
    this.#whenEnded.push(call);
  }

  /** It has ended: tells who wanted to hear of it. */
  hasEnded(report: ExitReport): void {
    const calls = this.#whenEnded;
    this.#whenEnded = undefined;
    for (const call of calls ?? []) call(report);
  }

  /** Waits its backoff, unless {@link hurry} cuts it short. */
  pause(ms: number): Promise<void> {
    const hurried = this.#hurried;
    this.#hurried = false;
    if (hurried || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = later(ms, () => this.hurry());
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends its backoff now, or skips the one that is about to begin. */
  hurry(): void {
    const end = this.#endPause;
    this.#endPause = undefined;
    if (end !== undefined) end();
    else this.#hurried = this.round !== undefined;
  }
}
