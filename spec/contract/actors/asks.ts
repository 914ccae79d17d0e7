/** Actors that are asked, in every state. */
import { Actor, type ActorRef } from '../../../core/index.js';
import { knock, passGate } from '../../support/gate.js';

const here = import.meta.url;

export class Answers extends Actor {
  static module = here;
  #handled: string[] = [];
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
    return 'held';
  }
  note(what: string) {
    this.#handled.push(what);
    return what;
  }
  handled() {
    return this.#handled;
  }
  nothing() {}
  text(length: number) {
    return 'x'.repeat(length);
  }
  async untilAborted(begun: SharedArrayBuffer, aborted: SharedArrayBuffer) {
    const { signal } = this.context;
    knock(begun);
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    knock(aborted);
    return 'too late';
  }
  fail() {
    throw new RangeError('for good');
  }
  exit() {
    process.exit(4);
  }
  async askOther(other: ActorRef<Answers>, back: ActorRef<Answers>) {
    return await other.ask.askBack(back);
  }
  async askBack(back: ActorRef<Answers>) {
    return await back.with({ timeoutMs: 300 }).ask.note('never');
  }
  async askSelfLater() {
    await null;
    return await (this.self as ActorRef<Answers>).with({ timeoutMs: 100 }).ask.note('never');
  }
  async stopSelfLater() {
    await null;
    return (await (this.self as ActorRef<Answers>).stop()).reason.kind;
  }
  async joinSelfLater() {
    await null;
    return await (this.self as ActorRef<Answers>).join().then(
      () => 'resolved',
      (error: Error) => error.name,
    );
  }
  async shutdownLater() {
    await null;
    await this.context.system.shutdown();
    return 'begun';
  }
  async child() {
    return await this.context.spawn(Answers, { name: 'child' });
  }
  async stopAsChild(parent: ActorRef<Answers>) {
    return (await parent.stop()).reason.kind;
  }
  async joinAsChild(parent: ActorRef<Answers>) {
    return await parent.join().then(
      () => 'resolved',
      (error: Error) => error.name,
    );
  }
}
