/** `spawn`, `pool`, `supervise` and `find`, as the system and every actor's context offer them. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { availableParallelism } from 'node:os';
import {
  ActorNotFoundError,
  OptionOutOfRangeError,
  WrongActorTypeError,
  WrongArgumentError,
} from '../errors.js';
import { Box, wordOf } from '../memory/layout.js';
import { type Identity, limited, untilEnd } from '../messaging/actor-ref.js';
import { duration, inRange } from '../messaging/checks.js';
import type { ChildSpec, Spawner, SuperviseOptions, SupervisorRef } from '../messaging/context-types.js';
import type { Address } from '../messaging/envelope.js';
import type { PoolSettings, SpawnSettings } from '../messaging/options.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { Actor } from './actor.js';
import { classNameOf, moduleOf } from './actor-module.js';
import type { SpawnedActor, SpawnRequest } from './control.js';
import type { Host } from './host.js';
import { findByPath } from './names.js';

type Settings = SpawnSettings & PoolSettings & { props?: unknown };

/** A child of `supervise`. */
export function child<A extends Actor<any>>(
  type: ActorClass<A>,
  ...[options]: import('../messaging/options.js').SpawnArguments<A>
): ChildSpec<A> {
  return { type, options };
}

export function spawnerFor(host: Host, parent: Address | undefined): Spawner {
  const spawner = {
    async spawn(type: ActorClass<any>, options: Settings = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      const request = requestFor(host, parent, type, options, options.props);
      const waiting = host.waits.forStart();
      const spec = { ...request, waiting: waiting?.startSlot };
      const spawning = host.line.request({ call: 'spawn', spec }, parent) as Promise<SpawnedActor>;
      const ref = spawning.then((spawned) => host.refs.refTo(spawned));
      if (signal === undefined) return untilEnd(ref, waiting);
      const wanted = limited(ref, signal, undefined, (ms) => new RangeError(`${ms} ms`));
      return untilEnd(wanted, waiting).catch((error: unknown) => {
        // It may be about to start all the same: then nobody wants it any more.
        if (signal.aborted) ref.then((unwanted) => unwanted.kill()).catch(() => undefined);
        throw error;
      });
    },
    async pool(type: ActorClass<any>, options: Settings = {}) {
      const size = inRange('size', options.size ?? availableParallelism(), 1, 1000);
      const { props, shardBy } = options;
      const each = typeof props === 'function' ? (props as (index: number) => unknown) : () => props;
      const encoded: number[] = [];
      for (let index = 0; index < size; index++) encoded.push(encodeProps(host, each(index)));
      const request = requestFor(host, parent, type, options, undefined);
      const waiting = host.waits.forStart();
      const spec = { ...request, props: 0, waiting: waiting?.startSlot };
      const call = { call: 'pool' as const, spec, size, props: encoded, shardBy };
      return host.refs.refTo((await untilEnd(host.line.request(call, parent), waiting)) as SpawnedActor);
    },
    async supervise(options: SuperviseOptions<readonly ChildSpec<any>[]>): Promise<SupervisorRef> {
      const requests = options.children.map(({ type, options: own = {} }) =>
        requestFor(
          host,
          parent,
          type,
          { ...own, supervision: { ...options.supervision, ...own.supervision } },
          own.props,
        ),
      );
      const { name, strategy = 'one-for-one', supervision = {} } = options;
      if (!['one-for-one', 'one-for-all', 'rest-for-one'].includes(strategy)) {
        throw new OptionOutOfRangeError(
          'strategy',
          strategy,
          "'one-for-one', 'one-for-all' or 'rest-for-one'",
        );
      }
      const waits = requests.map(() => host.waits.forStart());
      const children = requests.map((request, i) => ({ ...request, waiting: waits[i]?.startSlot }));
      const call = { call: 'supervise' as const, name, strategy, supervision, children };
      const request = host.line.request(call, parent).finally(() => {
        for (const waiting of waits) waiting?.end();
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
      const full = path.startsWith('/') ? path : `/${path}`;
      const found = findByPath(host.arena, full);
      if (found === undefined) throw new ActorNotFoundError(path);
      if (type === Actor) return host.refs.refTo(found as Identity);
      const expected = classNameOf(type as ActorClass<any>);
      if (!found.types.includes(expected)) throw new WrongActorTypeError(full, found.types[0], expected);
      return host.refs.refTo(found as Identity);
    },
  };
  return spawner as unknown as Spawner;
}

function requestFor(
  host: Host,
  parent: Address | undefined,
  type: ActorClass<any>,
  options: Settings,
  props: unknown,
): SpawnRequest {
  if (typeof type !== 'function' || !(type.prototype instanceof Actor)) {
    throw new WrongArgumentError('spawn', type, 'a class that extends Actor');
  }
  const { placement = 'thread', mailbox = {}, supervision = {}, name } = options;
  if (!['thread', 'shared', 'inline'].includes(placement)) {
    throw new OptionOutOfRangeError('placement', placement, "'thread', 'shared' or 'inline'");
  }
  if (name !== undefined && (name === '' || name.includes('/') || name.length > 200)) {
    throw new OptionOutOfRangeError('name', name, 'a text of 1 to 200 characters without /');
  }
  checkSupervision(supervision);
  const concurrency = inRange(
    'concurrency',
    (type as { concurrency?: number }).concurrency ?? 1,
    1,
    1_000_000,
  );
  const { execArgv, env, resourceLimits } = options;
  const module = placement === 'inline' ? undefined : moduleOf(type);
  if (module !== undefined) host.errorClasses.used(classNameOf(type), module);
  const own = execArgv !== undefined || env !== undefined || resourceLimits !== undefined;
  return {
    parent,
    types: typeNames(type),
    source: module === undefined ? host.lives.inlineSource(type) : { module, name: classNameOf(type) },
    props: encodeProps(host, props),
    concurrency,
    name,
    placement,
    slot: host.thread.slot,
    mailbox: {
      maxItems: inRange('mailbox.maxItems', mailbox.maxItems ?? 100_000, 1, 0x3fffffff),
      maxBytes: inRange('mailbox.maxBytes', mailbox.maxBytes ?? 16 << 20, 64, 0x7fffffff),
      maxHeld: mailbox.maxHeld === undefined ? 0 : inRange('mailbox.maxHeld', mailbox.maxHeld, 1, 0x7fffffff),
    },
    supervision,
    startTimeoutMs: duration('startTimeoutMs', options.startTimeoutMs, 30_000),
    stopTimeoutMs: duration('stopTimeoutMs', options.stopTimeoutMs, 10_000),
    hangTimeoutMs: duration('hangTimeoutMs', options.hangTimeoutMs, Number.POSITIVE_INFINITY),
    askTimeoutMs:
      options.askTimeoutMs === undefined ? undefined : duration('askTimeoutMs', options.askTimeoutMs, 0),
    thread: own ? { execArgv, env, resourceLimits } : undefined,
  } as SpawnRequest;
}

export function checkSupervision(s: NonNullable<SpawnSettings['supervision']>): void {
  const oneOf = (option: string, value: unknown, allowed: readonly string[]) => {
    if (value !== undefined && !allowed.includes(value as string)) {
      throw new OptionOutOfRangeError(
        `supervision.${option}`,
        value,
        allowed.map((a) => `'${a}'`).join(', '),
      );
    }
  };
  oneOf('restart', s.restart, ['permanent', 'transient', 'temporary']);
  oneOf('onError', s.onError, ['restart', 'resume', 'stop', 'escalate']);
  oneOf('inFlight', s.inFlight, ['skip', 'retry']);
  if (s.maxRestarts !== undefined && s.maxRestarts !== Number.POSITIVE_INFINITY) {
    inRange('supervision.maxRestarts', s.maxRestarts, 0, 0x7fffffff);
  }
  if (s.maxAttempts !== undefined) inRange('supervision.maxAttempts', s.maxAttempts, 1, 0x7fffffff);
  duration('supervision.withinMs', s.withinMs, 0);
  if (s.backoff !== undefined) {
    duration('supervision.backoff.minMs', s.backoff.minMs, 0);
    duration('supervision.backoff.maxMs', s.backoff.maxMs, 0);
    const { jitter = 0 } = s.backoff;
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new OptionOutOfRangeError('supervision.backoff.jitter', jitter, 'a number from 0 to 1');
    }
  }
}

/** Names of a class and of those it extends, below Actor. */
function typeNames(type: ActorClass<any>): string[] {
  const names: string[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Actor; at = Object.getPrototypeOf(at)) {
    names.push(classNameOf(at as ActorClass<any>));
  }
  return names;
}

const PROPS_HEADER = 2;

/** Encodes props into a block: words, number of what travels beside, then the value. */
function encodeProps(host: Host, props: unknown): number {
  if (props === undefined) return 0;
  const { arena, thread } = host;
  const { encoder } = host.post;
  encoder.begin();
  encoder.value(props);
  const length = encoder.position;
  const words = encoder.words.slice(0, length);
  const attached = encoder.attachments.length === 0 ? 0 : host.attachments.send([...encoder.attachments], []);
  const block = arena.demand(thread, (PROPS_HEADER + length) * 4);
  const at = wordOf(block);
  arena.i32[at] = length;
  arena.i32[at + 1] = attached;
  arena.i32.set(words, at + PROPS_HEADER);
  thread.letGo();
  return block;
}

/** The props of an actor, decoded afresh. */
export async function decodeProps(host: Host, box: Address): Promise<unknown> {
  const { arena, post } = host;
  const block = arena.i32[wordOf(box.box) + Box.PROPS];
  if (block === 0) return undefined;
  const at = block * 2;
  const attached = arena.i32[at + 1];
  const attachments = attached === 0 ? undefined : await host.attachments.receive(attached);
  const start = at + PROPS_HEADER;
  post.decoder.begin(arena.i32, arena.u8, start, start + arena.i32[at], attachments);
  return post.decoder.value();
}
