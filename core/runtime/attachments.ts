/**
 * What cannot lie in the arena travels beside a record, by ports, through the creating thread: SharedArrayBuffers and
 * transferred objects. The record carries a number; the receiver asks for it when it meets the record, so that it
 * finds the objects also after a restart on another thread.
 */
import type { TransferListItem } from 'node:worker_threads';

/** What goes over a worker's port. */
export type PortMessage =
  | {
      readonly t: 'attach';
      readonly number: number;
      readonly objects: readonly unknown[];
      readonly moved: readonly TransferListItem[];
    }
  | { readonly t: 'attachment'; readonly number: number; readonly objects: readonly unknown[] | undefined };

/** Kept at the creating thread until they are asked for. */
export class AttachmentStore {
  readonly #stored = new Map<number, { objects: readonly unknown[]; moved: readonly TransferListItem[] }>();
  readonly #wanted = new Map<
    number,
    (found: { objects: readonly unknown[]; moved: readonly TransferListItem[] }) => void
  >();
  readonly #kept = new Set<number>();

  put(number: number, objects: readonly unknown[], moved: readonly TransferListItem[]): void {
    const found = { objects, moved };
    const wanted = this.#wanted.get(number);
    if (wanted === undefined || this.#kept.has(number)) this.#stored.set(number, found);
    this.#wanted.delete(number);
    wanted?.(found);
  }

  /** Props are decoded at every restart: what they refer to stays. */
  keep(number: number): void {
    this.#kept.add(number);
  }

  release(number: number): void {
    this.#kept.delete(number);
    this.#stored.delete(number);
  }

  take(
    number: number,
    deliver: (found: { objects: readonly unknown[]; moved: readonly TransferListItem[] }) => void,
  ): void {
    const found = this.#stored.get(number);
    if (found === undefined) {
      this.#wanted.set(number, deliver);
      return;
    }
    if (!this.#kept.has(number)) this.#stored.delete(number);
    deliver(found);
  }
}

/** One thread's end. */
export interface AttachmentPort {
  send(number: number, objects: readonly unknown[], transfer: readonly TransferListItem[]): void;
  ask(number: number): void;
}

export class Attachments {
  readonly #arrived = new Map<number, readonly unknown[]>();
  readonly #asked = new Set<number>();
  #next = 1;

  constructor(
    readonly slot: number,
    readonly port: AttachmentPort,
    readonly onArrival: (number: number) => void,
  ) {}

  send(objects: readonly unknown[], transfer: readonly unknown[]): number {
    const number = ((this.slot << 20) | (this.#next++ & 0xfffff)) + 1;
    this.port.send(number, objects, transfer as readonly TransferListItem[]);
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

  arrived(number: number, objects: readonly unknown[] | undefined): void {
    this.#asked.delete(number);
    this.#arrived.set(number, objects ?? []);
    this.onArrival(number);
  }

  forget(number: number): void {
    this.#arrived.delete(number);
  }
}
