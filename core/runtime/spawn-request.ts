/** What the creating thread is asked for: the options of a `spawn`, checked, and the class by module and name. */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { OptionOutOfRangeError, WrongArgumentError } from '../errors.js';
import { Ref } from '../messaging/actor-ref.js';
import {
  checkName,
  checkSupervision,
  checkThread,
  duration,
  group,
  inRange,
  oneOf,
} from '../messaging/checks.js';
import type { Address } from '../messaging/envelope.js';
import type {
  MailboxOptions,
  PoolSettings,
  SpawnSettings,
  SupervisionOptions,
} from '../messaging/options.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { Actor } from './actor.js';
import { classNameOf, markOf, moduleOf } from './actor-module.js';
import type { SpawnRequest } from './control.js';
import type { Host } from './host.js';
import { encodeProps } from './props.js';

export type Settings = SpawnSettings & PoolSettings & { props?: unknown };

// What is not said is the same object for all: of actors by the hundred thousand, each would keep its own.
const NO_SUPERVISION: SupervisionOptions = {};
const DEFAULT_MAILBOX = mailboxOf({});

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
  const { placement: wanted = 'thread', mailbox, supervision, name } = options;
  oneOf('placement', wanted, ['thread', 'shared', 'inline']);
  const placement = host.options.rehearsal === undefined ? wanted : 'inline';
  checkName(name);
  checkSupervision(supervision);
  checkThread(options);
  const concurrency = inRange(
    'concurrency',
    (type as { concurrency?: number }).concurrency ?? 1,
    1,
    1_000_000,
  );
  const { execArgv, env, resourceLimits } = options;
  noteClass(host, type);
  const own = execArgv !== undefined || env !== undefined || resourceLimits !== undefined;
  return {
    parent,
    types: typesOf(type),
    source: placement === 'inline' ? host.lives.inlineSource(type) : sourceOf(type),
    concurrency,
    name,
    placement,
    near: placeOf(host, options),
    slot: host.thread.slot,
    mailbox: mailbox === undefined ? DEFAULT_MAILBOX : mailboxOf(mailbox),
    // Copies: on the creating thread nothing else lies between the caller's objects and what is kept.
    supervision: supervision === undefined ? NO_SUPERVISION : copyOf(supervision),
    startTimeoutMs: duration('startTimeoutMs', options.startTimeoutMs, 30_000),
    stopTimeoutMs: duration('stopTimeoutMs', options.stopTimeoutMs, 10_000),
    hangTimeoutMs: duration('hangTimeoutMs', options.hangTimeoutMs, Number.POSITIVE_INFINITY),
    askTimeoutMs:
      options.askTimeoutMs === undefined ? undefined : duration('askTimeoutMs', options.askTimeoutMs, 0),
    ticket: undefined,
    waiting: undefined,
    thread: own ? structuredClone({ execArgv, env, resourceLimits }) : undefined,
    // At last: what is refused before leaves nothing in the arena.
    props: encodeProps(host, props),
  } as SpawnRequest;
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

/** Of what is known: an object may hold more. */
function copyOf(supervision: SupervisionOptions): SupervisionOptions {
  const { restart, maxRestarts, withinMs, backoff, onError, inFlight, maxAttempts } = supervision;
  const copy = { restart, maxRestarts, withinMs, onError, inFlight, maxAttempts };
  if (backoff === undefined) return copy;
  const { minMs, maxMs, jitter } = backoff;
  return { ...copy, backoff: { minMs, maxMs, jitter } };
}

function mailboxOf(mailbox: MailboxOptions): SpawnRequest['mailbox'] {
  group('mailbox', mailbox);
  const { maxItems = 100_000, maxBytes = 16 << 20, maxHeld, overflow, blackBox = 16 } = mailbox;
  oneOf('mailbox.overflow', overflow, ['drop-newest', 'drop-oldest']);
  return {
    maxItems: inRange('mailbox.maxItems', maxItems, 1, 0x3fffffff),
    maxBytes: inRange('mailbox.maxBytes', maxBytes, 64, 0x7fffffff),
    maxHeld: maxHeld === undefined ? 0 : inRange('mailbox.maxHeld', maxHeld, 1, 0x7fffffff),
    dropOldest: overflow === 'drop-oldest',
    blackBox: inRange('mailbox.blackBox', blackBox, 0, 1000),
  };
}

const sources = new WeakMap<ActorClass<any>, { readonly module: string; readonly name: string }>();

/** @throws {ActorModuleMissingError} */
function sourceOf(type: ActorClass<any>): { readonly module: string; readonly name: string } {
  let source = sources.get(type);
  if (source === undefined) {
    source = { module: moduleOf(type), name: classNameOf(type) };
    sources.set(type, source);
  }
  return source;
}

const types = new WeakMap<ActorClass<any>, readonly string[]>();

/** Names of a class and of those it extends, below Actor. */
function typesOf(type: ActorClass<any>): readonly string[] {
  let names = types.get(type);
  if (names === undefined) {
    const found: string[] = [];
    for (let at: unknown = type; typeof at === 'function' && at !== Actor; at = Object.getPrototypeOf(at)) {
      found.push(classNameOf(at as ActorClass<any>));
    }
    names = found;
    types.set(type, names);
  }
  return names;
}

/** This thread has the class, and so its module: the errors in it can be told. */
export function noteClass(host: Host, type: ActorClass<any>): void {
  const module = sources.get(type)?.module ?? markOf(type);
  if (module !== undefined) host.errorClasses.used(classNameOf(type), module);
}
