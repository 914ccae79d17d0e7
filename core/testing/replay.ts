/**
 * Lets a fresh actor have the messages of a recording: in this thread, where a debugger stops, and at the times at which
 * they came, in virtual time.
 *
 * ```ts
 * for (const { method, args, error } of await replay(Counter, 'counter.jsonl')) console.log(method, args, error);
 * ```
 */
// biome-ignore-all lint/suspicious/noExplicitAny: `any` is what matches every class of actors here
import { Ref } from '../messaging/actor-ref.js';
import type { ActorClass, ActorRef, AnyActorRef } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import { Actor } from '../runtime/actor.js';
import type { ActorCell } from '../runtime/actor-cell.js';
import type { Host } from '../runtime/host.js';
import type { Call } from '../runtime/method-table.js';
import { isThenable } from '../runtime/settle.js';
import { setAround } from '../runtime/taps.js';
import { driverOf } from './driver.js';
import { viaOf } from './probe-actor.js';
import { fromJson, refsIn } from './recorded-values.js';
import { type RecordedLine, type Recording, readRecording } from './recording.js';
import type { TestProbe } from './test-probe.js';
import { TestSystem, type TestSystemOptions } from './test-system.js';

/** How a recording is played. */
export interface ReplayOptions<A = unknown> extends Omit<TestSystemOptions, 'startTime'> {
  /** In the place of those that were recorded. */
  readonly props?: A extends Actor<infer P> ? P : unknown;
  /**
   * Answers what the actor asks of others, who are not there: it is given the path of whom was asked. What is not
   * answered runs into the ask's time-out.
   */
  readonly answer?: (path: string, method: string, args: readonly unknown[]) => unknown;
}

/** A message that was handled in a replay, recorded or sent by the actor itself. */
export interface Replayed {
  /** `terminated` for the notice of an end, with `onTerminated` as its method. */
  readonly via: 'tell' | 'ask' | 'stream' | 'terminated';
  readonly method: string;
  readonly args: readonly unknown[];
  /** The path of who had sent it; undefined for the program. */
  readonly from: string | undefined;
  /** When it was begun, in virtual milliseconds since the recording's beginning. */
  readonly atMs: number;
  /** `pending` when it had not come to its end with the replay. */
  readonly outcome: 'handled' | 'failed' | 'pending';
  /** What the method returned, or its promise came to. */
  readonly result: unknown;
  /** What it has thrown. */
  readonly error: unknown;
}

/**
 * Starts an actor in a `TestSystem`, and gives it the messages of a recording one after the other. Supervision is as
 * ever: a told message that throws restarts it. Those whom it was told of are stood in for by probes; its children are
 * real, and inline as it is.
 *
 * @returns the messages in the order in which they were begun, and what became of each
 * @throws {RecordingUnreadableError}
 * @throws {TestSystemRunningError} a test system is running in this thread
 */
export async function replay<A extends Actor<any>>(
  type: ActorClass<A>,
  file: string,
  options: ReplayOptions<A> = {},
): Promise<Replayed[]> {
  const recording = readRecording(file);
  const { props, answer, ...rest } = options;
  const startTime = new Date(recording.head.startedAt);
  const system = await TestSystem.start({ ...rest, startTime });
  try {
    const replaying = new Replaying(system, recording, answer);
    await replaying.start(type, props);
    return await replaying.play();
  } finally {
    await system.shutdown({ drain: false });
  }
}

/** So much virtual time have the last messages to come to their end. */
const LAST_WAIT_MS = 60_000;

type AnyStream = (...args: unknown[]) => { subscribe(observer: { error(): void }): void };

class Replaying {
  readonly #standIns = new Map<string, TestProbe>();
  readonly #replayed: Replayed[] = [];
  #ref: ActorRef<any> | undefined;
  /** Why the actor's children had ended, by path: they are ended here in another way. */
  readonly #reasons = new Map<string, unknown>();
  /** Ends of a child's path that the actor has heard of here and has not come to in the recording. */
  readonly #ahead = new Map<string, number>();

  constructor(
    readonly system: TestSystem,
    readonly recording: Recording,
    readonly answer: ReplayOptions['answer'],
  ) {}

  async start(type: ActorClass<any>, props: unknown): Promise<void> {
    const { head } = this.recording;
    await this.#standIn();
    const given = props === undefined ? this.#value(head.props) : props;
    const name = head.path.slice(head.path.lastIndexOf('/') + 1);
    this.#ref = (await this.system.spawn(type, { name, props: given } as never)) as ActorRef<any>;
    const identity = Ref.identityOf(this.#ref);
    const host = Ref.worldOf(this.#ref as unknown as Ref) as Host;
    const cell = identity && host.cells.of(identity);
    if (cell !== undefined) this.#look(host, cell);
  }

  /** A probe for each that is spoken of, or has spoken. */
  async #standIn(): Promise<void> {
    const { head, lines } = this.recording;
    const paths = new Set(refsIn(head.props).keys());
    for (const { via, from, args } of lines) {
      if (from !== undefined && !this.#isOwn(from)) paths.add(from);
      for (const path of refsIn(args).keys()) if (via !== 'terminated' || !this.#isOwn(path)) paths.add(path);
    }
    paths.delete(head.path);
    // Their paths are not those recorded: who is below another one would need that one.
    for (const path of paths) {
      const name = `${this.#standIns.size + 1}:${path.slice(1).replaceAll('/', ':')}`;
      this.#standIns.set(path, await this.system.createProbe({ name, answers: this.#answersOf(path) }));
    }
  }

  /** Whatever it is asked. */
  #answersOf(path: string): Record<string, never> {
    const { answer } = this;
    if (answer === undefined) return {};
    const get =
      (_target: object, method: string) =>
      (...args: unknown[]) =>
        answer(path, method, args);
    return new Proxy({}, { get: get as never });
  }

  /** What it has sent itself, and its children send it, they will send again. */
  #isOwn(from: string): boolean {
    const { path } = this.recording.head;
    return from === path || from.startsWith(`${path}/`);
  }

  #value(json: Parameters<typeof fromJson>[0]): unknown {
    return fromJson(json, (path) =>
      path === this.recording.head.path ? this.#ref : this.#standIns.get(path)?.ref,
    );
  }

  /** Notes what each message comes to. */
  #look(host: Host, cell: ActorCell): void {
    const instead = (method: string, call: Call): Call => {
      const note = (args: unknown[]) => {
        if (method === 'onTerminated') this.#giveReason(args);
        return this.#note(host, cell, method, args);
      };
      return function (this: unknown, ...args) {
        const settled = note(args);
        try {
          const result = call.apply(this, args);
          if (isThenable(result)) {
            result.then(
              (value) => settled({ outcome: 'handled', result: value }),
              (error: unknown) => settled({ outcome: 'failed', error }),
            );
          } else settled({ outcome: 'handled', result });
          return result;
        } catch (error) {
          settled({ outcome: 'failed', error });
          throw error;
        }
      };
    };
    setAround(cell, { instead, end: () => undefined });
  }

  #note(host: Host, cell: ActorCell, method: string, args: unknown[]): (end: Partial<Replayed>) => void {
    const sender = host.speaking.handlingOf(cell)?.sender;
    const at = this.#replayed.length;
    this.#replayed.push({
      via: method === 'onTerminated' ? 'terminated' : viaOf(host),
      method,
      args,
      from: sender && this.#recordedPath(host.refAt(sender).path),
      atMs: this.system.nowMs,
      outcome: 'pending',
      result: undefined,
      error: undefined,
    });
    return (end) => {
      this.#replayed[at] = { ...this.#replayed[at], ...end };
    };
  }

  #recordedPath(path: string): string {
    for (const [recorded, { ref }] of this.#standIns) if (ref.path === path) return recorded;
    return path;
  }

  async play(): Promise<Replayed[]> {
    for (const line of this.recording.lines) {
      if (line.from !== undefined && this.#isOwn(line.from)) continue;
      await this.system.advance(Math.max(0, Math.floor(line.atMs - this.system.nowMs)));
      if (line.via === 'terminated') this.#end(line);
      else this.#send(line);
      await this.system.settled();
    }
    const isOver = () => this.#replayed.every(({ outcome }) => outcome !== 'pending');
    const world = Ref.worldOf(this.#ref as unknown as Ref);
    if (!isOver()) await driverOf(world).until(isOver, LAST_WAIT_MS);
    return this.#replayed;
  }

  /**
   * The notice that one has ended, if it is watched here too. A stand-in goes on: another one of that path may be spoken
   * of later. A child, which is real, ends, unless it has by itself.
   */
  #end({ args }: RecordedLine): void {
    const [path] = refsIn(args).keys();
    const reason = this.#value(args[1]) as ExitReason;
    const actor = this.#ref as unknown as Ref;
    if (this.#isOwn(path)) {
      const { path: own } = actor;
      const here = own + path.slice(this.recording.head.path.length);
      const ahead = this.#ahead.get(here) ?? 0;
      if (ahead > 0) this.#ahead.set(here, ahead - 1);
      if (ahead > 0 || !this.system.metrics().actors.some((each) => each.path === here)) return;
      this.#reasons.set(here, reason);
      void this.system.find(Actor, here).kill();
      return;
    }
    const ended = Ref.identityOf(this.#standIns.get(path)?.ref as unknown as Ref);
    const watcher = Ref.identityOf(actor);
    if (ended === undefined || watcher === undefined) return;
    const { box, generation, types } = ended;
    const note = { actor: { box, generation }, path: ended.path, type: types[0], reason };
    (Ref.worldOf(actor) as Host).notify(watcher, note);
  }

  #giveReason(args: unknown[]): void {
    const { path } = args[0] as AnyActorRef;
    if (!this.#reasons.has(path)) {
      if (path.startsWith(`${(this.#ref as AnyActorRef).path}/`))
        this.#ahead.set(path, (this.#ahead.get(path) ?? 0) + 1);
      return;
    }
    args[1] = this.#reasons.get(path);
    this.#reasons.delete(path);
  }

  #send({ via, from, method, args }: RecordedLine): void {
    const ref = this.#ref as AnyActorRef;
    const values = args.map((arg) => this.#value(arg));
    const say = () => {
      if (via === 'tell') ref.tell[method](...values);
      // What becomes of it is noted where it is handled.
      else if (via === 'ask') ref.ask[method](...values).catch(() => undefined);
      else (ref.stream[method] as unknown as AnyStream)(...values).subscribe({ error: () => undefined });
    };
    const sender = from === undefined ? undefined : this.#standIns.get(from);
    if (sender === undefined) say();
    else sender.send(say);
  }
}
