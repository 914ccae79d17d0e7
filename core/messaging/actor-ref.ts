/**
 * A ref: tell, send, ask and stream, as calls of the actor's own methods.
 *
 * Refs are plain objects with an address. Within a thread one actor is one ref ({@link RefSpace}).
 */
import { inspect } from 'node:util';
import { AskTimeoutError, ForeignRefError } from '../errors.js';
import { whenAborted } from '../memory/aborts.js';
import { later } from '../memory/later.js';
import { ask } from './asking.js';
import { checkCall, checkWait } from './checks.js';
import { limitsIn } from './credit.js';
import { type Address, addressKey, Kind } from './envelope.js';
import type { PostOffice, PostResult } from './mailbox.js';
import type { WithOptions } from './options.js';
import type { Outbox, Publication } from './outbox.js';
import type { Pending } from './pending.js';
import type { ExitReport } from './reports.js';
import { isAlive, refuseAs } from './stopped.js';
import { subscribable } from './stream-subscriber.js';
import { sent, tracer } from './tracer.js';

/** What a ref knows of its actor. */
export interface Identity extends Address {
  readonly path: string;
  /** Names of the class and of those it extends, the actor's own first. */
  readonly types: readonly string[];
  /** Time limit of asks, when the spawner set one. */
  readonly askTimeoutMs?: number | undefined;
  /** Where a pool by key sends what: the workers, and the path into the arguments. */
  readonly shards?: { readonly by: string; readonly workers: readonly Address[] } | undefined;
}

/** A request to the creating thread, which starts, watches and stops actors. */
export type LifecycleCall =
  | { readonly op: 'stop'; readonly actor: Address; readonly timeoutMs?: number | undefined }
  | { readonly op: 'kill'; readonly actor: Address }
  | { readonly op: 'join'; readonly actor: Address }
  /** For the test helpers: the thread dies, as by a fault. */
  | { readonly op: 'crash'; readonly actor: Address };

/** An actor's waiting for another. */
export interface Waiting {
  /** The paths of those that seem to wait for each other, this one among them. */
  cycle(): readonly string[] | undefined;
  end(): void;
}

/** What refs need of the thread that they are used in. */
export interface RefWorld {
  readonly post: PostOffice;
  readonly pending: Pending;
  readonly inbox: Address;
  readonly askTimeoutMs: number;
  /** The actor that is speaking: the sender of what is sent now. */
  speaker(): Identity | undefined;
  /** A function that speaks as who speaks now, whoever's turn it is called in. */
  bound<A extends unknown[]>(call: (...args: A) => void): (...args: A) => void;
  lifecycle(call: LifecycleCall): Promise<unknown>;
  flowOf(actor: Identity): unknown;
  /**
   * The actor that speaks subscribes to something: `end` is called when its instance has ended, and nothing may call
   * it any more.
   * @returns forgets it again
   */
  subscribed(end: () => void): () => void;
  /** Code of a subscriber threw where nobody could catch it. */
  subscriberThrew(error: unknown): void;
  /** Notes whom the actor that speaks waits for; undefined when it is not blocked by that. */
  readonly waits: {
    forAnswer(target: Identity, correlation: number, reject: (error: Error) => void): Waiting | undefined;
    forEnd(target: Identity): Waiting | undefined;
  };
  /** Shows a message that was accepted, or is held, to who watches the flow. */
  posted(target: Identity, method: string, result: PostResult): void;
}

type Call = (...args: never[]) => unknown;
const OWNER = Symbol('owner');

/**
 * One kind of call, as objects whose methods appear when they are first used.
 *
 * A proxy is their prototype: a method becomes an own property at its first use, so that later calls cost a plain
 * property read (a proxy in front costs 30 ns a call). It is one for all refs: so they share their hidden classes, and
 * a line that tells a thousand actors finds the method where it was in the last one.
 */
function kindOfCall(make: (ref: Ref, method: string) => Call): (ref: Ref) => object {
  const traps: ProxyHandler<object> = {
    get(_target, method, receiver: { readonly [OWNER]?: Ref }) {
      // An awaited, inspected or printed ref is a plain object.
      if (typeof method === 'symbol' || method === 'then' || method === 'toJSON') return undefined;
      const ref = receiver[OWNER];
      // Asked of the prototype itself, which is all refs'.
      if (ref === undefined) return undefined;
      const call = make(ref, method);
      Object.defineProperty(receiver, method, { value: call, enumerable: false });
      return call;
    },
  };
  const prototype = new Proxy(Object.create(null), traps);
  return (ref) => Object.create(prototype, { [OWNER]: { value: ref } });
}

export class Ref {
  readonly #world: RefWorld;
  readonly #identity: Identity;
  readonly #options: WithOptions;
  #tell: object | undefined;
  #send: object | undefined;
  #ask: object | undefined;
  #stream: object | undefined;

  constructor(world: RefWorld, identity: Identity, options: WithOptions = {}) {
    this.#world = world;
    this.#identity = identity;
    this.#options = options;
  }

  static identityOf(value: object): Identity | undefined {
    return #identity in value ? (value as Ref).#identity : undefined;
  }

  /**
   * As {@link identityOf}, for use as an address in that world.
   * @throws {ForeignRefError} it is of another system: there its place is another actor's
   */
  static identityIn(world: RefWorld, value: object): Identity | undefined {
    const identity = Ref.identityOf(value);
    if (identity === undefined || (value as Ref).#world === world) return identity;
    throw new ForeignRefError(identity.path);
  }

  /** For the test helpers, so that refs show users no way to break what they refer to. */
  static crash(ref: Ref): Promise<unknown> {
    return ref.#world.lifecycle({ op: 'crash', actor: plain(ref.#identity) });
  }

  /** For the test helpers: where it is at home. */
  static worldOf(ref: Ref): RefWorld {
    return ref.#world;
  }

  get path(): string {
    return this.#identity.path;
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get id(): number {
    return addressKey(this.#identity.box, this.#identity.generation);
  }

  static readonly #tells = kindOfCall((ref, method) => ref.#teller(method));
  static readonly #sends = kindOfCall(
    (ref, method) =>
      (...args: unknown[]) =>
        ref.#sendNow(method, args),
  );
  static readonly #asks = kindOfCall(
    (ref, method) =>
      (...args: unknown[]) =>
        ask(ref.#world, ref.#target(args), method, args, ref.#options),
  );
  static readonly #streams = kindOfCall(
    (ref, method) =>
      (...args: unknown[]) =>
        subscribable(ref.#world, ref.#target(args), method, args, ref.#options),
  );

  get tell(): object {
    this.#tell ??= Ref.#tells(this);
    return this.#tell;
  }

  get send(): object {
    this.#send ??= Ref.#sends(this);
    return this.#send;
  }

  get ask(): object {
    this.#ask ??= Ref.#asks(this);
    return this.#ask;
  }

  get stream(): object {
    this.#stream ??= Ref.#streams(this);
    return this.#stream;
  }

  with(options: WithOptions): Ref {
    checkCall(options);
    return new Ref(this.#world, this.#identity, { ...this.#options, ...options });
  }

  #target(args: readonly unknown[]): Identity {
    const { shards } = this.#identity;
    if (shards === undefined) return this.#identity;
    let key: unknown = args;
    for (const part of shards.by.split('.')) key = (key as Record<string, unknown> | undefined)?.[part];
    const worker = shards.workers[hashOf(String(key)) % shards.workers.length];
    return { ...this.#identity, ...worker, shards: undefined };
  }

  #teller(method: string): (...args: unknown[]) => boolean {
    const world = this.#world;
    const identity = this.#identity;
    const { urgent, transfer } = this.#options;
    const giving = limitsIn(this.#options);
    if (urgent !== true && transfer === undefined && giving === undefined && identity.shards === undefined) {
      const { post } = world;
      let id = -1;
      return (...args) => {
        if (tracer !== undefined) return this.#postTell(method, args) === 'accepted';
        if (id < 0) id = post.shapes.methodId(method);
        const result = post.tell(identity, method, id, args, world.speaker());
        world.posted(identity, method, result);
        return result === 'accepted';
      };
    }
    return (...args) => this.#postTell(method, args) === 'accepted';
  }

  #postTell(method: string, args: readonly unknown[]) {
    const { urgent = false, transfer } = this.#options;
    const target = this.#target(args);
    const sender = this.#world.speaker();
    const giving = limitsIn(this.#options);
    const message = { kind: Kind.TELL, method, args, sender, urgent, transfer, giving };
    const result = sent('tell', target, method, (carrier) =>
      this.#world.post.post(target, carrier === undefined ? message : { ...message, carrier }),
    );
    this.#world.posted(target, method, result);
    return result;
  }

  async #sendNow(method: string, args: readonly unknown[]): Promise<void> {
    const { signal, timeoutMs, urgent = false } = this.#options;
    signal?.throwIfAborted();
    const target = this.#target(args);
    const { post } = this.#world;
    const result = this.#postTell(method, args);
    refuseAs(result, this.#world, target);
    const outbox = post.outboxFor(target, urgent);
    if (outbox === undefined) return;
    const takeBack = post.withdrawal(outbox);
    const published = untilPublished(
      outbox,
      signal,
      timeoutMs,
      (ms) => new AskTimeoutError(target.path, method, ms),
    );
    post.flush();
    const how = await published.catch((error: unknown) => {
      takeBack();
      throw error;
    });
    if (how !== 'published') refuseAs(how === 'dropped' ? 'no-memory' : 'closed', this.#world, target);
  }

  /** Resolves when all that this thread holds for the actor is in its mailbox, or refused. */
  async drained(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    checkWait('drained', options);
    const { post } = this.#world;
    const targets = this.#identity.shards?.workers ?? [this.#identity];
    post.flush();
    const late = (ms: number) => new AskTimeoutError(this.path, 'drained()', ms);
    const waits = targets.flatMap((target) =>
      [false, true].map((urgent) => {
        const outbox = post.outboxFor(target, urgent);
        return outbox && untilPublished(outbox, options.signal, options.timeoutMs, late);
      }),
    );
    await Promise.all(waits);
  }

  /** Closes the mailbox behind the sentinel, in order with what this thread has sent. */
  async stop(options: { timeoutMs?: number } = {}): Promise<ExitReport> {
    checkWait('stop', options);
    const world = this.#world;
    const waiting = world.waits.forEnd(this.#identity);
    for (const address of this.#identity.shards?.workers ?? [this.#identity]) {
      world.post.post(address, { kind: Kind.SENTINEL, args: [] });
    }
    const stopped = world.lifecycle({ op: 'stop', actor: plain(this.#identity), ...options });
    return untilEnd(stopped as Promise<ExitReport>, waiting);
  }

  kill(): Promise<ExitReport> {
    return this.#world.lifecycle({ op: 'kill', actor: plain(this.#identity) }) as Promise<ExitReport>;
  }

  async join(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<ExitReport> {
    checkWait('join', options);
    const waiting = this.#world.waits.forEnd(this.#identity);
    const joined = this.#world.lifecycle({ op: 'join', actor: plain(this.#identity) }) as Promise<ExitReport>;
    const late = (ms: number) => new AskTimeoutError(this.path, 'join()', ms, waiting?.cycle());
    return untilEnd(limited(joined, options.signal, options.timeoutMs, late), waiting);
  }

  get flow$(): unknown {
    return this.#world.flowOf(this.#identity);
  }

  [inspect.custom](): string {
    const state = isAlive(this.#world, this.#identity) ? 'alive' : 'stopped';
    return `ActorRef<${this.#identity.types[0] ?? 'Actor'}> ${this.path} (${state})`;
  }
}

/** A promise, and who waits until it has settled. */
export function untilEnd<T>(promise: Promise<T>, waiting: Waiting | undefined): Promise<T> {
  return waiting === undefined ? promise : promise.finally(() => waiting.end());
}

const plain = ({ box, generation }: Address): Address => ({ box, generation });

function untilPublished(
  outbox: Outbox,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  late: (ms: number) => Error,
): Promise<Publication> {
  let leave: () => void = () => undefined;
  const published = new Promise<Publication>((resolve) => {
    leave = outbox.whenPublished(resolve);
  });
  return limited(published, signal, timeoutMs, late).finally(leave);
}

/** A promise with a time limit and a signal. */
export function limited<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  late: (ms: number) => Error,
): Promise<T> {
  if (signal === undefined && (timeoutMs === undefined || !Number.isFinite(timeoutMs))) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      stay();
    };
    const giveUp = (error: unknown) => {
      leave();
      reject(error);
    };
    const { POSITIVE_INFINITY: never } = Number;
    const timer = later(timeoutMs ?? never, () => giveUp(late(timeoutMs as number)));
    const stay = whenAborted(signal, () => giveUp(signal?.reason));
    if (signal?.aborted === true) giveUp(signal.reason);
    promise.then(resolve, reject).finally(leave);
  });
}

/** FNV-1a, for keys. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The refs of a thread: one object for an actor, as long as somebody holds it. */
export class RefSpace {
  readonly #refs = new Map<number, WeakRef<Ref>>();
  readonly #gone = new FinalizationRegistry<number>((key) => {
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  constructor(readonly world: RefWorld) {}

  refTo(identity: Identity): Ref {
    const key = addressKey(identity.box, identity.generation);
    const known = this.#refs.get(key)?.deref();
    if (known !== undefined) return known;
    const ref = new Ref(this.world, identity);
    this.#refs.set(key, new WeakRef(ref));
    this.#gone.register(ref, key);
    return ref;
  }

  known(address: Address): Ref | undefined {
    return this.#refs.get(addressKey(address.box, address.generation))?.deref();
  }
}
