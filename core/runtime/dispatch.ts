/** Which function a message names. */
import { Actor } from './actor.js';
import type { ActorCell } from './actor-cell.js';
import type { Call } from './method-table.js';

const REFUSED = new Set([
  'constructor',
  'then',
  'toJSON',
  'onStart',
  'onStop',
  'onTerminated',
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Actor.prototype),
]);

/**
 * A function that is a data property of the instance, or of its prototypes below `Actor.prototype`. Getters never
 * run: properties are looked at by their descriptors.
 */
export function findMethod(cell: ActorCell, name: string): Call | undefined {
  const known = cell.methods.byName.get(name);
  if (known !== undefined) return known;
  const own = look(cell.instance as object, name);
  const found = own === undefined || cell.around === undefined ? own : cell.around.instead(name, own);
  // What the instance itself holds may be another function at the next message, and what is not there may come.
  if (found !== undefined && isLasting(cell, name)) cell.ownMethods.byName.set(name, found);
  return found;
}

/** Whether a method that was found stays the same: it is a prototype's. */
export const isLasting = (cell: ActorCell, name: string): boolean =>
  !Object.hasOwn(cell.instance as object, name);

function look(instance: object, name: string): Call | undefined {
  if (REFUSED.has(name)) return undefined;
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at)) {
    if (at === Actor.prototype || at === Object.prototype) return undefined;
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined)
      return typeof property.value === 'function' ? (property.value as Call) : undefined;
  }
  return undefined;
}
