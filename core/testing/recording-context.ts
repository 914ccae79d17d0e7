/** `this.context` without a system behind it: it remembers, and does nothing. */
import { ActorNotFoundError } from '../errors.js';
import type { ActorContext, ChildSpec, Spawner } from '../messaging/context-types.js';
import type { LogEntry } from '../messaging/options.js';
import type { ActorClass, AnyActorRef } from '../messaging/ref-types.js';
import { loadRxjs } from '../messaging/rxjs.js';
import { actorLog } from '../runtime/actor-log.js';
import { type StubRef, stubRef } from './stub-ref.js';

/** A child that an actor would have. */
export interface RecordedSpawn {
  readonly type: ActorClass;
  readonly options: unknown;
  /** What the actor was given for it. */
  // biome-ignore lint/suspicious/noExplicitAny: a child of whatever class
  readonly ref: StubRef<any>;
}

/** A call in the future, which comes when the test makes it. */
export interface RecordedSchedule {
  readonly kind: 'once' | 'every';
  readonly ms: number;
  readonly call: () => unknown;
  /** Whether the actor has taken it back. */
  readonly cancelled: boolean;
}

/** What an actor did by way of its context. */
export interface ContextRecord {
  readonly logs: readonly LogEntry[];
  /** Children, of `spawn`, `pool` and `supervise`. */
  readonly spawned: readonly RecordedSpawn[];
  readonly watched: readonly AnyActorRef[];
  readonly unwatched: readonly AnyActorRef[];
  readonly schedules: readonly RecordedSchedule[];
  /** Whether it called `context.stop()`. */
  readonly stopped: boolean;
  /** Whether it called `context.system.shutdown()`. */
  readonly shutdown: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] };

/** A context, and what it remembers. Parts given in `own` take the place of its own. */
export function recordingContext(
  path: string,
  own: Partial<ActorContext> = {},
): { context: ActorContext; record: ContextRecord } {
  const record: Mutable<ContextRecord> = {
    logs: [],
    spawned: [],
    watched: [],
    unwatched: [],
    schedules: [],
    stopped: false,
    shutdown: false,
  };
  const schedule = (kind: 'once' | 'every') => (ms: number, call: () => unknown) => {
    const entry = { kind, ms, call, cancelled: false };
    record.schedules.push(entry);
    return {
      [Symbol.dispose]() {
        entry.cancelled = true;
      },
    };
  };
  const spawner = recordingSpawner(path, record);
  const never = new AbortController();
  const context: ActorContext = {
    ...spawner,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    log: actorLog({ off: () => 0, write: (entry) => record.logs.push(entry) }, path),
    system: {
      ...spawner,
      name: 'construct',
      get deadLetters$() {
        return loadRxjs().NEVER;
      },
      async shutdown() {
        record.shutdown = true;
        return { actors: [], timedOut: false, unkillable: [], durationMs: 0 };
      },
    },
    sender: undefined,
    signal: never.signal,
    watch: (ref) => {
      record.watched.push(ref);
    },
    unwatch: (ref) => {
      record.unwatched.push(ref);
    },
    stop() {
      record.stopped = true;
    },
    schedule: { once: schedule('once'), every: schedule('every') },
  };
  // Descriptors, so that a getter given for `sender` or `signal` stays one.
  return { context: Object.defineProperties(context, Object.getOwnPropertyDescriptors(own)), record };
}

function recordingSpawner(path: string, record: Mutable<ContextRecord>): Spawner {
  const spawn = (type: ActorClass, options?: { name?: string }) => {
    const name = options?.name ?? `${type.name}-${record.spawned.length + 1}`;
    const ref = stubRef({}, { path: `${path}/${name}` });
    record.spawned.push({ type, options, ref });
    return ref;
  };
  const spawner = {
    spawn: async (type: ActorClass, options?: { name?: string }) => spawn(type, options),
    pool: async (type: ActorClass, options?: { name?: string }) => spawn(type, options),
    async supervise({ name = 'supervisor', children }: { name?: string; children: readonly ChildSpec[] }) {
      const refs = children.map(({ type, options }) => spawn(type, options));
      const { stop, kill, join } = stubRef({}, { path: `${path}/${name}` });
      return { name, path: `${path}/${name}`, refs, stop, kill, join };
    },
    find(_type: unknown, wanted: string): never {
      throw new ActorNotFoundError(wanted);
    },
  };
  return spawner as unknown as Spawner;
}
