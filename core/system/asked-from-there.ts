/** Who is answered by the desk: another thread, and the spawner of what has started. Objects: a spawn has one of each. */
import { postAnswer } from '../messaging/answer.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { Asked } from '../runtime/system-line.js';
import type { ActorNode, Starting } from '../supervision/actor-node.js';

/** Answers a thread that has asked. */
export class AskedFromThere implements Asked {
  constructor(
    readonly post: PostOffice,
    readonly replyTo: Address,
    readonly correlation: number,
  ) {}

  resolve(value: unknown): void {
    this.#say(Kind.REPLY, value);
  }

  reject(error: unknown): void {
    this.#say(Kind.REPLY_ERROR, error);
  }

  #say(kind: Kind, value: unknown): void {
    const { post, replyTo, correlation } = this;
    postAnswer(post, replyTo, { kind, value, correlation });
  }
}

/** Tells who has asked for it. */
export class Spawned implements Starting {
  constructor(readonly asked: Asked) {}

  resolve({ identity }: ActorNode): void {
    const { box, generation, path } = identity;
    // Another thread knows the rest of what it has asked for.
    this.asked.resolve(this.asked instanceof AskedFromThere ? { box, generation, path } : identity);
  }

  reject(error: unknown): void {
    this.asked.reject(error);
  }
}
