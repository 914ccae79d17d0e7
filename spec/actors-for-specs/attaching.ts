/** Actors whose messages have shared memory and moved objects beside them. */
import { Actor, type ActorRef } from '../../core/index.js';
import { Outbox } from '../../core/messaging/outbox.js';
import { Attachments } from '../../core/runtime/attachments.js';
import { knock, passGate } from '../support/gate.js';

const here = import.meta.url;

export class Keeper extends Actor<SharedArrayBuffer | undefined> {
  static module = here;
  #taken = 0;
  take(_object: unknown) {
    this.#taken++;
  }
  taken() {
    return this.#taken;
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  give() {
    return new SharedArrayBuffer(8);
  }
  fail(_object: unknown) {
    throw new Error('as asked for');
  }
}

export type Way = 'shared' | 'moved';

/** What few bytes are moved is copied instead, with nothing beside the message. */
export const objectOf = (way: Way) =>
  way === 'shared' ? new SharedArrayBuffer(8) : new ArrayBuffer(1 << 20);

export class Carrier extends Actor {
  static module = here;
  tell(to: ActorRef<Keeper>, way: Way, count = 1) {
    for (let i = 0; i < count; i++) {
      const object = objectOf(way);
      (way === 'shared' ? to : to.with({ transfer: [object] })).tell.take(object);
    }
  }
  async sendAndGiveUp(to: ActorRef<Keeper>, way: Way) {
    const object = objectOf(way);
    const transfer = way === 'shared' ? [] : [object];
    await to
      .with({ timeoutMs: 5, transfer })
      .send.take(object)
      .catch(() => undefined);
  }
  /** Asks, and is gone before the answer comes. */
  async askAndDie(to: ActorRef<Keeper>, gate: SharedArrayBuffer) {
    void to.ask.give();
    await passGate(gate);
    process.exit();
  }
  /** Asks, and keeps its thread, so that the answer is not read. */
  askAndBlock(to: ActorRef<Keeper>, gate: SharedArrayBuffer) {
    void to.ask.give();
    this.context.schedule.once(0, () => {
      knock(gate);
      Atomics.wait(new Int32Array(gate), 0, 0);
    });
  }
  /** Its objects are sent, and it dies before their message is. */
  dieBetween(to: ActorRef<Keeper>, way: Way) {
    const { send } = Attachments.prototype;
    Attachments.prototype.send = function (...objects) {
      send.apply(this, objects);
      process.exit();
    };
    this.tell(to, way);
  }
  /** Its second message is staged, and it dies before it has noted that. */
  dieStaging(to: ActorRef<Keeper>, way: Way) {
    const { commit } = Outbox.prototype;
    Outbox.prototype.commit = function (length) {
      commit.call(this, length);
      process.exit();
    };
    this.tell(to, way, 2);
  }
  /** It dies as soon as their message is accepted. */
  dieBehind(to: ActorRef<Keeper>, way: Way, count: number) {
    this.tell(to, way, count);
    process.exit();
  }
  async spawnAndDie() {
    void this.context.spawn(Keeper, { props: new SharedArrayBuffer(8) });
    process.exit();
  }
  ping() {
    return 'pong';
  }
}

/** Says what has come, as it is here. */
export class Customs extends Actor {
  static module = here;
  look({ words, tail, buffer }: { words: Int32Array; tail: Buffer; buffer: ArrayBuffer }) {
    words[1] = 0;
    return {
      isOne: words.buffer === buffer && tail.buffer === buffer,
      words: [words.byteOffset, words.length],
      tail: [...tail],
      size: buffer.byteLength,
    };
  }
  lookAtPart(part: Buffer) {
    return [part.byteOffset, part.length, part.buffer.byteLength];
  }
}
