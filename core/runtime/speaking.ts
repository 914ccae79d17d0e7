/**
 * Who is speaking on a thread: whose line runs, and of which message. The sender of what is sent now.
 *
 * Up to its first await a handler is known by who called it. After it, where several actors live, by an
 * AsyncLocalStorage that each actor's share of a turn runs in: also timers and callbacks that it leaves behind
 * belong to it. A share, not a message: so synchronous methods do not pay. Measured with told messages on a shared
 * thread, whose handlers await one to three times: 0.4 to 0.7 µs more each on Node 20 (1.7 before), where promises
 * are tracked by hooks, 0.1 to 0.3 µs on Node 24; synchronous ones as before on both.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { NONE } from '../memory/layout.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { Identity } from '../messaging/ref-world.js';
import type { Reader } from '../queue/reader.js';
import { ActorCell } from './actor-cell.js';
import { abortOf, begin, type Handling } from './handling.js';

/**
 * Whose line it is; with several handlers at once, and in streams, of which message. One store for all systems of a
 * thread: on Node 20 every promise made there costs time for each store in use, so one for each would add up.
 */
const lines = new AsyncLocalStorage<ActorCell | Handling | undefined>();
/** Nobody's line: not what the program had on its mind when an actor came up. */
const nobody = new AsyncResource('troupe');
/**
 * From Node 24 on a share runs in a scope that its actor keeps: to enter it takes 15 ns, `run` of a store 220. Before, `run`
 * takes 17, and a scope would keep for good what a handler enters with `enterWith`.
 */
const KEEPS_SCOPES = Number.parseInt(process.versions.node, 10) >= 24;
/** Systems that use the store. */
let users = 0;

export class Speaking {
  /** The actor whose code runs now, up to its first await. */
  cell: ActorCell | undefined;
  /** The message that it handles, once anything is noted of it. */
  handling: Handling | undefined;
  /** Its record and reader, while nothing has been noted. */
  record = 0;
  reader: Reader | undefined;
  /**
   * An actor that has its thread to itself needs no store: whatever is nobody else's line is its. Once anything runs
   * in the store, every share does: a turn begins in the context of whoever has asked for it.
   */
  #tracked = false;
  #own: ActorCell | undefined;
  /** The line that was found last, and whose it is: what tells in a row is one line, and whose it is took a tenth of each. */
  #known: ActorCell | Handling | undefined;
  #knownCell: ActorCell | undefined;

  constructor(readonly post: PostOffice) {}

  /** An actor comes to live here. */
  joins(cell: ActorCell): void {
    if (cell.hasOwnThread) this.#own = cell;
    else this.#track();
  }

  /** The system has ended: whatever its actors have left running speaks for nobody. */
  close(): void {
    if (this.#tracked && --users === 0) lines.disable();
    this.#tracked = false;
  }

  #track(): void {
    if (!this.#tracked) users++;
    this.#tracked = true;
  }

  /** Of this system's lines: an actor may use another system, whose actors are not it. */
  #line(): ActorCell | Handling | undefined {
    const line = this.#tracked ? lines.getStore() : undefined;
    if (line === this.#known) return line;
    const cell = line instanceof ActorCell ? line : line?.owner;
    if (cell?.arena !== this.post.arena) return undefined;
    this.#known = line;
    this.#knownCell = cell;
    return line;
  }

  actor(): Identity | undefined {
    return this.speaker()?.identity;
  }

  speaker(): ActorCell | undefined {
    if (this.cell !== undefined) return this.cell;
    const cell = this.#line() === undefined ? this.#own : this.#knownCell;
    // What a stopped actor has left running speaks for nobody.
    return cell?.ended === true ? undefined : cell;
  }

  /** Runs an actor's share of a turn, `run(host, cell, budget)`. */
  share<H, T>(
    cell: ActorCell,
    run: (host: H, cell: ActorCell, budget: number) => T,
    host: H,
    budget: number,
  ): T {
    if (!this.#tracked) return run(host, cell, budget);
    if (!KEEPS_SCOPES) return lines.run(cell, run, host, cell, budget);
    return this.#scopeOf(cell).runInAsyncScope(run, undefined, host, cell, budget);
  }

  #scopeOf(cell: ActorCell): AsyncResource {
    cell.scope ??= nobody.runInAsyncScope(() => lines.run(cell, () => new AsyncResource('troupe actor')));
    return cell.scope;
  }

  /** Runs code of an actor's own, outside of a share: a hook, or what it has left to be called. */
  as<T>(cell: ActorCell, run: () => T): T {
    const before = this.cell;
    this.cell = cell;
    try {
      // Not in its scope: what stands around the call, as a span does, is to be seen by it.
      return this.#tracked ? lines.run(cell, run) : run();
    } finally {
      this.cell = before;
    }
  }

  /** Runs a handler whose later lines are to be told from those of the actor's other messages. */
  within<T>(handling: Handling, run: () => T): T {
    this.#track();
    return lines.run(handling, run);
  }

  /** Runs what is no actor's. */
  asNobody<T>(run: () => T): T {
    const before = this.cell;
    this.cell = undefined;
    try {
      return this.#tracked ? lines.run(undefined, run) : run();
    } finally {
      this.cell = before;
    }
  }

  /** A function that speaks as who speaks now, whoever's turn it is called in. */
  bound<A extends unknown[]>(call: (...args: A) => void): (...args: A) => void {
    const cell = this.speaker();
    return cell === undefined ? call : (...args) => this.as(cell, () => call(...args));
  }

  /** The message that an actor's running line belongs to. */
  handlingOf(cell: ActorCell): Handling | undefined {
    if (this.cell === cell && this.handling !== undefined) return this.handling;
    if (this.cell === cell && this.record !== 0) {
      return begin(this.post, this, cell, this.record, this.reader, NONE, false);
    }
    const line = this.#line();
    if (line !== undefined && !(line instanceof ActorCell) && line.owner === cell) return line;
    return cell.handling?.only;
  }

  /** Aborts when nobody waits for that message any more. */
  signalOf(cell: ActorCell): AbortSignal {
    const handling = this.handlingOf(cell);
    if (handling === undefined) {
      cell.stopSignal ??= new AbortController();
      return cell.stopSignal.signal;
    }
    return abortOf(handling).signal;
  }
}
