/**
 * An actor that a test speaks by and listens with.
 *
 * ```ts
 * const probe = await createProbe<{ sold(item: string): void }>(system);
 * shop.tell.inform(probe.ref);
 * shop.tell.sell('pen');
 * await probe.expectMessage('sold', 'pen');
 * await probe.expectNoMessage();
 * ```
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { ProbeExpectationError } from '../errors.js';
import { Ref } from '../messaging/actor-ref.js';
import { duration, optionsOf } from '../messaging/checks.js';
import type { ActorContext, Spawner } from '../messaging/context-types.js';
import type { ActorRef, AnyActorRef, MessageOf } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import type { Host } from '../runtime/host.js';
import { type Driver, driverOf } from './driver.js';
import { type ArgsOf, describe, describeHeard, type Expectation, type Expected, fits } from './expected.js';
import { type Heard, type Listener, listeners, Probe } from './probe-actor.js';

/** A message that a probe has heard. */
export interface ProbeMessage<A = any, K extends keyof A = MessageOf<A>> {
  /** A `send` arrives as a `tell` does. */
  readonly via: 'tell' | 'ask' | 'stream';
  readonly method: K;
  readonly args: ArgsOf<A[K]>;
  readonly sender: AnyActorRef | undefined;
  /** Answers it. @throws {ProbeExpectationError} it was told, or has been answered */
  reply(value?: unknown): void;
  /** Answers it by an error. @throws {ProbeExpectationError} as `reply` */
  fail(error: unknown): void;
}

/** How long a probe waits. */
export interface ProbeOptions {
  /**
   * For a message, and for none, in milliseconds of the system's time: in a `TestSystem` its clock goes on. Default
   * 3000 for a message and 100 for none; in a `TestSystem` 0, since it does all there is to do at one point of time.
   */
  readonly timeoutMs?: number;
}

/** Whatever a system is made of that can have actors under it. */
export type ProbePlace = Pick<Spawner, 'spawn'>;

/** An actor that tells a test what it hears, and is told by the test what to answer. Made by `createProbe`. */
export interface TestProbe<A = any> {
  /** To be handed to whom is tested. It can be sent, and found by its path. */
  readonly ref: ActorRef<A>;
  /** All that was heard, in order. */
  readonly messages: readonly ProbeMessage<A>[];
  /** Who has sent the message that was expected last; undefined for the program. */
  readonly sender: AnyActorRef | undefined;
  /** The next message, whatever it is. */
  expectMessage(): Promise<ProbeMessage<A>>;
  /**
   * The next message has to be this one. Without arguments any will do; else all have to be equal, or fit the function
   * that stands in their place.
   * @throws {ProbeExpectationError} another one came, or none in time
   */
  expectMessage<K extends MessageOf<A>>(
    method: K,
    ...args: Expected<ArgsOf<A[K]>> | []
  ): Promise<ProbeMessage<A, K>>;
  /** So many messages, whatever they are. @throws {ProbeExpectationError} there were fewer in time */
  receiveMessages(count: number): Promise<ProbeMessage<A>[]>;
  /** The next message that is this one; what comes before it is passed over. @throws {ProbeExpectationError} */
  fishForMessage<K extends MessageOf<A>>(
    method: K,
    ...args: Expected<ArgsOf<A[K]>> | []
  ): Promise<ProbeMessage<A, K>>;
  /** Nothing more comes, for as long as `timeoutMs`. @throws {ProbeExpectationError} something was heard */
  expectNoMessage(): Promise<void>;
  /** That actor ends; also if it has already. @throws {ProbeExpectationError} not in time */
  expectTerminated(ref: AnyActorRef): Promise<ExitReason>;
  /** Answers the message that was expected last. @throws {ProbeExpectationError} it was told, or has been answered */
  reply(value?: unknown): void;
  /** Answers the message that was expected last by an error. @throws {ProbeExpectationError} as `reply` */
  fail(error: unknown): void;
  /** What is sent in here has this probe as its sender: `probe.send(() => shop.tell.sell('pen'))`. */
  send<T>(call: () => T): T;
  /** The same probe, which waits for so long: `probe.with({ timeoutMs: 10_000 }).expectMessage('done')`. */
  with(options: ProbeOptions): TestProbe<A>;
  /** Stops it. */
  stop(): Promise<unknown>;
}

let lastNumber = 0;

/**
 * Starts a probe: an inline actor, in the thread of the test.
 *
 * @param place the system, or an actor's context
 * @throws {NameTakenError} a sibling has that name
 */
export async function createProbe<A = any>(
  place: ProbePlace,
  options: ProbeOptions & { readonly name?: string } = {},
): Promise<TestProbe<A>> {
  optionsOf('createProbe', options);
  const ears = new Ears();
  const number = ++lastNumber;
  listeners.set(number, ears);
  const { name } = options;
  const ref = await place.spawn(Probe, { props: number, placement: 'inline', name });
  // An actor that has ended is not built again.
  void ref.join().then(
    () => listeners.delete(number),
    () => listeners.delete(number),
  );
  return new Probing(ref as unknown as ActorRef<A>, ears, options) as unknown as TestProbe<A>;
}

/** What it has heard, and how far the test has come. */
class Ears implements Listener {
  context: ActorContext | undefined;
  readonly messages: Message[] = [];
  readonly ended: { ref: AnyActorRef; reason: ExitReason }[] = [];
  /** How many of them the test has taken. */
  taken = 0;
  last: Message | undefined;
  driver: Driver | undefined;

  hears(heard: Heard): void {
    this.messages.push(new Message(heard));
    this.driver?.changed();
  }

  terminated(ref: AnyActorRef, reason: ExitReason): void {
    this.ended.push({ ref, reason });
    this.driver?.changed();
  }
}

class Message {
  readonly via: Heard['via'];
  readonly method: string;
  readonly args: readonly unknown[];
  readonly sender: AnyActorRef | undefined;
  readonly #answer: Heard['answer'];

  constructor({ via, method, args, sender, answer }: Heard) {
    this.via = via;
    this.method = method;
    this.args = args;
    this.sender = sender;
    this.#answer = answer;
  }

  reply(value?: unknown): void {
    this.#take('reply').resolve(value);
  }

  fail(error: unknown): void {
    this.#take('fail').reject(error);
  }

  #take(call: string): NonNullable<Heard['answer']> {
    const answer = this.#answer;
    if (answer === undefined) {
      const why =
        'it was told, so nobody waits for an answer. Send one: probe.send(() => message.sender.tell…)';
      throw new ProbeExpectationError(
        `${call}: ${describeHeard(this)} cannot be answered: ${why}`,
        'ask',
        'tell',
      );
    }
    if (answer.given) {
      throw new ProbeExpectationError(
        `${call}: ${describeHeard(this)} has been answered`,
        'no answer',
        'one',
      );
    }
    answer.given = true;
    return answer;
  }
}

/** A probe, with the patience that it was given. */
class Probing {
  readonly #ears: Ears;
  readonly #options: ProbeOptions;
  readonly #host: Host;
  readonly #driver: Driver;

  constructor(
    readonly ref: ActorRef<any>,
    ears: Ears,
    options: ProbeOptions,
  ) {
    duration('timeoutMs', options.timeoutMs, 0);
    this.#ears = ears;
    this.#options = options;
    this.#host = Ref.worldOf(ref as unknown as Ref) as Host;
    this.#driver = driverOf(this.#host);
    ears.driver = this.#driver;
  }

  get messages(): readonly Message[] {
    return this.#ears.messages;
  }

  get sender(): AnyActorRef | undefined {
    return this.#ears.last?.sender;
  }

  async expectMessage(method?: string, ...args: unknown[]): Promise<Message> {
    const expected = { method, args };
    const message = await this.#next(expected);
    if (fits(expected, message)) return message;
    throw this.#failure(
      `expected ${describe(expected)}, and heard ${describeHeard(message)}`,
      expected,
      message,
    );
  }

  async receiveMessages(count: number): Promise<Message[]> {
    const ears = this.#ears;
    const first = ears.taken;
    await this.#driver.until(() => ears.messages.length >= first + count, this.#limitMs('forMessage'));
    const heard = ears.messages.slice(first, first + count);
    if (heard.length < count) {
      const what = `expected ${count} messages${this.#inTime('forMessage')}, and heard ${heard.length}`;
      throw this.#failure(
        `${what}${heard.length > 0 ? `: ${heard.map(describeHeard).join(', ')}` : ''}`,
        count,
        heard.length,
      );
    }
    ears.taken += count;
    ears.last = heard.at(-1) ?? ears.last;
    return heard;
  }

  async fishForMessage(method: string, ...args: unknown[]): Promise<Message> {
    const expected = { method, args };
    for (;;) {
      const message = await this.#next(expected);
      if (fits(expected, message)) return message;
    }
  }

  async expectNoMessage(): Promise<void> {
    const ears = this.#ears;
    await this.#driver.until(() => ears.messages.length > ears.taken, this.#limitMs('forNone'));
    const [heard] = ears.messages.slice(ears.taken);
    if (heard !== undefined) {
      throw this.#failure(
        `expected no message, and heard ${describeHeard(heard)}`,
        'no message',
        plain(heard),
      );
    }
  }

  async expectTerminated(ref: AnyActorRef): Promise<ExitReason> {
    const ears = this.#ears;
    ears.context?.watch(ref);
    const find = () => ears.ended.find((end) => end.ref.id === ref.id);
    await this.#driver.until(() => find() !== undefined, this.#limitMs('forMessage'));
    const found = find();
    if (found !== undefined) return found.reason;
    throw this.#failure(`expected ${ref.path} to end${this.#inTime('forMessage')}`, 'its end', 'none');
  }

  reply(value?: unknown): void {
    this.#lastOne('reply').reply(value);
  }

  fail(error: unknown): void {
    this.#lastOne('fail').fail(error);
  }

  send<T>(call: () => T): T {
    const identity = Ref.identityOf(this.ref);
    const cell = identity && this.#host.cells.of(identity);
    return cell === undefined ? call() : this.#host.speaking.as(cell, call);
  }

  with(options: ProbeOptions): Probing {
    optionsOf('probe.with', options);
    return new Probing(this.ref, this.#ears, { ...this.#options, ...options });
  }

  stop(): Promise<unknown> {
    return this.ref.stop();
  }

  async #next(expected: Expectation): Promise<Message> {
    const ears = this.#ears;
    await this.#driver.until(() => ears.messages.length > ears.taken, this.#limitMs('forMessage'));
    const next = ears.messages[ears.taken];
    if (next === undefined) {
      const what = `expected ${describe(expected)}${this.#inTime('forMessage')}, and heard nothing`;
      throw this.#failure(ears.taken > 0 ? `${what} more` : what, expected, undefined);
    }
    ears.taken++;
    ears.last = next;
    return next;
  }

  #lastOne(call: string): Message {
    const { last } = this.#ears;
    if (last === undefined) {
      throw this.#failure(`${call}: no message was expected before`, 'a message', undefined);
    }
    return last;
  }

  #limitMs(what: keyof Driver['usualMs']): number {
    return this.#options.timeoutMs ?? this.#driver.usualMs[what];
  }

  #inTime(what: keyof Driver['usualMs']): string {
    const ms = this.#limitMs(what);
    return ms > 0 ? ` within ${ms} ms` : '';
  }

  #failure(message: string, expected: unknown, actual: unknown): ProbeExpectationError {
    const shown = actual instanceof Message ? plain(actual) : actual;
    return new ProbeExpectationError(`${this.ref.path} ${message}${this.#driver.remark}`, expected, shown);
  }
}

/** For the runner's comparison: in the form of what was expected. */
const plain = ({ method, args }: Message): Expectation => ({ method, args });
