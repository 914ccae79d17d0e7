/** An actor that sends from wherever its code may run, and one that notes from whom that came. */
import { Actor, type ActorId, type ActorRef } from '../../core/index.js';
import { passGate } from '../support/gate.js';

const here = import.meta.url;

/** Notes who has sent what; those who wait for a note are answered when it comes. */
export class Notary extends Actor {
  static module = here;
  static concurrency = 1000;
  readonly #from = new Map<string, { path: string; id: ActorId } | undefined>();
  readonly #waiting = new Map<string, () => void>();
  note(what: string) {
    const { sender } = this.context;
    this.#from.set(what, sender && { path: sender.path, id: sender.id });
    this.#waiting.get(what)?.();
  }
  async from(what: string): Promise<string> {
    return (await this.#noted(what))?.path ?? '(nobody)';
  }
  /** Stays what it is when the sender has ended by the time the note is read; the path does not. */
  async idFrom(what: string): Promise<ActorId | undefined> {
    return (await this.#noted(what))?.id;
  }
  async #noted(what: string) {
    if (!this.#from.has(what)) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(what, resolve);
      });
    }
    return this.#from.get(what);
  }
}

interface SpeakerProps {
  readonly notary: ActorRef<Notary>;
  /** Goes before what it says, so that two of them are told apart. */
  readonly as?: string;
}

export class Speaker extends Actor<SpeakerProps> {
  static module = here;
  readonly #say = (what: string) => this.props.notary.tell.note(`${this.props.as ?? ''}${what}`);

  override async onStart() {
    await null;
    this.#say('onStart');
  }
  override async onStop() {
    await null;
    this.#say('onStop');
  }
  override async onTerminated() {
    await null;
    this.#say('onTerminated');
  }
  async afterAwait() {
    await null;
    this.#say('afterAwait');
  }
  async afterGate(gate: SharedArrayBuffer, what: string) {
    await passGate(gate);
    this.#say(what);
  }
  /** Gives a promise, and is no AsyncFunction. */
  byPromise() {
    return Promise.resolve().then(() => {
      this.#say('byPromise');
    });
  }
  /** Returns at once, and leaves something to be called. */
  byTimer() {
    setTimeout(() => this.#say('byTimer'), 0);
  }
  bySchedule() {
    this.context.schedule.once(0, async () => {
      await null;
      this.#say('bySchedule');
    });
  }
  watch(other: ActorRef<Speaker>) {
    this.context.watch(other);
  }
  bySubscription(other: ActorRef<Speaker>) {
    other.stream.one().subscribe(() => this.#say('bySubscription'));
  }
  byLoop(other: ActorRef<Speaker>) {
    const loop = async () => {
      for await (const _ of other.stream.one()) this.#say('byLoop');
    };
    void loop();
  }
  subscribe(other: ActorRef<Speaker>) {
    other.stream.tellingSelf().subscribe();
  }
  byDeadLetter(gone: ActorRef<Speaker>) {
    this.context.system.deadLetters$.subscribe(() => this.#say('byDeadLetter'));
    gone.tell.afterAwait();
  }
  async *one() {
    try {
      await null;
      this.#say('byGenerator');
      yield 1;
    } finally {
      this.#say('byEndOfGenerator');
    }
  }
  async *endless() {
    try {
      for (;;) yield 1;
    } finally {
      this.#say('byLeaving');
    }
  }
  async untilAborted() {
    const { signal } = this.context;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        this.#say('byAbort');
        resolve();
      });
    });
  }
  /** Its lines belong to its subscriber's message; what it tells is a message of its own. */
  async *tellingSelf() {
    await null;
    (this.self as ActorRef<Speaker>).tell.saySender();
    yield 1;
  }
  async saySender() {
    await null;
    this.#say(`sender is ${this.context.sender?.path}`);
  }
  /** A child on the same thread: from now on there are two. */
  async spawnInline() {
    const { notary } = this.props;
    const child = await this.context.spawn(Speaker, {
      name: 'child',
      placement: 'inline',
      props: { notary, as: 'child: ' },
    });
    this.#say('afterSpawn');
    await child.ask.afterAwait();
    this.#say('afterChild');
    return child;
  }
  /** What runs on, whatever becomes of this actor. */
  leaveRunning(gate: SharedArrayBuffer) {
    void passGate(gate).then(() => this.#say('leftRunning'));
  }
}
