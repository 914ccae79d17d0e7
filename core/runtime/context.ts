/** `this.context`: an actor's surroundings. */

import { OptionOutOfRangeError, WrongArgumentError } from '../errors.js';
import { MAX_TIMER_MS } from '../memory/later.js';
import { Ref } from '../messaging/actor-ref.js';
import type { ActorContext, Logger, Scheduler, Spawner, SystemRef } from '../messaging/context-types.js';
import { addressKey, Kind } from '../messaging/envelope.js';
import type { AnyActorRef } from '../messaging/ref-types.js';
import { tracer } from '../messaging/tracer.js';
import type { ActorCell } from './actor-cell.js';
import { actorLog } from './actor-log.js';
import type { Host } from './host.js';
import { spawnerFor } from './spawning.js';

/** A class, and its parts made when they are asked for: an object with all of them takes 2 kB for each actor. */
export class Context implements ActorContext {
  readonly #host: Host;
  readonly #cell: ActorCell;
  #spawner: Spawner | undefined;
  #log: Logger | undefined;
  #schedule: Scheduler | undefined;

  constructor(host: Host, cell: ActorCell) {
    this.#host = host;
    this.#cell = cell;
  }

  get #spawning(): Spawner {
    this.#spawner ??= spawnerFor(this.#host, this.#cell.address);
    return this.#spawner;
  }

  get spawn(): Spawner['spawn'] {
    return this.#spawning.spawn;
  }

  get pool(): Spawner['pool'] {
    return this.#spawning.pool;
  }

  get supervise(): Spawner['supervise'] {
    return this.#spawning.supervise;
  }

  get find(): Spawner['find'] {
    return this.#spawning.find;
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get path(): string {
    return this.#cell.identity.path;
  }

  get log(): Logger {
    this.#log ??= actorLog(this.#host, this.path);
    return this.#log;
  }

  get system(): SystemRef {
    return this.#host.systemRef();
  }

  get sender(): AnyActorRef | undefined {
    const sender = this.#host.speaking.handlingOf(this.#cell)?.sender;
    return sender === undefined ? undefined : (this.#host.refAt(sender) as unknown as AnyActorRef);
  }

  get signal(): AbortSignal {
    return this.#host.speaking.signalOf(this.#cell);
  }

  get schedule(): Scheduler {
    this.#schedule ??= schedulerFor(this.#host, this.#cell);
    return this.#schedule;
  }

  // Also taken out of the context: `const { watch, stop } = this.context`.

  get watch(): ActorContext['watch'] {
    return (ref) => watching(this.#host, this.#cell, 'watch', ref);
  }

  get unwatch(): ActorContext['unwatch'] {
    return (ref) => watching(this.#host, this.#cell, 'unwatch', ref);
  }

  get stop(): ActorContext['stop'] {
    return () => void this.#host.post.insist(this.#cell.address, { kind: Kind.SENTINEL, args: [] });
  }
}

function watching(host: Host, cell: ActorCell, op: 'watch' | 'unwatch', ref: AnyActorRef): void {
  const isObject = typeof ref === 'object' && ref !== null;
  const other = isObject ? Ref.identityIn(host, ref) : undefined;
  if (other === undefined) throw new WrongArgumentError(`context.${op}`, ref, 'a ref of an actor');
  const { box, generation } = other;
  const key = addressKey(box, generation);
  if (op === 'watch') {
    cell.watching ??= new Set();
    if (cell.watching.has(key)) return;
    cell.watching.add(key);
  } else if (cell.watching?.delete(key) !== true) return;
  host.line.tell({ op, watcher: cell.address, actor: { box, generation } });
}

function schedulerFor(host: Host, cell: ActorCell): Scheduler {
  const start = (ms: number, call: () => unknown, repeat: boolean): Disposable => {
    if (!(ms >= 0 && (ms <= MAX_TIMER_MS || ms === Number.POSITIVE_INFINITY))) {
      throw new OptionOutOfRangeError('ms', ms, `0 to ${MAX_TIMER_MS} milliseconds, or Infinity`);
    }
    if (ms === Number.POSITIVE_INFINITY) return { [Symbol.dispose]: () => undefined };
    let pending = false;
    const run = tracer === undefined ? call : tracer.bind(call);
    const fire = () => {
      if (!repeat) cell.schedules?.delete(entry);
      // A call that is late is not made up for.
      if (pending) return;
      pending = true;
      cell.addJob(() => {
        pending = false;
        return run();
      });
      host.ready(cell);
    };
    const timer = repeat ? setInterval(fire, ms) : setTimeout(fire, ms);
    const entry = {
      cancel() {
        clearTimeout(timer);
        cell.schedules?.delete(entry);
      },
    };
    host.line.noLongerSilent(cell);
    cell.schedules ??= new Set();
    cell.schedules.add(entry);
    return { [Symbol.dispose]: () => entry.cancel() };
  };
  return { once: (ms, call) => start(ms, call, false), every: (ms, call) => start(ms, call, true) };
}
