/** Where an actor puts what it wants to find again after a restart. */
import {
  Actor,
  type ActorContext,
  type ActorRef,
  type AnyActorRef,
  actor,
  isActorThread,
  NameTakenError,
} from '../core/index.js';

/** One for the whole system, beside the top actors: what it holds outlives its owners' lives and threads. */
const NAME = 'troupe.stash';

/**
 * Holds entries for actors, by key, and drops an owner's when it has ended for good. It has a thread of its own, so
 * that it does not die with its owners, and handles nothing that could fail.
 */
// Marked, not exported to users: so it is found in a bundle as well.
@actor(import.meta.url)
export class Stash extends Actor {
  readonly #held = new Map<number, Map<string, unknown>>();

  put(owner: AnyActorRef, key: string, value: unknown): void {
    const entries = this.#held.get(owner.id) ?? new Map<string, unknown>();
    this.#held.set(owner.id, entries.set(key, value));
    this.context.watch(owner);
  }

  remove(owner: AnyActorRef, key: string): void {
    this.#held.get(owner.id)?.delete(key);
  }

  /** In the order in which the keys were put first. */
  entries(owner: AnyActorRef): [key: string, value: unknown][] {
    return [...(this.#held.get(owner.id) ?? [])];
  }

  override onTerminated(owner: AnyActorRef): void {
    this.#held.delete(owner.id);
  }
}

/** What one actor sees of the stash. */
export interface Drawer<V> {
  put(key: string, value: V): void;
  remove(key: string): void;
  /** What this actor's life before had put there. */
  readonly found: readonly (readonly [key: string, value: V])[];
}

/**
 * Opens the drawer of an actor; for its `onStart`. Without a stash (the system is closing, say) nothing is kept, which
 * is logged.
 */
export async function openDrawer<V>(context: ActorContext, owner: AnyActorRef): Promise<Drawer<V>> {
  try {
    const stash = await findStash(context.system);
    // Told before whatever the owner answers next: who has the answer may rely on it.
    return {
      put: (key, value) => void stash.tell.put(owner, key, value),
      remove: (key) => void stash.tell.remove(owner, key),
      found: (await stash.ask.entries(owner)) as [string, V][],
    };
  } catch (error) {
    context.log.warn('what it is told now will not survive a restart', { error });
    return { put: () => undefined, remove: () => undefined, found: [] };
  }
}

async function findStash(system: ActorContext['system']): Promise<ActorRef<Stash>> {
  try {
    return system.find(Stash, `/${NAME}`);
  } catch {
    // On the thread that started the system nothing is safer than that thread itself.
    const placement = isActorThread ? 'thread' : 'inline';
    const supervision = { onError: 'resume', maxRestarts: Number.POSITIVE_INFINITY } as const;
    try {
      return await system.spawn(Stash, { name: NAME, placement, supervision });
    } catch (error) {
      if (error instanceof NameTakenError) return system.find(Stash, `/${NAME}`);
      throw error;
    }
  }
}
