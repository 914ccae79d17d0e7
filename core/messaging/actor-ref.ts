/**
 * A ref: tell, send, ask and stream, as calls of the actor's own methods.
 *
 * Refs are plain objects with an address. Within a thread one actor is one ref (ref-space.ts).
 */
import { inspect } from 'node:util';
import { AskTimeoutError, ForeignRefError } from '../errors.js';
import { AskCall } from './asking.js';
import { checkCall, checkWait } from './checks.js';
import { limitsIn } from './credit.js';
import { type Address, addressKey, Kind } from './envelope.js';
import { hashOf } from './hash.js';
import { kindOfCall } from './kind-of-call.js';
import { limited, untilEnd } from './limited.js';
import type { WithOptions } from './options.js';
import type { Outbox, Publication } from './outbox.js';
import type { Identity, RefWorld } from './ref-world.js';
import type { ExitReport } from './reports.js';
import { isAlive, refuseAs } from './stopped.js';
import { subscribable } from './stream-subscriber.js';
import { sent, tracer } from './tracer.js';

/** One for all that have none. */
const NO_OPTIONS: WithOptions = {};

export class Ref {
  readonly #world: RefWorld;
  readonly #identity: Identity;
  readonly #options: WithOptions;
  #tell: object | undefined;
  #send: object | undefined;
  #ask: object | undefined;
  #stream: object | undefined;

  constructor(world: RefWorld, identity: Identity, options: WithOptions = NO_OPTIONS) {
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

  static readonly #tells = kindOfCall<Ref>((ref, method) => ref.#teller(method));
  static readonly #sends = kindOfCall<Ref>(
    (ref, method) =>
      (...args: unknown[]) =>
        ref.#sendNow(method, args),
  );
  static readonly #asks = kindOfCall<Ref>((ref, method) => {
    const call = new AskCall(ref.#world, method, ref.#options);
    return (...args: unknown[]) => call.ask(ref.#target(args), args);
  });
  static readonly #streams = kindOfCall<Ref>(
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

  /** The actor itself; of a pool by key the worker that the key falls to. */
  #target(args: readonly unknown[]): Identity {
    const { shards } = this.#identity;
    if (shards === undefined) return this.#identity;
    let key: unknown = args;
    for (const part of shards.by.split('.')) key = (key as Record<string, unknown> | undefined)?.[part];
    const worker = shards.workers[hashOf(String(key)) % shards.workers.length];
    return { ...this.#identity, ...worker, shards: undefined };
  }

  /** The function behind `ref.tell.method`. */
  #teller(method: string): (...args: unknown[]) => boolean {
    const { urgent, transfer } = this.#options;
    const giving = limitsIn(this.#options);
    const isSharded = this.#identity.shards !== undefined;
    if (urgent !== true && transfer === undefined && giving === undefined && !isSharded) {
      return this.#plainTeller(method);
    }
    return (...args) => this.#postTell(method, args) === 'accepted';
  }

  /** Without options this is the hot path: what stays the same is looked up once, here. */
  #plainTeller(method: string): (...args: unknown[]) => boolean {
    const world = this.#world;
    const identity = this.#identity;
    const { post } = world;
    // In the table that all threads share; -1 as long as the name is not in it.
    let id = -1;
    const tell = (...args: unknown[]): boolean => {
      if (tracer !== undefined) return this.#postTell(method, args) === 'accepted';
      if (id < 0) id = post.shapes.methodId(method);
      const result = post.tell(identity, method, id, args, world.speaker());
      world.posted(identity, method, result);
      return result === 'accepted';
    };
    // `arguments`, since a list made for each message is half of what it leaves to the collector.
    return function (this: unknown, value?: unknown): boolean {
      // biome-ignore lint/complexity/noArguments: see above
      if (arguments.length !== 1 || tracer !== undefined) return tell.apply(undefined, arguments as never);
      if (id < 0) id = post.shapes.methodId(method);
      const result = post.tellOne(identity, method, id, value, world.speaker());
      world.posted(identity, method, result);
      return result === 'accepted';
    };
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
      world.post.insist(address, { kind: Kind.SENTINEL, args: [] });
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
