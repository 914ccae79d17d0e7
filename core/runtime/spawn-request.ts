/** What the creating thread is asked for: the options of a `spawn`, checked, and the class by module and name. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { OptionOutOfRangeError, WrongArgumentError } from '../errors.js';
import { Ref } from '../messaging/actor-ref.js';
import { checkName } from '../messaging/checks.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { Actor } from './actor.js';
import type { SpawnRequest } from './control.js';
import type { Host } from './host.js';
import { encodeProps } from './props.js';
import type { Settings } from './recipes.js';

export function requestFor(
  host: Host,
  parent: Address | undefined,
  type: ActorClass<any>,
  options: Settings,
  props: unknown,
): SpawnRequest {
  if (typeof type !== 'function' || !(type.prototype instanceof Actor)) {
    throw new WrongArgumentError('spawn', type, 'a class that extends Actor');
  }
  const { name } = options;
  checkName(name);
  return {
    recipe: host.recipes.of(type, options),
    parent,
    name,
    near: placeOf(host, options),
    ticket: undefined,
    waiting: undefined,
    // At last: what is refused before leaves nothing in the arena.
    props: encodeProps(host, props),
  };
}

function placeOf(host: Host, { near, placement }: Settings): Address | undefined {
  if (near === undefined) return undefined;
  if (placement !== 'shared') {
    throw new OptionOutOfRangeError('near', near, "what only actors with placement: 'shared' have");
  }
  const other = typeof near === 'object' && near !== null ? Ref.identityIn(host, near) : undefined;
  if (other === undefined) throw new OptionOutOfRangeError('near', near, 'the ref of a shared actor');
  return { box: other.box, generation: other.generation };
}
