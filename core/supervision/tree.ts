/** The tree of actors: who is whose parent, under which name, and what became of those that have ended. */
import { ActorStoppedError, NameTakenError, OptionOutOfRangeError, SystemStoppedError } from '../errors.js';
import { Box, BoxKind, type Granule, wordOf } from '../memory/layout.js';
import { type Address, STOPPED_PATH } from '../messaging/envelope.js';
import type { Identity } from '../messaging/ref-world.js';
import type { ExitReason, ExitReport } from '../messaging/reports.js';
import type { Recipe, SpawnRequest } from '../runtime/control.js';
import { findByPath, Names } from '../runtime/names.js';
import { attachedTo } from '../runtime/props.js';
import { startsAs } from '../runtime/wait-slots.js';
import { ActorNode, type NodeKind } from './actor-node.js';
import { Ended } from './ended.js';
import { EndedCounts } from './ended-counts.js';
import type { Ground } from './ground.js';
import { type Supervision, supervisionOf } from './restart-policy.js';
import { Siblings } from './siblings.js';

export class Tree {
  /** By their boxes alone: those of box and generation are no small integers, and take three times as long to find. */
  readonly nodes = new Map<Granule, ActorNode>();
  readonly top = new Siblings();
  readonly ended = new Ended();
  /** What those that have ended had done. */
  readonly counts = new EndedCounts();
  /** Paths that are taken, but for those of actors without a name of their own: see {@link Tree.#isTaken}. */
  readonly #names = new Set<string>();
  #nextTopName = 0;
  readonly #supervisions = new WeakMap<Recipe, Supervision>();

  readonly names: Names;

  constructor(readonly ground: Ground) {
    this.names = new Names(ground.arena, ground.thread);
  }

  at(address: Address): ActorNode | undefined {
    const node = this.nodes.get(address.box);
    return node?.identity.generation === address.generation ? node : undefined;
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
    // Most have no children.
    let at = of === undefined || node.children.isEmpty ? undefined : this.at(of);
    for (; at !== undefined; at = at.parent) if (at === node) return true;
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
      if (spec.name !== undefined || kind !== 'actor') this.#names.add(identity.path);
      this.nodes.set(identity.box, node);
      if (parent === undefined) this.top.add(node);
      else {
        parent.adopt(node);
        this.#count(parent, 1);
      }
      return node;
    } catch (error) {
      this.discard(spec);
      throw error;
    }
  }

  /** For its thread: one without children ends by itself, see {@link Lives.stop}. */
  #count({ identity: { box, generation } }: ActorNode, by: 1 | -1): void {
    const { i32 } = this.ground.arena;
    if (i32[wordOf(box) + Box.GENERATION] === generation) i32[wordOf(box) + Box.CHILDREN] += by;
  }

  /** One for all of a recipe, with what the system's options say. */
  #supervisionOf({ recipe }: SpawnRequest): Supervision {
    let all = this.#supervisions.get(recipe);
    if (all === undefined) {
      all = supervisionOf(this.ground.options.supervision, recipe.supervision);
      this.#supervisions.set(recipe, all);
    }
    return all;
  }

  #parentOf(spec: SpawnRequest, under: ActorNode | undefined): ActorNode | undefined {
    if (this.ground.closing) throw new SystemStoppedError('spawn');
    if (spec.parent === undefined) return under;
    const parent = under ?? this.at(spec.parent);
    if (parent?.takesChildren === true) return parent;
    const ended = parent ?? this.ended.get(spec.parent);
    throw new ActorStoppedError(ended?.path ?? STOPPED_PATH, reasonOf(ended));
  }

  #checkNear({ near, recipe }: SpawnRequest): void {
    if (near === undefined || recipe.placement !== 'shared') return;
    const other = this.at(near);
    if (other === undefined || (other.kind === 'actor' && other.spec.placement === 'shared')) return;
    const wanted = "the ref of an actor with placement: 'shared'";
    throw new OptionOutOfRangeError('near', other.path, wanted);
  }

  /** Its box, and its name in shared memory. */
  #identify(kind: NodeKind, spec: SpawnRequest, path: string): Identity {
    const { arena, boxes, threads } = this.ground;
    const { props } = spec;
    const { types, askTimeoutMs, mailbox } = spec.recipe;
    const address = boxes.open({ kind: kind === 'pool' ? BoxKind.POOL : BoxKind.ACTOR, ...mailbox });
    // Field by field: what is spread in front of others gets a hidden class of its own, each time, of half a kilobyte.
    const { box, generation } = address;
    const identity = { box, generation, path, types, askTimeoutMs };
    try {
      // A pool is not found before its workers have their mailboxes.
      if (kind !== 'pool') this.names.register(identity);
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
      if (this.#isTaken(path)) throw new NameTakenError(path);
      return path;
    }
    const type = spec.recipe.types[0] ?? 'Actor';
    for (;;) {
      const path = `${above}/${parent?.nextName(type) ?? `${type}-${++this.#nextTopName}`}`;
      if (!this.#names.has(path)) return path;
    }
  }

  /** A name with a number may have been given here: no number is given twice, and so these are in no set. */
  #isTaken(path: string): boolean {
    return this.#names.has(path) || (/-\d+$/.test(path) && findByPath(this.ground.arena, path) !== undefined);
  }

  /** It has ended: its name is free, and only the report is kept. */
  remove(node: ActorNode, report: ExitReport): void {
    const { box } = node.identity;
    this.names.unregister(box);
    this.#names.delete(node.path);
    this.nodes.delete(box);
    const siblings = node.parent?.children ?? this.top;
    // A pool counts its workers' reports once it ends.
    if (node.parent?.kind !== 'pool') siblings.remove(node);
    if (node.parent !== undefined) this.#count(node.parent, -1);
    this.ended.add(node.identity, report);
  }

  /** Also of an actor that has ended, while its report is kept. */
  pathOf(actor: Address): string {
    return this.at(actor)?.path ?? this.ended.get(actor)?.path ?? STOPPED_PATH;
  }
}

/** Why it takes no children: it has ended, is about to, or is between two lives. */
function reasonOf(parent: ActorNode | ExitReport | undefined): ExitReason {
  if (parent === undefined) return { kind: 'stopped' };
  if (!(parent instanceof ActorNode)) return parent.reason;
  if (parent.ending !== undefined) return parent.ending;
  return parent.state === 'restarting' ? { kind: 'failed', error: parent.lastError } : { kind: 'stopped' };
}
