/** Starts lives: the first one of an actor, and each that replaces another. */
import { ActorStoppedError, StartTimeoutError } from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import { type Address, addressKey } from '../messaging/envelope.js';
import type { ActorId } from '../messaging/reports.js';
import { wakeIdle } from '../queue/lease.js';
import type { ActorPlan, Blueprint, Recipe, SpawnRequest } from '../runtime/control.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode, Starting } from './actor-node.js';
import type { Ground } from './ground.js';
import type { Placement } from './placement.js';
import type { Tree } from './tree.js';

/** What it is part of. */
interface Inner {
  readonly pool?: ActorNode['pool'];
  readonly parent?: ActorNode;
}

export class Starter {
  readonly #blueprints = new WeakMap<Recipe, Blueprint>();

  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly placement: Placement,
    readonly onFailure: (node: ActorNode, error: unknown) => void,
  ) {
    ground.onRefused = (plan, error) => this.#onRefused(plan, error);
  }

  /** Starts an actor; resolves after its `onStart`. Throws as {@link Tree.add} does. */
  spawn(spec: SpawnRequest, inner: Inner): Promise<ActorNode> {
    return this.begin(this.add(spec, inner));
  }

  /** It has its name and its mailbox; {@link begin} starts it. */
  add(spec: SpawnRequest, inner: Inner): ActorNode {
    const node = this.tree.add('actor', spec, inner.parent);
    node.pool = inner.pool;
    return node;
  }

  begin(node: ActorNode): Promise<ActorNode> {
    return new Promise((resolve, reject) => this.launch(node, { resolve, reject }));
  }

  /** As {@link begin}, without a promise: these cost actors by the hundred thousand more than the rest. */
  launch(node: ActorNode, starting: Starting): void {
    // Abandoned before its turn came.
    if (node.ending !== undefined) {
      starting.reject(new ActorStoppedError(node.path, node.ending));
      return;
    }
    node.started = starting;
    this.start(node);
  }

  /** Starts a life, on a new thread if it needs one. */
  start(node: ActorNode): void {
    const { spec } = node;
    if (node.thread === undefined || node.thread.dead) {
      try {
        this.placement.place(node);
      } catch (error) {
        this.onFailure(node, error);
        return;
      }
    }
    node.incarnation++;
    this.ground.arena.i32[wordOf(node.identity.box) + Box.INCARNATION] = node.incarnation;
    node.instance = 'coming';
    // One whose thread died meanwhile was not up: the time of that start is over as well.
    this.ground.endLimit(node.startLimit);
    node.startLimit = this.ground.limit(spec.startTimeoutMs, () =>
      this.onFailure(node, new StartTimeoutError(node.path, spec.startTimeoutMs)),
    );
    const thread = node.thread as ThreadEntry;
    if (node.needsStart) {
      node.needsStart = false;
      this.ground.start(thread, this.#planOf(node));
    } else {
      this.ground.say(thread, { op: 'restart', actor: node.address, incarnation: node.incarnation });
    }
  }

  onStarted(actor: Address, incarnation: number, isSilent: boolean): void {
    const node = this.tree.current(actor, incarnation);
    if (node?.instance !== 'coming' || node.isEnding) return;
    this.ground.endLimit(node.startLimit);
    node.startLimit = 0;
    node.instance = 'up';
    node.state = 'running';
    node.isSilent = isSilent;
    this.#announce(node);
    node.started?.resolve(node);
    node.started = undefined;
    if (node.pool !== undefined) wakeIdle(this.ground.arena.i32, node.pool.node.identity.box, 1);
    node.changed();
  }

  #announce(node: ActorNode): void {
    const { onEvent } = this.ground.options;
    if (!this.ground.host.flow.isObserved) return;
    const { restarts, lastError: error, identity, path: actor, spec } = node;
    const time = Date.now();
    if (restarts > 0) {
      onEvent({ time, actor, kind: 'restarted', restarts, error });
      return;
    }
    const id = addressKey(identity.box, identity.generation) as ActorId;
    onEvent({ time, actor, kind: 'started', type: identity.types[0], placement: spec.placement, id });
  }

  onStartFailed(actor: Address, incarnation: number, error: unknown): void {
    const node = this.tree.current(actor, incarnation);
    if (node?.instance !== 'coming' || node.isEnding) return;
    node.instance = 'none';
    this.onFailure(node, error);
  }

  /** There was no room to tell its thread of it. */
  #onRefused({ box, generation, incarnation }: ActorPlan, error: unknown): void {
    const node = this.tree.current({ box, generation }, incarnation);
    if (node !== undefined) node.needsStart = true;
    this.onStartFailed({ box, generation }, incarnation, error);
  }

  #planOf(node: ActorNode): ActorPlan {
    const { pool } = node;
    const { box, generation, path } = node.identity;
    return {
      box,
      generation,
      path,
      blueprint: this.#blueprintFor(node),
      index: node.index,
      incarnation: node.incarnation,
      pool: pool && { box: pool.node.address, worker: pool.worker, path: pool.node.path },
      restarted: node.restarts > 0,
      tap: node.tap,
    };
  }

  /** One for all of a recipe. */
  #blueprintFor({ spec, supervision }: ActorNode): Blueprint {
    let blueprint = this.#blueprints.get(spec);
    if (blueprint === undefined) {
      const { restart, maxRestarts, withinMs, onError, inFlight, maxAttempts } = supervision;
      blueprint = {
        types: spec.types,
        source: spec.source,
        supervision: { restart, maxRestarts, withinMs, onError, inFlight, maxAttempts },
        askTimeoutMs: spec.askTimeoutMs,
        blackBox: spec.mailbox.blackBox,
        shared: spec.placement === 'shared',
      };
      this.#blueprints.set(spec, blueprint);
    }
    return blueprint;
  }
}
