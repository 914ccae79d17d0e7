/** A thread's line to the creating thread: requests that are answered, and notes that are not. */
import { SystemStoppedError } from '../errors.js';
import type { LifecycleCall } from '../messaging/actor-ref.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { LogEntry } from '../messaging/options.js';
import type { Pending } from '../messaging/pending.js';
import type { SystemCall, ToSystem } from './control.js';
import { described } from './thrown.js';

export class SystemLine {
  #closed = false;

  constructor(
    readonly post: PostOffice,
    readonly pending: Pending,
    /** The creating thread's inbox. */
    readonly system: Address,
    /** This thread's own, for the answers. */
    readonly inbox: Address,
  ) {}

  /** @param from the actor that asks; undefined for the program */
  request(call: SystemCall, from: Address | undefined): Promise<unknown> {
    if (this.#closed) return Promise.reject(new SystemStoppedError(call.call));
    return new Promise((resolve, reject) => {
      const { post, pending, system: target, inbox: replyTo } = this;
      const correlation = pending.open({ resolve, reject, target }, Number.POSITIVE_INFINITY);
      try {
        const asker = from === undefined ? undefined : { box: from.box, generation: from.generation };
        const value = { op: 'request', from: asker, call };
        post.flush();
        const result = post.post(target, { kind: Kind.CONTROL, value, correlation, replyTo });
        if (result === 'closed') throw new SystemStoppedError(call.call);
      } catch (error) {
        pending.close(correlation);
        reject(error);
      }
    });
  }

  lifecycle(call: LifecycleCall, from: Address | undefined): Promise<unknown> {
    const { op, actor } = call;
    this.post.flush();
    if (op === 'stop') return this.request({ call: op, actor, timeoutMs: call.timeoutMs }, from);
    return this.request({ call: op, actor }, from);
  }

  tell(message: ToSystem): void {
    try {
      this.#put(message);
    } catch (error) {
      if (!('error' in message)) throw error;
      this.#put({ ...message, error: described(message.error) });
    }
  }

  #put(value: ToSystem): void {
    this.post.post(this.system, { kind: Kind.CONTROL, value });
  }

  log(entry: LogEntry): void {
    try {
      this.tell({ op: 'log', entry });
    } catch {
      // Fields that cannot travel: the line goes without them, but for the error.
      const fields = entry.fields?.error === undefined ? undefined : { error: described(entry.fields.error) };
      this.tell({ op: 'log', entry: { ...entry, fields } });
    }
  }

  /** What this library itself has to complain of; `actor` when it is about one. */
  complain(message: string, fields: Record<string, unknown>, actor = 'system'): void {
    this.log({ time: Date.now(), level: 'error', actor, message, fields });
  }

  close(): void {
    this.#closed = true;
  }
}
