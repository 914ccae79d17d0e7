/** `spawn`, `pool`, `supervise` and `find`, as the system and every actor's context offer them. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { availableParallelism } from 'node:os';
import {
  ActorNotFoundError,
  OptionOutOfRangeError,
  WrongActorTypeError,
  WrongArgumentError,
} from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import { checkName, checkSignal, checkSupervision, inRange, oneOf, optionsOf } from '../messaging/checks.js';
import type { ChildSpec, Spawner, SuperviseOptions, SupervisorRef } from '../messaging/context-types.js';
import type { Address } from '../messaging/envelope.js';
import type { ActorClass } from '../messaging/ref-types.js';
import type { Identity } from '../messaging/ref-world.js';
import { Actor } from './actor.js';
import { classNameOf } from './actor-module.js';
import { AskedSpawn } from './asked-spawn.js';
import type { SpawnedActor, SystemCall } from './control.js';
import type { Host } from './host.js';
import { findByPath } from './names.js';
import { encodeProps, giving } from './props.js';
import { noteClass, type Settings } from './recipes.js';
import { requestFor } from './spawn-request.js';
import type { Wait } from './waits.js';

/** A child of `supervise`. */
export function child<A extends Actor<any>>(
  type: ActorClass<A>,
  ...[options]: import('../messaging/options.js').SpawnArguments<A>
): ChildSpec<A> {
  return { type, options };
}

/** @param parent whose children they will be; undefined for the top, where actors may spawn as well */
export function spawnerFor(host: Host, parent: Address | undefined): Spawner {
  const asker = () => parent ?? host.speaker();
  /** While it waits, whose children they will be does not end by itself. */
  const asked = async <T>(begun: Promise<T>, ...waiting: readonly (Wait | undefined)[]): Promise<T> => {
    const cell = parent === undefined ? undefined : host.cells.of(parent);
    if (cell !== undefined) cell.asking++;
    try {
      return await begun;
    } finally {
      if (cell !== undefined) cell.asking--;
      for (const each of waiting) each?.end();
    }
  };
  const spawner = {
    spawn(type: ActorClass<any>, options: Settings = {}): Promise<unknown> {
      return new Promise((resolve, reject) => {
        optionsOf('spawn', options);
        const { signal } = options;
        checkSignal(signal);
        signal?.throwIfAborted();
        giving(host, () => {
          const spec = requestFor(host, parent, type, options, options.props);
          const waiting = host.waits.forStart();
          spec.waiting = waiting?.startSlot;
          const call = { call: 'spawn' as const, spec };
          const spawn = new AskedSpawn(host, parent, spec.recipe, waiting, resolve, reject);
          if (signal === undefined) host.line.ask(call, asker(), spawn);
          else
            begin(host, asker(), call, signal).then(
              (spawned) => spawn.resolve(spawned),
              (error: unknown) => spawn.reject(error),
            );
        });
      });
    },
    async pool(type: ActorClass<any>, options: Settings = {}) {
      optionsOf('pool', options);
      const usual = host.options.rehearsal?.poolSize ?? availableParallelism();
      const size = inRange('size', options.size ?? usual, 1, 1000);
      const { props, shardBy } = options;
      if (shardBy !== undefined && !(typeof shardBy === 'string' && /^\d+(\.[^.]+)*$/.test(shardBy))) {
        throw new OptionOutOfRangeError('shardBy', shardBy, "a path into the arguments, as '0.customerId'");
      }
      const { signal } = options;
      checkSignal(signal);
      signal?.throwIfAborted();
      const each = typeof props === 'function' ? (props as (index: number) => unknown) : () => props;
      const { begun, waiting } = giving(host, () => {
        const request = requestFor(host, parent, type, options, undefined);
        const encoded: number[] = [];
        for (let index = 0; index < size; index++) encoded.push(encodeProps(host, each(index)));
        const waiting = host.waits.forStart();
        const spec = { ...request, props: 0, waiting: waiting?.startSlot };
        const call = { call: 'pool' as const, spec, size, props: encoded, shardBy };
        return { begun: begin(host, asker(), call, signal), waiting };
      });
      return host.refs.refTo(await asked(begun, waiting));
    },
    async supervise(options: SuperviseOptions<readonly ChildSpec<any>[]>): Promise<SupervisorRef> {
      checkGroup(options);
      const { name, strategy = 'one-for-one', supervision = {} } = options;
      const request = giving(host, () => {
        const requests = options.children.map(({ type, options: own = {} }) =>
          requestFor(
            host,
            parent,
            type,
            { ...own, supervision: { ...supervision, ...own.supervision } },
            own.props,
          ),
        );
        const waits = requests.map(() => host.waits.forStart());
        const children = requests.map((request, i) => ({ ...request, waiting: waits[i]?.startSlot }));
        const call = { call: 'supervise' as const, parent, name, strategy, supervision, children };
        return asked(host.line.request(call, asker()), ...waits);
      });
      const answer = (await request) as { self: SpawnedActor; children: SpawnedActor[] };
      const self = host.refs.refTo(answer.self);
      return {
        name: self.name,
        path: self.path,
        refs: answer.children.map((c) => host.refs.refTo(c)) as never,
        stop: (o) => self.stop(o),
        kill: () => self.kill(),
        join: (o) => self.join(o),
      };
    },
    find(type: ActorClass<any> | typeof Actor, path: string) {
      if (typeof type !== 'function') throw new WrongArgumentError('find', type, 'a class of actors');
      if (typeof path !== 'string') throw new WrongArgumentError('find', path, 'the path of an actor');
      const full = path.startsWith('/') ? path : `/${path}`;
      const found = findByPath(host.arena, full);
      if (found === undefined) throw new ActorNotFoundError(path);
      if (type === Actor) return host.refs.refTo(found as Identity);
      const expected = classNameOf(type as ActorClass<any>);
      noteClass(host, type as ActorClass<any>);
      if (!found.types.includes(expected)) throw new WrongActorTypeError(full, found.types[0], expected);
      return host.refs.refTo(found as Identity);
    },
  };
  return spawner as unknown as Spawner;
}

let tickets = 0;

/** Asks for a start. Given up by the signal it rejects when what had begun is over, so that its name is free. */
function begin(
  host: Host,
  parent: Address | undefined,
  call: Extract<SystemCall, { readonly call: 'spawn' | 'pool' }>,
  signal: AbortSignal | undefined,
): Promise<SpawnedActor> {
  const { line } = host;
  if (signal === undefined) return line.request(call, parent) as Promise<SpawnedActor>;
  const { box, generation } = host.inbox;
  const ticket = `${box}:${generation}:${++tickets}`;
  const spec = { ...call.spec, ticket };
  const starting = line.request({ ...call, spec }, parent) as Promise<SpawnedActor>;
  return new Promise((resolve, reject) => {
    let over = false;
    const stay = whenAborted(signal, () => {
      over = true;
      const giveUp = () => reject(signal.reason);
      line.request({ call: 'abandon', ticket }, parent).then(giveUp, giveUp);
    });
    const settling = (settle: () => void) => {
      stay();
      if (!over) settle();
    };
    starting.then(
      (spawned) => settling(() => resolve(spawned)),
      (error: unknown) => settling(() => reject(error)),
    );
  });
}

function checkGroup(options: SuperviseOptions<readonly ChildSpec<any>[]>): void {
  if (options === undefined) throw new WrongArgumentError('supervise', options, 'an object of options');
  optionsOf('supervise', options);
  const { children, name, strategy, supervision } = options;
  oneOf('strategy', strategy, ['one-for-one', 'one-for-all', 'rest-for-one']);
  checkName(name);
  checkSupervision(supervision);
  if (!Array.isArray(children)) throw new OptionOutOfRangeError('children', children, 'an array of child(…)');
  for (const each of children as unknown[]) {
    if (typeof each !== 'object' || each === null || !('type' in each)) {
      throw new OptionOutOfRangeError('children', each, 'an array of child(…)');
    }
    optionsOf('child', (each as ChildSpec<any>).options);
    checkSupervision((each as ChildSpec<any>).options?.supervision);
  }
}
