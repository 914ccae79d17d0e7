/**
 * What cannot lie in the arena travels beside a record, by ports, through the creating thread: SharedArrayBuffers and
 * transferred objects. The record carries a number; the receiver asks for it when it meets the record, so that it
 * finds the objects also after a restart on another thread.
 */
import { types } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { MessageNotSerializableError } from '../errors.js';
import { Header, Thread } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { type Address, sameAddress } from '../messaging/envelope.js';
import { notMoved } from '../messaging/moved-bytes.js';
import type { CoreCode } from './loader.js';

/** What can be moved to another thread. Its name in Node's types has changed, and users bring their own version. */
export type TransferListItem = NonNullable<Parameters<Worker['postMessage']>[1]>[number];

/** What goes over a worker's port. */
export type PortMessage =
  | {
      readonly t: 'attach';
      readonly number: number;
      readonly objects: readonly unknown[];
      readonly moved: readonly TransferListItem[];
      readonly to: Address | undefined;
    }
  | { readonly t: 'attachment'; readonly number: number; readonly objects: readonly unknown[] | undefined }
  /** Of a thread that has run actors, for those that are made next. */
  | { readonly t: 'code'; readonly code: CoreCode };

interface Found {
  readonly objects: readonly unknown[];
  readonly moved: readonly TransferListItem[];
}

interface Stored extends Found {
  /** The thread's inbox that it goes to; undefined for a mailbox. */
  readonly to: Address | undefined;
}

interface Wanted {
  deliver(found: Found): void;
  /** The inbox of the thread that asks. */
  readonly by: Address;
}

/**
 * Kept at the creating thread until the message that they belong to is done: whoever takes it up again after a
 * death finds them once more. What was moved is given once only; a second asker hears that it is gone.
 */
export class AttachmentStore {
  readonly #stored = new Map<number, Stored>();
  readonly #wanted = new Map<number, Wanted>();
  readonly #kept = new Set<number>();
  /** Done with before they have come: the port is slower than the arena. */
  readonly #early = new Set<number>();

  constructor(readonly isGone: (inbox: Address) => boolean) {}

  /** What belongs to messages that are not done; for specs. */
  get size(): number {
    return this.#stored.size + this.#wanted.size + this.#early.size;
  }

  put(number: number, found: Stored): void {
    if (this.#early.delete(number)) return;
    const wanted = this.#wanted.get(number);
    if (wanted === undefined && found.to !== undefined && this.isGone(found.to)) return;
    this.#stored.set(number, found);
    this.#wanted.delete(number);
    if (wanted !== undefined) this.take(number, wanted);
  }

  /** Props are decoded at every restart: what they refer to stays. */
  keep(number: number): void {
    this.#kept.add(number);
  }

  release(number: number): void {
    if (number === 0) return;
    this.#kept.delete(number);
    this.forget(number);
  }

  /** The message is done. */
  forget(number: number): void {
    // One that is waited for is forgotten by who waits.
    if (this.#kept.has(number) || this.#stored.delete(number) || this.#wanted.has(number)) return;
    // It was posted before its message: it is here when the event loop has looked at its ports once more.
    this.#early.add(number);
    setImmediate(() => setImmediate(() => this.#early.delete(number)));
  }

  /** A thread has ended: it waits for nothing, and what was for itself nobody will take. */
  threadEnded(inbox: Address): void {
    for (const [number, { by }] of this.#wanted) if (sameAddress(by, inbox)) this.#wanted.delete(number);
    for (const [number, { to }] of this.#stored) {
      if (to !== undefined && sameAddress(to, inbox)) this.#stored.delete(number);
    }
  }

  take(number: number, wanted: Wanted): void {
    const found = this.#stored.get(number);
    if (found === undefined) {
      this.#wanted.set(number, wanted);
      return;
    }
    // It dies with the thread that has it.
    if (found.moved.length > 0) this.#stored.set(number, { ...found, objects: [], moved: [] });
    wanted.deliver(found);
  }
}

/** One thread's end. */
export interface AttachmentPort {
  send(
    number: number,
    objects: readonly unknown[],
    transfer: readonly TransferListItem[],
    to: Address | undefined,
  ): void;
  ask(number: number): void;
  /** The message that it belongs to is done. */
  forget(number: number): void;
}

/** A buffer that was moved lets nobody look into it; Node 20 has no other way to ask. */
function isDetached(object: unknown): boolean {
  if (!types.isArrayBuffer(object)) return false;
  try {
    new Uint8Array(object);
    return false;
  } catch {
    return true;
  }
}

export class Attachments {
  readonly #arrived = new Map<number, readonly unknown[]>();
  readonly #asked = new Set<number>();
  readonly #waiters = new Map<number, (objects: readonly unknown[]) => void>();

  constructor(
    readonly thread: ThreadRecord,
    readonly port: AttachmentPort,
    readonly onArrival: (number: number) => void,
  ) {}

  /**
   * Whoever buries this thread drops the objects, unless their message is in a chain by then: see `unusedAttachment`.
   * @param to the inbox that their record goes to; undefined for a mailbox
   * @returns their number
   */
  send(objects: readonly unknown[], transfer: readonly unknown[], to?: Address): number {
    const { i32, base } = this.thread;
    // Of the whole system: a thread that dies leaves numbers behind, and its slot to another.
    const number = (Atomics.add(i32, Header.ATTACHMENTS, 1) & 0x7fffffff) + 1;
    const gone = transfer.findIndex(isDetached);
    if (gone >= 0) throw new MessageNotSerializableError(`transfer[${gone}]`, 'it has been moved already');
    i32[base + Thread.ATTACHING] = number;
    try {
      this.port.send(number, objects, transfer as readonly TransferListItem[], to);
    } catch (error) {
      throw notMoved(error);
    }
    return number;
  }

  /** The objects, once; undefined while they are under way. */
  take(number: number): readonly unknown[] | undefined {
    const objects = this.#arrived.get(number);
    if (objects === undefined && !this.#asked.has(number)) {
      this.#asked.add(number);
      this.port.ask(number);
      return this.#arrived.get(number);
    }
    return objects;
  }

  /** The objects as soon as they are here, and done with. */
  receive(number: number): Promise<readonly unknown[]> {
    const here = this.take(number);
    if (here !== undefined) {
      this.forget(number);
      return Promise.resolve(here);
    }
    return new Promise((resolve) => this.#waiters.set(number, resolve));
  }

  arrived(number: number, objects: readonly unknown[] | undefined): void {
    const waiter = this.#waiters.get(number);
    // Its message was given up meanwhile.
    if (!this.#asked.delete(number) && waiter === undefined) return;
    this.#arrived.set(number, objects ?? []);
    if (waiter !== undefined) {
      this.#waiters.delete(number);
      waiter(objects ?? []);
      this.forget(number);
    }
    this.onArrival(number);
  }

  forget(number: number): void {
    this.#arrived.delete(number);
    this.#asked.delete(number);
    this.port.forget(number);
  }
}
