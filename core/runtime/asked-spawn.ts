/**
 * A spawn that is under way, as its spawner keeps it: one object and one promise. Of actors by the hundred thousand, a
 * promise for each step of it was a third of the time.
 */
import type { Address } from '../messaging/envelope.js';
import type { Question } from '../messaging/pending.js';
import type { Identity } from '../messaging/ref-world.js';
import type { ActorCell } from './actor-cell.js';
import type { Recipe, SpawnedActor } from './control.js';
import type { Host } from './host.js';
import type { Wait } from './waits.js';

export class AskedSpawn implements Question {
  readonly target: Address;
  /** Whose child it will be: while it waits, that one does not end by itself. */
  readonly #parent: ActorCell | undefined;

  constructor(
    readonly host: Host,
    parent: Address | undefined,
    readonly recipe: Recipe,
    readonly waiting: Wait | undefined,
    readonly give: (ref: unknown) => void,
    readonly fail: (error: unknown) => void,
  ) {
    this.target = host.line.system;
    this.#parent = parent === undefined ? undefined : host.cells.of(parent);
    if (this.#parent !== undefined) this.#parent.asking++;
  }

  resolve(spawned: unknown): void {
    this.#end();
    this.give(this.host.refs.refTo(identityOf(spawned as SpawnedActor | Address, this.recipe)));
  }

  reject(error: unknown): void {
    this.#end();
    this.fail(error);
  }

  #end(): void {
    if (this.#parent !== undefined) this.#parent.asking--;
    this.waiting?.end();
  }
}

/** What another thread says of an actor leaves out what its spawner knows. */
function identityOf(spawned: SpawnedActor | Address, { types, askTimeoutMs }: Recipe): Identity {
  if ('types' in spawned) return spawned;
  const { box, generation, path } = spawned as SpawnedActor;
  return { box, generation, path, types, askTimeoutMs };
}
