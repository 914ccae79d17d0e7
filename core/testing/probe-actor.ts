/** The actor behind a probe: whatever its messages are called, it hears them. */
import { Ref } from '../messaging/actor-ref.js';
import type { ActorContext } from '../messaging/context-types.js';
import { Kind, KindFlag } from '../messaging/envelope.js';
import type { AnyActorRef } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import { Rec } from '../queue/record.js';
import { Actor } from '../runtime/actor.js';
import type { Host } from '../runtime/host.js';

/** A message as it came. */
export interface Heard {
  readonly via: 'tell' | 'ask' | 'stream';
  readonly method: string;
  readonly args: readonly unknown[];
  readonly sender: AnyActorRef | undefined;
  /** Undefined for what was told; nobody waits for an answer. */
  readonly answer: Answer | undefined;
}

export interface Answer {
  given: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What hears: the half of a probe that the test has. */
export interface Listener {
  /** Of the life that runs. */
  context: ActorContext | undefined;
  hears(message: Heard): void;
  terminated(ref: AnyActorRef, reason: ExitReason): void;
}

/** By the number that is the actor's props: it is built anew when it is restarted, and finds the same listener. */
export const listeners = new Map<number, Listener>();

/** Named as users see it, in paths and types. */
export class Probe extends Actor<number> {
  /** Its messages wait for answers beside each other. */
  static concurrency = 1_000_000;

  constructor() {
    super();
    const listener = listeners.get(this.props) as Listener;
    const { context } = this;
    listener.context = context;
    const host = Ref.worldOf(this.self as unknown as Ref) as Host;
    // Closures: a proxy has no private fields, so `this.context` would not be found by what is called on it.
    const own: Record<string, unknown> = {
      onTerminated: (ref: AnyActorRef, reason: ExitReason) => listener.terminated(ref, reason),
    };
    // biome-ignore lint/correctness/noConstructorReturn: an instance that has whatever method is looked for
    return new Proxy(this, {
      get: (target, name) => own[name as string] ?? Reflect.get(target, name, target),
      getOwnPropertyDescriptor: (_target, name) => ({
        value: (...args: unknown[]) => hear(listener, host, context, String(name), args),
        configurable: true,
        enumerable: true,
        writable: true,
      }),
    });
  }
}

function hear(
  listener: Listener,
  host: Host,
  context: ActorContext,
  method: string,
  args: unknown[],
): unknown {
  const via = viaOf(host);
  const { sender } = context;
  if (via === 'tell') {
    listener.hears({ via, method, args, sender, answer: undefined });
    return undefined;
  }
  return new Promise((resolve, reject) => {
    // Nobody waits any more: it must not hold up the system's end.
    context.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    listener.hears({ via, method, args, sender, answer: { given: false, resolve, reject } });
  });
}

/** How the message came that is being handled. */
export function viaOf({ speaking, arena }: Host): Heard['via'] {
  const handling = speaking.cell && speaking.handlingOf(speaking.cell);
  if (handling?.replyTo === undefined) return 'tell';
  const kind = arena.i32[handling.record + Rec.KIND] & KindFlag.MASK;
  return kind === Kind.STREAM ? 'stream' : 'ask';
}
