/** What looks on while an actor handles its messages: a module that is loaded in the actor's thread when it is wanted. */
import type { ActorCell } from './actor-cell.js';
import type { Host } from './host.js';
import { importModule } from './loader.js';
import type { Call } from './method-table.js';

/** A module that exports `around`, and what it is told. */
export interface Tap {
  readonly module: string;
  readonly settings: object;
}

/** Stands around an actor's methods, for as long as it is set: found methods are kept, so without it nothing is looked at. */
export interface Around {
  /** What is called in a method's place, or in that of `onTerminated`. */
  instead(name: string, method: Call): Call;
  end(): void;
}

interface TapModule {
  around(host: Host, cell: ActorCell, settings: object): Around;
}

/** Loads a tap's module, and sets what it makes. */
export async function tapInto(host: Host, cell: ActorCell, tap: Tap | undefined): Promise<void> {
  const module = tap && ((await importModule(tap.module)) as TapModule);
  // The one before it may have the same file open.
  setAround(cell, undefined);
  if (tap !== undefined && !cell.ended) setAround(cell, module?.around(host, cell, tap.settings));
}

export function setAround(cell: ActorCell, around: Around | undefined): void {
  cell.around?.end();
  cell.around = around;
  cell.forgetMethods();
}
