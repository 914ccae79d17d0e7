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

/** What most actors never have, apart from them: of those by the hundred thousand it would be two fifths. */
class Seldom {
  near: Address | undefined;
  ticket: string | undefined;
  watchers: Map<number, Address> | undefined;
  lastError: unknown;
  pool: { readonly node: ActorNode; readonly worker: number } | undefined;
  strategy = 'one-for-one';
  budget: RestartBudget | undefined;
  round: Round | undefined;
  tap: Tap | undefined;
  policy: RestartPolicy | undefined;
  waiting: { readonly when: () => boolean; readonly resolve: (value?: unknown) => void }[] | undefined;
  endPause: (() => void) | undefined;
  hurried = false;
}

/** What is in it before anything is. */
const NOTHING: Readonly<Seldom> = new Seldom();

export class ActorNode {
  readonly spec: Recipe;
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
  /** Why it is ending, once that is decided. */
  ending: ExitReason | undefined;
  /** Who waits for its first start. */
  started: Starting | undefined;
  /** How long a start, and a stop, may take: see {@link Ground.limit}. */
  startLimit = 0;
  stopLimit = 0;
  /** Its thread does not know it: it is to be started there, not restarted. */
  needsStart = true;
  report: ExitReport | undefined;
  #children: Siblings | undefined;
  #names = 0;
  #whenEnded: ((report: ExitReport) => void)[] | undefined;
  #seldom: Seldom | undefined;

  constructor(
    readonly kind: NodeKind,
    readonly identity: Identity,
    readonly parent: ActorNode | undefined,
    { recipe, near, ticket }: SpawnRequest,
    readonly supervision: Supervision,
  ) {
    this.spec = recipe;
    if (near !== undefined) this.#own.near = near;
    if (ticket !== undefined) this.#own.ticket = ticket;
  }

  get #own(): Seldom {
    this.#seldom ??= new Seldom();
    return this.#seldom;
  }

  #set<K extends keyof Seldom>(what: K, value: Seldom[K]): void {
    if (this.#seldom !== undefined || value !== NOTHING[what]) this.#own[what] = value;
  }

  get near(): Address | undefined {
    return this.#seldom?.near;
  }

  get ticket(): string | undefined {
    return this.#seldom?.ticket;
  }

  get watchers(): Map<number, Address> | undefined {
    return this.#seldom?.watchers;
  }
  set watchers(watchers: Map<number, Address> | undefined) {
    this.#set('watchers', watchers);
  }

  /** The error of its last life. */
  get lastError(): unknown {
    return this.#seldom?.lastError;
  }
  set lastError(error: unknown) {
    this.#set('lastError', error);
  }

  get pool(): Seldom['pool'] {
    return this.#seldom?.pool;
  }
  set pool(pool: Seldom['pool']) {
    this.#set('pool', pool);
  }

  get strategy(): string {
    return (this.#seldom ?? NOTHING).strategy;
  }
  set strategy(strategy: string) {
    this.#set('strategy', strategy);
  }

  /** Of a group, if it was given one: restarts of all its children count. */
  get budget(): RestartBudget | undefined {
    return this.#seldom?.budget;
  }
  set budget(budget: RestartBudget | undefined) {
    this.#set('budget', budget);
  }

  get round(): Round | undefined {
    return this.#seldom?.round;
  }
  set round(round: Round | undefined) {
    this.#set('round', round);
  }

  /** What looks on while it works, also in its lives to come. */
  get tap(): Tap | undefined {
    return this.#seldom?.tap;
  }
  set tap(tap: Tap | undefined) {
    this.#set('tap', tap);
  }

  get policy(): RestartPolicy {
    const own = this.#own;
    own.policy ??= new RestartPolicy(this.supervision);
    return own.policy;
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
      const own = this.#own;
      own.waiting ??= [];
      own.waiting.push(entry);
      void sooner?.then((value) => {
        own.waiting = own.waiting?.filter((each) => each !== entry);
        resolve(value);
      });
    });
  }

  /** Something about it is different now. */
  changed(): void {
    const own = this.#seldom;
    if (own?.waiting === undefined) return;
    const { waiting } = own;
    own.waiting = undefined;
    const left = waiting.filter(({ when, resolve }) => {
      if (!when()) return true;
      resolve();
      return false;
    });
    if (left.length > 0) own.waiting = left;
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
    const own = this.#own;
    const { hurried } = own;
    own.hurried = false;
    if (hurried || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = later(ms, () => this.hurry());
      own.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends its backoff now, or skips the one that is about to begin. */
  hurry(): void {
    const own = this.#seldom;
    if (own === undefined) return;
    const end = own.endPause;
    own.endPause = undefined;
    if (end !== undefined) end();
    else own.hurried = own.round !== undefined;
  }
}
