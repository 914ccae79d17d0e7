/** An actor as a plain object, to be tested as one. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import type { DependencyContainer } from 'tsyringe';
import type { ActorContext } from '../messaging/context-types.js';
import type { SpawnArguments, SpawnOptions } from '../messaging/options.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { type Actor, constructActor, type InjectionToken } from '../runtime/actor.js';
import { Injector } from '../runtime/injector.js';
import { type ContextRecord, recordingContext } from './recording-context.js';
import { type StubRef, stubRef } from './stub-ref.js';

/** What `construct` takes besides the class. */
export interface ConstructSettings {
  /** As a providers module's `register`, but synchronous: what the actor injects. */
  readonly providers?: (container: DependencyContainer) => void;
  /** Stands in for parts of `this.context`: `{ sender: stubRef(), find: () => stubRef() }`. */
  readonly context?: Partial<ActorContext>;
  /** The actor's path. Default: `/` and the name of its class. */
  readonly path?: string;
}

/** Options of `construct`: settings, and the props that the class asks for, which are not copied here. */
export type ConstructOptions<A> = ConstructSettings & Pick<SpawnOptions<A>, 'props'>;

/** What follows the class in `construct`: optional where the props are. */
export type ConstructArguments<A> =
  [] extends SpawnArguments<A> ? [options?: ConstructOptions<A>] : [options: ConstructOptions<A>];

/** What an actor made by `construct` has done to its surroundings. */
export interface ConstructRecord<A> extends ContextRecord {
  /** The actor's `this.self`, which remembers what the actor sends to itself. */
  readonly self: StubRef<A>;
}

const records = new WeakMap<object, ConstructRecord<any>>();

/**
 * The bare instance of an actor class: no thread, no mailbox, no system, no hooks called. Methods are called as of
 * any object, and tested by what they return; what the actor does by way of its context is in {@link recordOf}.
 *
 * ```ts
 * const counter = construct(Counter, { props: { start: 10 } });
 * counter.add(5);
 * expect(counter.total()).to.equal(15);
 * ```
 * @throws {TypeError} when `providers` is asynchronous: await what it needs before
 */
export function construct<A extends Actor<any>>(type: ActorClass<A>, ...[options]: ConstructArguments<A>): A {
  const {
    path = `/${type.name}`,
    providers,
    context: own,
    props,
  } = (options ?? {}) as ConstructOptions<Actor<any>>;
  const injector = new Injector();
  const registered: unknown = providers?.(injector.container);
  if (registered instanceof Promise) {
    throw new TypeError('construct takes synchronous providers: await what they need, then register it.');
  }
  const self = stubRef<A>({}, { path });
  const { context, record } = recordingContext(path, own);
  const construction = {
    props,
    self,
    context,
    inject: (token: InjectionToken) => injector.resolve(token),
  };
  const instance = constructActor(type, construction, () => injector.build(type)) as A;
  records.set(instance, Object.assign(record, { self }));
  return instance;
}

/**
 * What an actor made by {@link construct} logged, spawned, watched, scheduled and sent to itself.
 *
 * ```ts
 * const cache = construct(Cache);
 * cache.onStart();
 * const [{ ms, call }] = recordOf(cache).schedules;
 * expect(ms).to.equal(60_000);
 * call();                                            // as if a minute had passed
 * ```
 * @throws {TypeError} for an object that `construct` did not make
 */
export function recordOf<A extends object>(actor: A): ConstructRecord<A> {
  const record = records.get(actor);
  if (record === undefined) throw new TypeError('recordOf takes an actor that construct() made.');
  return record;
}
