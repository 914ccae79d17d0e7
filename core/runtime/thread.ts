/**
 * The spawner's half of a thread: workers, their slots and inboxes. The creating thread makes them all, since a
 * worker's children would die with it, and `exit` reaches only the creator.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { ArenaFullError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, BoxKind, type Granule, Header, Thread, ThreadState, wordOf } from '../memory/layout.js';
import { homeOf, reserveReady } from '../memory/ready-set.js';
import { claimThread, recordOf, type ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import { tellable } from '../messaging/thrown.js';
import type { AttachmentStore, PortMessage } from './attachments.js';
import type { Boxes } from './boxes.js';
import type { Blueprint, Recipe } from './control.js';
import { CORE_KEY, coreCode, takeCode, workerEntry } from './loader.js';
import { ReadyBits } from './ready-bits.js';
import { Telling } from './told.js';

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
  /** It is kept ready: it has time to load what its actor's module will import, and to practise. */
  readonly spare: boolean;
  /** Its creator waits for the compiled code of a thread that has run actors. */
  readonly handsBack: boolean;
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
  readonly readyBits: ReadyBits;
  /** What it was told, and has told. */
  readonly blueprints: Telling<Blueprint>;
  readonly recipes: Recipe[];
  shared: boolean;
  dead: boolean;
  error: unknown;
  /** The box of the actor on whose account it was terminated. */
  culprit?: Granule;
  exitTimer: NodeJS.Timeout | undefined;
  exited: Promise<void>;
}

export class Threads {
  readonly entries = new Map<number, ThreadEntry>();
  /** Who is to hand back its compiled code; `undefined` until there is one, `'done'` when one has. */
  #handsBack: number | 'done' | undefined;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly boxes: Boxes,
    readonly store: AttachmentStore,
    readonly boot: Omit<WorkerBoot, 'slot' | 'buffer' | 'spare' | 'handsBack'>,
    readonly defaults: ThreadOptions & { readonly workerUrl: URL },
    readonly onExit: (entry: ThreadEntry, code: number) => void,
  ) {}

  /** Gives a thread record its inbox, and bit 0 of its ready set to that. */
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

  /**
   * Starts a worker. What is posted to its inbox meanwhile waits there.
   * @throws {ArenaFullError} there are as many threads as there can be
   * @throws what Node says of its options
   */
  create(options: ThreadOptions = {}, shared = false, spare = false): ThreadEntry {
    const { arena } = this;
    const slot = claimThread(arena);
    if (slot < 0) throw new ArenaFullError(0, arena.bytesInUse, arena.capacity);
    let inbox: Address | undefined;
    try {
      inbox = Threads.equip(arena, this.thread, this.boxes, slot);
      return this.#enlist(slot, inbox, this.#spawn(slot, options, spare), shared);
    } catch (error) {
      if (this.#handsBack === slot) this.#handsBack = undefined;
      if (inbox !== undefined) this.boxes.release(inbox);
      Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.FREE);
      throw error;
    }
  }

  #spawn(slot: number, options: ThreadOptions, spare: boolean): Worker {
    const { defaults } = this;
    this.#handsBack ??= slot;
    const handsBack = this.#handsBack === slot;
    const boot: WorkerBoot = { ...this.boot, slot, buffer: this.arena.buffer, spare, handsBack };
    const execArgv = options.execArgv ?? defaults.execArgv;
    return new Worker(defaults.workerUrl, {
      workerData: { [BOOT_KEY]: boot, [CORE_KEY]: coreCode() },
      // Left out when nobody gave any: then a worker inherits, also flags that it would refuse as its own.
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      env: options.env ?? defaults.env ?? undefined,
      resourceLimits: options.resourceLimits ?? defaults.resourceLimits ?? {},
    } as ConstructorParameters<typeof Worker>[1]);
  }

  #enlist(slot: number, inbox: Address, worker: Worker, shared: boolean): ThreadEntry {
    const { i32 } = this.arena;
    let ended: () => void = () => undefined;
    const exited = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const entry: ThreadEntry = {
      slot,
      inbox,
      worker,
      readyBits: new ReadyBits(1),
      blueprints: new Telling(),
      recipes: [],
      shared,
      dead: false,
      error: undefined,
      exitTimer: undefined,
      exited,
    };
    i32[recordOf(slot) + Thread.NODE_ID] = worker.threadId;
    Atomics.store(i32, recordOf(slot) + Thread.STATE, ThreadState.ALIVE);
    Atomics.add(i32, Header.ALIVE, 1);
    this.entries.set(slot, entry);
    worker.on('message', (message: PortMessage) => {
      if (message.t === 'attach') this.store.put(message.number, message);
      else if (message.t === 'code') {
        takeCode(message.code);
        this.#handsBack = 'done';
      }
    });
    worker.on('error', (error) => {
      // Why it was terminated says more than that it was.
      entry.error ??= tellable(error);
    });
    worker.on('exit', (code) => {
      clearTimeout(entry.exitTimer);
      if (this.#handsBack === slot) this.#handsBack = undefined;
      entry.dead = true;
      Atomics.store(i32, recordOf(slot) + Thread.STATE, ThreadState.DEAD);
      Atomics.sub(i32, Header.ALIVE, 1);
      ended();
      this.onExit(entry, code);
    });
    return entry;
  }

  /** The record is free for another thread, once the dead one is buried. */
  forget(entry: ThreadEntry): void {
    this.entries.delete(entry.slot);
    Atomics.store(this.arena.i32, recordOf(entry.slot) + Thread.STATE, ThreadState.FREE);
  }
}

/** Where the thread's entry is: what loads core, or what stands beside this file; in a bundle, the bundle itself. */
export function defaultWorkerUrl(): URL {
  if (workerEntry !== undefined) return new URL(workerEntry);
  const beside = new URL('./worker-main.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL(import.meta.url);
}
