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
import type { ActorRef, AnyActorRef } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import type { Host } from '../runtime/host.js';
import { type Driver, driverOf } from './driver.js';
import { Ears, Message } from './ears.js';
import { describe, describeHeard, type Expectation, fits } from './expected.js';
import { listeners, Probe } from './probe-actor.js';
import type { NewProbeOptions, ProbeOptions, ProbePlace, TestProbe } from './test-probe.js';

let lastNumber = 0;

/**
 * Starts a probe: an inline actor, in the thread of the test.
 *
 * @param place the system, or an actor's context
 * @throws {NameTakenError} a sibling has that name
 */
export async function createProbe<A = any>(
  place: ProbePlace,
  options: NewProbeOptions<A> = {},
): Promise<TestProbe<A>> {
  optionsOf('createProbe', options);
  const ears = new Ears((options.answers ?? {}) as Ears['answers']);
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
