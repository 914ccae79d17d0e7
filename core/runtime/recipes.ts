/**
 * What actors of one class that are spawned with the same options have in common: checked once, and one object for all.
 * Of actors by the hundred thousand each would keep its own, and each spawn would send it.
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { isDeepStrictEqual } from 'node:util';
import { checkSupervision, checkThread, duration, group, inRange, oneOf } from '../messaging/checks.js';
import type {
  MailboxOptions,
  PoolSettings,
  SpawnSettings,
  SupervisionOptions,
} from '../messaging/options.js';
import type { ActorClass } from '../messaging/ref-types.js';
import { Actor } from './actor.js';
import { classNameOf, markOf, moduleOf } from './actor-module.js';
import type { Recipe } from './control.js';
import type { Host } from './host.js';

export type Settings = SpawnSettings & PoolSettings & { props?: unknown };

/** What was asked for last, of a class, where it was numbers and words alone. */
interface Asked {
  readonly recipe: Recipe;
  readonly isPlain: boolean;
  readonly concurrency: number | undefined;
  readonly placement: unknown;
  readonly startTimeoutMs: number | undefined;
  readonly stopTimeoutMs: number | undefined;
  readonly hangTimeoutMs: number | undefined;
  readonly askTimeoutMs: number | undefined;
}

const NO_SUPERVISION: SupervisionOptions = {};
const DEFAULT_MAILBOX = mailboxOf({});

export class Recipes {
  readonly #last = new WeakMap<ActorClass<any>, Asked>();

  constructor(readonly host: Host) {}

  /**
   * @throws {OptionOutOfRangeError}
   * @throws {ActorModuleMissingError}
   */
  of(type: ActorClass<any>, options: Settings): Recipe {
    const last = this.#last.get(type);
    const { placement, startTimeoutMs, stopTimeoutMs, hangTimeoutMs, askTimeoutMs } = options;
    const { concurrency } = type as { concurrency?: number };
    const plain = isPlain(options);
    if (
      plain &&
      last?.isPlain === true &&
      last.placement === placement &&
      last.concurrency === concurrency &&
      last.startTimeoutMs === startTimeoutMs &&
      last.stopTimeoutMs === stopTimeoutMs &&
      last.hangTimeoutMs === hangTimeoutMs &&
      last.askTimeoutMs === askTimeoutMs
    ) {
      return last.recipe;
    }
    const made = this.#make(type, options);
    const recipe = last !== undefined && isDeepStrictEqual(last.recipe, made) ? last.recipe : made;
    const limits = { startTimeoutMs, stopTimeoutMs, hangTimeoutMs, askTimeoutMs };
    this.#last.set(type, { recipe, isPlain: plain, concurrency, placement, ...limits });
    return recipe;
  }

  #make(type: ActorClass<any>, options: Settings): Recipe {
    const { host } = this;
    const { placement: wanted = 'thread', mailbox, supervision, execArgv, env, resourceLimits } = options;
    oneOf('placement', wanted, ['thread', 'shared', 'inline']);
    const placement = host.options.rehearsal === undefined ? wanted : 'inline';
    checkSupervision(supervision);
    checkThread(options);
    const { concurrency = 1 } = type as { concurrency?: number };
    noteClass(host, type);
    const own = execArgv !== undefined || env !== undefined || resourceLimits !== undefined;
    return {
      types: typesOf(type),
      source: placement === 'inline' ? host.lives.inlineSource(type) : sourceOf(type),
      concurrency: inRange('concurrency', concurrency, 1, 1_000_000),
      placement,
      slot: host.thread.slot,
      mailbox: mailbox === undefined ? DEFAULT_MAILBOX : mailboxOf(mailbox),
      // Copies: on the creating thread nothing else lies between the caller's objects and what is kept.
      supervision: supervision === undefined ? NO_SUPERVISION : copyOf(supervision),
      startTimeoutMs: duration('startTimeoutMs', options.startTimeoutMs, 30_000),
      stopTimeoutMs: duration('stopTimeoutMs', options.stopTimeoutMs, 10_000),
      hangTimeoutMs: duration('hangTimeoutMs', options.hangTimeoutMs, Number.POSITIVE_INFINITY),
      askTimeoutMs:
        options.askTimeoutMs === undefined ? undefined : duration('askTimeoutMs', options.askTimeoutMs, 0),
      thread: own ? (structuredClone({ execArgv, env, resourceLimits }) as Recipe['thread']) : undefined,
    };
  }
}

/** Nothing in them could have changed unseen since it was looked at last. */
const isPlain = ({ mailbox, supervision, execArgv, env, resourceLimits }: Settings): boolean =>
  mailbox === undefined &&
  supervision === undefined &&
  execArgv === undefined &&
  env === undefined &&
  resourceLimits === undefined;

/** Of what is known: an object may hold more. */
function copyOf(supervision: SupervisionOptions): SupervisionOptions {
  const { restart, maxRestarts, withinMs, backoff, onError, inFlight, maxAttempts } = supervision;
  const copy = { restart, maxRestarts, withinMs, onError, inFlight, maxAttempts };
  if (backoff === undefined) return copy;
  const { minMs, maxMs, jitter } = backoff;
  return { ...copy, backoff: { minMs, maxMs, jitter } };
}

function mailboxOf(mailbox: MailboxOptions): Recipe['mailbox'] {
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

/** Names of a class and of those it extends, below Actor. */
function typesOf(type: ActorClass<any>): readonly string[] {
  const names: string[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Actor; at = Object.getPrototypeOf(at)) {
    names.push(classNameOf(at as ActorClass<any>));
  }
  return names;
}

/** This thread has the class, and so its module: the errors in it can be told. */
export function noteClass(host: Host, type: ActorClass<any>): void {
  const module = sources.get(type)?.module ?? markOf(type);
  if (module !== undefined) host.errorClasses.used(classNameOf(type), module);
}
