/** The tree of actors: who is whose parent, under which name, and what became of those that have ended. */
import { ActorStoppedError, NameTakenError, OptionOutOfRangeError, SystemStoppedError } from '../errors.js';
import { Box, BoxKind, type Granule, wordOf } from '../memory/layout.js';
import { type Address, addressKey, STOPPED_PATH, sameAddress } from '../messaging/envelope.js';
import type { SupervisionOptions } from '../messaging/options.js';
import type { Identity } from '../messaging/ref-world.js';
import type { ExitReason, ExitReport } from '../messaging/reports.js';
import type { SpawnRequest } from '../runtime/control.js';
import { register, unregister } from '../runtime/names.js';
import { attachedTo } from '../runtime/props.js';
import { startsAs } from '../runtime/wait-slots.js';
import { ActorNode, type NodeKind } from './actor-node.js';
import { EndedCounts } from './ended-counts.js';
import type { Ground } from './ground.js';
import { type Supervision, supervisionOf } from './restart-policy.js';
import { Siblings } from './siblings.js';

/** Reports that are kept for late joins, and for the report of a shutdown; and how many of them with the last messages. */
const KEPT_REPORTS = 10_000;
const KEPT_IN_FULL = 1000;

export class Tree {
  readonly nodes = new Map<number, ActorNode>();
  readonly top = new Siblings();
  /** Reports of what has ended, by address, in the order of their ends. */
  readonly ended = new Map<number, ExitReport>();
  /** Those that are kept with their last messages, the oldest first. */
  readonly #inFull = new Set<number>();
  /**
   * Each goes on behind the one that it gave last. A new iterator would pass over all that were deleted at the start,
   * some thousands, each time.
   */
  readonly #eldest = this.ended.keys();
  readonly #eldestInFull = this.#inFull.keys();
  /** What those that have ended had done. */
  readonly counts = new EndedCounts();
  readonly #names = new Set<string>();
  #nextTopName = 0;
  #merged: { readonly own: SupervisionOptions; readonly all: Supervision } | undefined;

  constructor(readonly ground: Ground) {}

  at(address: Address): ActorNode | undefined {
    return this.nodes.get(addressKey(address.box, address.generation));
  }

  /** The actor, if this is its present life: what an earlier one says comes too late. */
  current(actor: Address, incarnation: number): ActorNode | undefined {
    const node = this.at(actor);
    return node?.incarnation === incarnation ? node : undefined;
  }

  /** Everything that has not ended, parents first. */
  *all(nodes: Siblings = this.top): Generator<ActorNode> {
    for (const node of nodes) {
      // A pool keeps its ended workers, for their reports. Their boxes may be others' by now.
      if (node.state !== 'stopped') yield node;
      yield* this.all(node.children);
    }
  }

  isAncestor(of: Address | undefined, node: ActorNode): boolean {
    let at = of === undefined ? undefined : this.at(of);
    for (; at !== undefined; at = at.parent) if (sameAddress(at.address, node.address)) return true;
    return false;
  }

  /**
   * A node with its box and its name, which others can find from now on. When it throws, nothing is left of it.
   * @throws {SystemStoppedError} the system is ending
   * @throws {ActorStoppedError} the parent is, or it is between two lives
   * @throws {NameTakenError}
   * @throws {ArenaFullError}
   */
  add(kind: NodeKind, spec: SpawnRequest, under?: ActorNode): ActorNode {
    try {
      const parent = this.#parentOf(spec, under);
      this.#checkNear(spec);
      const identity = this.#identify(kind, spec, this.#freePath(parent, spec));
      const supervision = this.#supervisionOf(spec);
      const node = new ActorNode(kind, identity, parent, spec, supervision);
      this.#names.add(identity.path);
      this.nodes.set(addressKey(identity.box, identity.generation), node);
      if (parent === undefined) this.top.add(node);
      else parent.adopt(node);
      return node;
    } catch (error) {
      this.discard(spec);
      throw error;
    }
  }

  /** One object for all that say the same. */
  #supervisionOf({ supervision: own }: SpawnRequest): Supervision {
    if (this.#merged?.own !== own) {
      this.#merged = { own, all: supervisionOf(this.ground.options.supervision, own) };
    }
    return this.#merged.all;
  }

  #parentOf(spec: SpawnRequest, under: ActorNode | undefined): ActorNode | undefined {
    if (this.ground.closing) throw new SystemStoppedError('spawn');
    if (spec.parent === undefined) return under;
    const parent = under ?? this.at(spec.parent);
    if (parent?.takesChildren === true) return parent;
    const { box, generation } = spec.parent;
    const ended = parent ?? this.ended.get(addressKey(box, generation));
    throw new ActorStoppedError(ended?.path ?? STOPPED_PATH, reasonOf(ended));
  }

  #checkNear({ near, placement }: SpawnRequest): void {
    if (near === undefined || placement !== 'shared') return;
    const other = this.at(near);
    if (other === undefined || (other.kind === 'actor' && other.spec.placement === 'shared')) return;
    const wanted = "the ref of an actor with placement: 'shared'";
    throw new OptionOutOfRangeError('near', other.path, wanted);
  }

  /** Its box, and its name in shared memory. */
  #identify(kind: NodeKind, spec: SpawnRequest, path: string): Identity {
    const { arena, thread, boxes, threads } = this.ground;
    const { types, askTimeoutMs, props, mailbox } = spec;
    const address = boxes.open({ kind: kind === 'pool' ? BoxKind.POOL : BoxKind.ACTOR, ...mailbox });
    // Field by field: what is spread in front of others gets a hidden class of its own, each time, of half a kilobyte.
    const { box, generation } = address;
    const identity = { box, generation, path, types, askTimeoutMs };
    try {
      // A pool is not found before its workers have their mailboxes.
      if (kind !== 'pool') register(arena, thread, identity);
      startsAs(arena.i32, spec.waiting, address);
    } catch (error) {
      boxes.release(address);
      throw error;
    }
    arena.i32[wordOf(address.box) + Box.PROPS] = props;
    if (props !== 0) threads.store.keep(attachedTo(arena, props));
    return identity;
  }

  /** Frees the props of what is not started after all. */
  discard({ props }: SpawnRequest): void {
    const { arena, thread, threads } = this.ground;
    if (props === 0) return;
    threads.store.release(attachedTo(arena, props));
    arena.free(thread, props as Granule);
  }

  #freePath(parent: ActorNode | undefined, spec: SpawnRequest): string {
    const above = parent?.path ?? '';
    if (spec.name !== undefined) {
      const path = `${above}/${spec.name}`;
      if (this.#names.has(path)) throw new NameTakenError(path);
      return path;
    }
    const type = spec.types[0] ?? 'Actor';
    for (;;) {
      const path = `${above}/${parent?.nextName(type) ?? `${type}-${++this.#nextTopName}`}`;
      if (!this.#names.has(path)) return path;
    }
  }

  /** It has ended: its name is free, and only the report is kept. */
  remove(node: ActorNode, report: ExitReport): void {
    const { arena, thread } = this.ground;
    const { box, generation } = node.identity;
    const key = addressKey(box, generation);
    unregister(arena, thread, box);
    this.#names.delete(node.path);
    this.nodes.delete(key);
    const siblings = node.parent?.children ?? this.top;
    // A pool counts its workers' reports once it ends.
    if (node.parent?.kind !== 'pool') siblings.remove(node);
    this.ended.set(key, report);
    if (this.ended.size > KEPT_REPORTS) this.ended.delete(nextOf(this.#eldest));
    if (report.lastMessages.length === 0) return;
    this.#inFull.add(key);
    if (this.#inFull.size > KEPT_IN_FULL) this.#shorten(nextOf(this.#eldestInFull));
  }

  #shorten(key: number): void {
    this.#inFull.delete(key);
    const report = this.ended.get(key);
    if (report !== undefined) this.ended.set(key, { ...report, lastMessages: [] });
  }

  /** Also of an actor that has ended, while its report is kept. */
  pathOf(actor: Address): string {
    const ended = this.ended.get(addressKey(actor.box, actor.generation));
    return this.at(actor)?.path ?? ended?.path ?? STOPPED_PATH;
  }
}

const nextOf = (keys: IterableIterator<number>): number => keys.next().value as number;

/** Why it takes no children: it has ended, is about to, or is between two lives. */
function reasonOf(parent: ActorNode | ExitReport | undefined): ExitReason {
  if (parent === undefined) return { kind: 'stopped' };
  if (!(parent instanceof ActorNode)) return parent.reason;
  if (parent.ending !== undefined) return parent.ending;
  return parent.state === 'restarting' ? { kind: 'failed', error: parent.lastError } : { kind: 'stopped' };
}
