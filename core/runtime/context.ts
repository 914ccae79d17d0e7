/** `this.context`: an actor's surroundings. */

import { OptionOutOfRangeError, WrongArgumentError } from '../errors.js';
import { MAX_TIMER_MS } from '../memory/later.js';
import { Ref } from '../messaging/actor-ref.js';
import type { ActorContext, Logger, Scheduler, SystemRef } from '../messaging/context-types.js';
import { addressKey, Kind } from '../messaging/envelope.js';
import type { AnyActorRef } from '../messaging/ref-types.js';
import { tracer } from '../messaging/tracer.js';
import type { ActorCell } from './actor-cell.js';
import { actorLog } from './actor-log.js';
import type { Host } from './host.js';
import { spawnerFor } from './spawning.js';

export function contextOf(host: Host, cell: ActorCell): ActorContext {
  const { identity } = cell;
  const { address } = cell;
  const watching = (op: 'watch' | 'unwatch', ref: AnyActorRef) => {
    const isObject = typeof ref === 'object' && ref !== null;
    const other = isObject ? Ref.identityIn(host, ref) : undefined;
    if (other === undefined) throw new WrongArgumentError(`context.${op}`, ref, 'a ref of an actor');
    const key = addressKey(other.box, other.generation);
    if (op === 'watch') {
      cell.watching ??= new Set();
      if (cell.watching.has(key)) return;
      cell.watching.add(key);
    } else if (cell.watching?.delete(key) !== true) return;
    host.line.tell({ op, watcher: address, actor: { box: other.box, generation: other.generation } });
  };
  const spawner = spawnerFor(host, address);
  let log: Logger | undefined;
  return {
    ...spawner,
    name: identity.path.slice(identity.path.lastIndexOf('/') + 1),
    path: identity.path,
    get log(): Logger {
      log ??= actorLog(host, identity.path);
      return log;
    },
    get system(): SystemRef {
      return host.systemRef();
    },
    get sender(): AnyActorRef | undefined {
      const sender = host.speaking.handlingOf(cell)?.sender;
      return sender === undefined ? undefined : (host.refAt(sender) as unknown as AnyActorRef);
    },
    get signal(): AbortSignal {
      return host.speaking.signalOf(cell);
    },
    watch: (ref) => watching('watch', ref),
    unwatch: (ref) => watching('unwatch', ref),
    stop() {
      host.post.post(address, { kind: Kind.SENTINEL, args: [] });
    },
    schedule: schedulerFor(host, cell),
  };
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
      cell.jobs.push(() => {
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
    cell.schedules ??= new Set();
    cell.schedules.add(entry);
    return { [Symbol.dispose]: () => entry.cancel() };
  };
  return { once: (ms, call) => start(ms, call, false), every: (ms, call) => start(ms, call, true) };
}
