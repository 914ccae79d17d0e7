/**
 * Streams that the actors of a thread, or its program, gave as arguments of messages.
 *
 * One can be subscribed to until its message is done with, as the body of a request is read while the request lasts;
 * what is subscribed by then goes on. Whoever settles the message says so (`release`). A message that passes the
 * stream on holds it too; of two threads either may be heard of first.
 */
import { StreamArgumentOverError } from '../errors.js';
import { Refusal } from '../messaging/codec/refusal.js';
import type { StreamLimits } from '../messaging/credit.js';
import { type Address, Kind, KindFlag } from '../messaging/envelope.js';
import {
  givenStream,
  handleOf,
  isObservableArgument,
  isStreamArgument,
  type StreamHandle,
} from '../messaging/given-stream.js';
import { isAlive } from '../messaging/stopped.js';
import { Rec } from '../queue/record.js';
import type { ActorCell } from './actor-cell.js';
import type { ToHost } from './control.js';
import type { Host } from './host.js';

interface Given {
  readonly stream: unknown;
  /** Undefined for the program's. */
  readonly cell: ActorCell | undefined;
  readonly path: string;
  /** Who was to get it first. */
  readonly target: Address;
  /** Messages that hold it, by their marks. */
  readonly holds: Set<string>;
  /** Messages that were done with before it was heard that they hold it. */
  readonly released: Set<string>;
}

/** What a message takes along, noted when it is encoded. */
export interface Taken {
  readonly handle: StreamHandle;
  /** Undefined when it is passed on. */
  readonly stream: unknown;
  readonly cell: ActorCell | undefined;
}

const MISPLACED =
  'a stream can be given as an argument of a message only; a method that returns one is called by ref.stream';

/** In place of what travels beside a record and is not here. Half a megabyte: not before it is needed. */
let unknown: readonly unknown[] | undefined;
const anyObjects = (): readonly unknown[] => {
  unknown ??= new Array(1 << 16);
  return unknown;
};

/** So many are looked through at first for those whose receiver is gone. */
const FIRST_SWEEP = 256;

export class GivenStreams {
  readonly #given = new Map<number, Given>();
  #next = 1;
  #sweepAt = FIRST_SWEEP;
  /** Set while a record is read for the streams that it holds. */
  #met: StreamHandle[] | undefined;

  constructor(readonly host: Host) {}

  /** How a value lies in a message, when it is a stream; `taken` is to be handed to {@link keep}. */
  encode(value: object): { readonly data: StreamHandle; readonly taken?: Taken } | undefined {
    const passed = handleOf(value);
    if (passed === undefined && !isStreamArgument(value)) return undefined;
    const { host } = this;
    if (!host.post.encoder.isArguments) {
      // As in a dead letter: it is shown, and can be subscribed to while its message holds it.
      if (passed !== undefined) return { data: passed };
      throw new Refusal(value, MISPLACED);
    }
    const taken = this.#take(value, passed);
    return { data: taken.handle, taken };
  }

  #take(value: object, passed: StreamHandle | undefined): Taken {
    const { host } = this;
    const number = this.#next++;
    const hold = `${host.inbox.box}.${host.inbox.generation}.${number}`;
    const limits = host.post.giving ?? passed?.limits;
    if (passed !== undefined)
      return { handle: { ...passed, hold, limits }, stream: undefined, cell: undefined };
    const cell = host.speaking.speaker();
    const handle = {
      inbox: { box: host.inbox.box, generation: host.inbox.generation },
      number,
      hold,
      actor: cell?.address,
      path: cell?.identity.path ?? 'the program',
      isObservable: isObservableArgument(value),
      limits,
    };
    return { handle, stream: value, cell };
  }

  /** A message that was encoded takes these along. @returns what is to be said when it is on its way */
  keep(target: Address, taken: readonly Taken[]): () => void {
    for (const { handle, stream, cell } of taken) {
      const { number, hold, path } = handle;
      if (stream === undefined) continue;
      this.#given.set(number, {
        stream,
        cell,
        path,
        target,
        holds: new Set([hold]),
        released: new Set(),
      });
    }
    if (this.#given.size > this.#sweepAt) this.#sweep();
    return () => {
      for (const { handle, stream } of taken) if (stream === undefined) this.#say('stream-hold', handle);
    };
  }

  /** A stream, as its receiver has it. */
  read(handle: StreamHandle): object {
    this.#met?.push(handle);
    return givenStream(this.host, handle);
  }

  /** The streams that a record holds; `objects` travel beside it, undefined when they are not here. */
  within(record: number, words: Int32Array, objects: readonly unknown[] | undefined): StreamHandle[] {
    if ((words[record + Rec.KIND] & KindFlag.STREAMS) === 0) return [];
    const { arena, post } = this.host;
    const met: StreamHandle[] = [];
    this.#met = met;
    try {
      const bytes = words === arena.i32 ? arena.u8 : new Uint8Array(words.buffer);
      post.open(record, words, bytes, objects ?? anyObjects());
      post.decoder.values();
    } catch {
      // What travelled beside it is gone: those in front of it are known.
    } finally {
      this.#met = undefined;
    }
    return met;
  }

  /** Their message is done with. */
  release(handles: readonly StreamHandle[]): void {
    for (const handle of handles) this.#say('stream-release', handle);
  }

  #say(op: 'stream-hold' | 'stream-release', { inbox, number, hold }: StreamHandle): void {
    const value: ToHost = { op, number, hold };
    this.host.post.insist(inbox, { kind: Kind.CONTROL, value });
  }

  held(number: number, hold: string): void {
    const given = this.#given.get(number);
    if (given === undefined || given.released.delete(hold)) return;
    given.holds.add(hold);
  }

  released(number: number, hold: string): void {
    const given = this.#given.get(number);
    if (given === undefined) return;
    if (!given.holds.delete(hold)) given.released.add(hold);
    if (given.holds.size === 0) this.#given.delete(number);
  }

  /** Somebody whom a message has brought it subscribes. */
  subscribe(number: number, subscriber: Address, correlation: number, limits: StreamLimits): void {
    const { host } = this;
    const given = this.#given.get(number);
    if (given === undefined) {
      const value = new StreamArgumentOverError();
      host.post.insist(subscriber, { kind: Kind.STREAM_ERROR, value, correlation });
      return;
    }
    const { stream, cell, path } = given;
    host.streams.open({ cell, subscriber, correlation, label: { path, method: undefined }, limits }, stream);
  }

  /** An instance has ended: nobody can subscribe any more to what it gave. */
  endOf(cell: ActorCell): void {
    for (const [number, given] of this.#given) if (given.cell === cell) this.#given.delete(number);
  }

  /** Those whose message was lost with its receiver: nobody says so. */
  #sweep(): void {
    for (const [number, { target }] of this.#given) {
      if (!isAlive(this.host, target)) this.#given.delete(number);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#given.size * 2);
  }
}
