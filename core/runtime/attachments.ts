/**
 * What cannot lie in the arena travels beside a record, by ports, through the creating thread: SharedArrayBuffers and
 * transferred objects. The record carries a number; the receiver asks for it when it meets the record, so that it
 * finds the objects also after a restart on another thread.
 */
import { types } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { MessageNotSerializableError } from '../errors.js';
import { Header } from '../memory/layout.js';

/** What can be moved to another thread. Its name in Node's types has changed, and users bring their own version. */
export type TransferListItem = NonNullable<Parameters<Worker['postMessage']>[1]>[number];

/** What goes over a worker's port. */
export type PortMessage =
  | {
      readonly t: 'attach';
      readonly number: number;
      readonly objects: readonly unknown[];
      readonly moved: readonly TransferListItem[];
    }
  | { readonly t: 'attachment'; readonly number: number; readonly objects: readonly unknown[] | undefined };

/**
 * Kept at the creating thread until the message that they belong to is done: whoever takes it up again after a
 * death finds them once more. What was moved is given once only; a second asker hears that it is gone.
 */
export class AttachmentStore {
  readonly #stored = new Map<number, { objects: readonly unknown[]; moved: readonly TransferListItem[] }>();
  readonly #wanted = new Map<
    number,
    (found: { objects: readonly unknown[]; moved: readonly TransferListItem[] }) => void
  >();
  readonly #kept = new Set<number>();
  /** Moved objects that were given: they died with their thread, or will. */
  readonly #given = new Set<number>();

  put(number: number, objects: readonly unknown[], moved: readonly TransferListItem[]): void {
    const found = { objects, moved };
    const wanted = this.#wanted.get(number);
    this.#stored.set(number, found);
    this.#wanted.delete(number);
    if (wanted !== undefined) this.take(number, wanted);
  }

  /** Props are decoded at every restart: what they refer to stays. */
  keep(number: number): void {
    this.#kept.add(number);
  }

  release(number: number): void {
    this.#kept.delete(number);
    this.forget(number);
  }

  /** The message is done. */
  forget(number: number): void {
    if (this.#kept.has(number)) return;
    this.#stored.delete(number);
    this.#given.delete(number);
  }

  take(
    number: number,
    deliver: (found: { objects: readonly unknown[]; moved: readonly TransferListItem[] }) => void,
  ): void {
    const found = this.#stored.get(number);
    if (found === undefined) {
      if (this.#given.has(number)) deliver(GONE);
      else this.#wanted.set(number, deliver);
      return;
    }
    if (found.moved.length > 0) {
      this.#stored.delete(number);
      this.#given.add(number);
    }
    deliver(found);
  }
}

const GONE = { objects: [], moved: [] };

/** One thread's end. */
export interface AttachmentPort {
  send(number: number, objects: readonly unknown[], transfer: readonly TransferListItem[]): void;
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
    readonly i32: Int32Array,
    readonly port: AttachmentPort,
    readonly onArrival: (number: number) => void,
  ) {}

  send(objects: readonly unknown[], transfer: readonly unknown[]): number {
    // Of the whole system: a thread that dies leaves numbers behind, and its slot to another.
    const number = (Atomics.add(this.i32, Header.ATTACHMENTS, 1) & 0x7fffffff) + 1;
    const gone = transfer.findIndex(isDetached);
    if (gone >= 0) throw new MessageNotSerializableError(`transfer[${gone}]`, 'it has been moved already');
    try {
      this.port.send(number, objects, transfer as readonly TransferListItem[]);
    } catch (error) {
      throw new MessageNotSerializableError('transfer', `not all of it can be moved: ${String(error)}`);
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
    this.#asked.delete(number);
    this.#arrived.set(number, objects ?? []);
    const waiter = this.#waiters.get(number);
    if (waiter !== undefined) {
      this.#waiters.delete(number);
      waiter(objects ?? []);
      this.forget(number);
    }
    this.onArrival(number);
  }

  forget(number: number): void {
    this.#arrived.delete(number);
    this.port.forget(number);
  }
}
