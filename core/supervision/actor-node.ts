/** An actor, a pool or a group, as the creating thread keeps it: the tree of supervision. */
import type { Identity } from '../messaging/actor-ref.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorState, ExitReason, ExitReport } from '../messaging/reports.js';
import type { SpawnRequest } from '../runtime/control.js';
import type { ThreadEntry } from '../runtime/thread.js';
import { RestartPolicy, type Supervision } from './restart-policy.js';

export type NodeKind = 'actor' | 'pool' | 'group';

export class ActorNode {
  state: ActorState = 'starting';
  thread: ThreadEntry | undefined;
  index = 0;
  incarnation = 0;
  restarts = 0;
  /** In the order in which they were started. */
  readonly children: ActorNode[] = [];
  readonly watchers = new Map<number, Address>();
  readonly whenEnded: ((report: ExitReport) => void)[] = [];
  /** Why it is ending, once that is decided. */
  ending: ExitReason | undefined;
  /** The error of its last life. */
  lastError: unknown;
  started: { resolve(): void; reject(error: unknown): void } | undefined;
  startTimer: NodeJS.Timeout | undefined;
  stopTimer: NodeJS.Timeout | undefined;
  backoffTimer: NodeJS.Timeout | undefined;
  /** A thread of its own is to be started, not the one it has. */
  needsThread = true;
  pool: { readonly node: ActorNode; readonly worker: number } | undefined;
  strategy: string = 'one-for-one';
  report: ExitReport | undefined;
  readonly policy: RestartPolicy;
  #names = 0;

  constructor(
    readonly kind: NodeKind,
    readonly identity: Identity,
    readonly parent: ActorNode | undefined,
    readonly spec: SpawnRequest,
    readonly supervision: Supervision,
  ) {
    this.policy = new RestartPolicy(supervision);
  }

  get path(): string {
    return this.identity.path;
  }

  get address(): Address {
    return { box: this.identity.box, generation: this.identity.generation };
  }

  /** Stopping or stopped: no restart any more. */
  get isEnding(): boolean {
    return this.ending !== undefined || this.state === 'stopped';
  }

  nextName(type: string): string {
    this.#names++;
    return `${type}-${this.#names}`;
  }

  clearTimers(): void {
    clearTimeout(this.startTimer);
    clearTimeout(this.stopTimer);
    clearTimeout(this.backoffTimer);
  }
}
