/**
 * The spawner's half of a thread: workers, their slots and inboxes. The creating thread makes them all, since a
 * worker's children would die with it, and `exit` reaches only the creator.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { ArenaFullError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, BoxKind, Header, Thread, ThreadState, wordOf } from '../memory/layout.js';
import { homeOf, reserveReady } from '../memory/ready-set.js';
import { claimThread, recordOf, type ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import type { AttachmentStore, PortMessage } from './attachments.js';
import type { Boxes } from './boxes.js';

/** What a worker is told at its start. */
export interface WorkerBoot {
  readonly buffer: SharedArrayBuffer;
  readonly slot: number;
  readonly name: string;
  readonly systemInbox: Address;
  readonly askTimeoutMs: number;
  readonly askCycle: 'report' | 'reject';
  readonly providers: string | undefined;
  readonly preload: readonly string[];
}

/** Under this key of `workerData`. */
export const BOOT_KEY = 'troupe:boot';

export interface ThreadOptions {
  readonly execArgv?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
}

export interface ThreadEntry {
  readonly slot: number;
  readonly inbox: Address;
  readonly worker: Worker | undefined;
  /** Indexes of its ready set in use. */
  readonly indexes: Set<number>;
  shared: boolean;
  dead: boolean;
  error: unknown;
  exitTimer: NodeJS.Timeout | undefined;
  exited: Promise<void>;
}

export class Threads {
  readonly entries = new Map<number, ThreadEntry>();

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly boxes: Boxes,
    readonly store: AttachmentStore,
    readonly boot: Omit<WorkerBoot, 'slot' | 'buffer'>,
    readonly defaults: ThreadOptions & { readonly workerUrl: URL },
    readonly onExit: (entry: ThreadEntry, code: number) => void,
  ) {}

  /** Gives a thread record its inbox, and the ready-set place 0 to that. */
  static equip(arena: Arena, thread: ThreadRecord, boxes: Boxes, slot: number): Address {
    const inbox = boxes.open({
      kind: BoxKind.INBOX,
      maxItems: Number.POSITIVE_INFINITY,
      maxBytes: Number.POSITIVE_INFINITY,
    });
    arena.i32[wordOf(inbox.box) + Box.HOME] = homeOf(slot, 0);
    arena.i32[recordOf(slot) + Thread.INBOX] = inbox.box;
    reserveReady(arena, thread, 0, recordOf(slot));
    return inbox;
  }

  /** Starts a worker. What is posted to its inbox meanwhile waits there. */
  create(options: ThreadOptions = {}, shared = false): ThreadEntry {
    const { arena } = this;
    const slot = claimThread(arena);
    if (slot < 0) throw new ArenaFullError(0, arena.bytesInUse, arena.capacity);
    const inbox = Threads.equip(arena, this.thread, this.boxes, slot);
    const boot: WorkerBoot = { ...this.boot, slot, buffer: arena.buffer };
    const execArgv = options.execArgv ?? this.defaults.execArgv;
    const worker = new Worker(this.defaults.workerUrl, {
      workerData: { [BOOT_KEY]: boot },
      // Left out when nobody gave any: then a worker inherits, also flags that it would refuse as its own.
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      env: options.env ?? this.defaults.env ?? undefined,
      resourceLimits: options.resourceLimits ?? this.defaults.resourceLimits ?? {},
    } as ConstructorParameters<typeof Worker>[1]);
    let ended: () => void = () => undefined;
    const entry: ThreadEntry = {
      slot,
      inbox,
      worker,
      indexes: new Set([0]),
      shared,
      dead: false,
      error: undefined,
      exitTimer: undefined,
      exited: new Promise((resolve) => {
        ended = resolve;
      }),
    };
    arena.i32[recordOf(slot) + Thread.NODE_ID] = worker.threadId;
    Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.ALIVE);
    Atomics.add(arena.i32, Header.ALIVE, 1);
    this.entries.set(slot, entry);
    worker.on('message', (message: PortMessage) => {
      if (message.t === 'attach') this.store.put(message.number, message.objects, message.moved);
    });
    worker.on('error', (error) => {
      entry.error = error;
    });
    worker.on('exit', (code) => {
      clearTimeout(entry.exitTimer);
      entry.dead = true;
      Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.DEAD);
      Atomics.sub(arena.i32, Header.ALIVE, 1);
      ended();
      this.onExit(entry, code);
    });
    return entry;
  }

  /** The lowest free place in a thread's ready set. */
  static placeIn(entry: ThreadEntry): number {
    let index = entry.indexes.size;
    while (entry.indexes.has(index)) index++;
    entry.indexes.add(index);
    return index;
  }

  /** The record is free for another thread, once the dead one is buried. */
  forget(entry: ThreadEntry): void {
    this.entries.delete(entry.slot);
    Atomics.store(this.arena.i32, recordOf(entry.slot) + Thread.STATE, ThreadState.FREE);
  }
}

/** Where the thread's entry is: beside this file, or, in a bundle, the bundle itself. */
export function defaultWorkerUrl(): URL {
  const beside = new URL('./worker-main.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL(import.meta.url);
}
