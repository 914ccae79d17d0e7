/** Parents whose children matter: generations that fail, and those who want children too late. */
import { Actor, type ActorRef, type ExitReason } from '../../core/index.js';
import { passGate } from '../support/gate.js';
import { enter } from './ledger.js';

export interface GenerationProps {
  readonly ledger: SharedArrayBuffer;
  /** So many more below this one. */
  readonly below: number;
  /** Restarts that each of them has. */
  readonly budget: number;
}

/** Has one child, which has one child, and so on. Its start stands in the ledger as 100 + `below`. */
export class Generation extends Actor<GenerationProps> {
  static module = import.meta.url;
  #child: ActorRef<Generation> | undefined;
  override async onStart() {
    const { ledger, below, budget } = this.props;
    if (below > 0) {
      this.#child = await this.context.spawn(Generation, {
        name: 'child',
        placement: 'shared',
        supervision: { maxRestarts: budget },
        props: { ledger, below: below - 1, budget },
      });
    }
    enter(ledger, 100 + below);
  }
  override onStop(reason: ExitReason) {
    enter(this.props.ledger, (reason.kind === 'failed' ? 300 : 200) + this.props.below);
  }
  child() {
    return this.#child;
  }
  fail(message: string) {
    throw new Error(message);
  }
  here() {
    return this.context.path;
  }
}

/** Its child fails for good while it is still starting itself. */
export class BereavedAtStart extends Actor {
  static module = import.meta.url;
  override async onStart() {
    const child = await this.context.spawn(Generation, {
      name: 'child',
      supervision: { maxRestarts: 0 },
      props: { ledger: new SharedArrayBuffer(1024), below: 0, budget: 0 },
    });
    child.tell.fail('too early');
    await child.join();
    await new Promise(() => undefined);
  }
}

/** Tries to have a child in `onStop`; what came of it stands in the ledger. */
export class WantsChildTooLate extends Actor<{ ledger: SharedArrayBuffer }> {
  static module = import.meta.url;
  override async onStop() {
    const { ledger } = this.props;
    const props = { ledger, below: 0, budget: 0 };
    const name = await this.context.spawn(Generation, { props }).then(
      () => 'spawned',
      (error: Error) => error.name,
    );
    enter(ledger, name === 'ActorStoppedError' ? 1 : 2);
  }
  fail(message: string) {
    throw new Error(message);
  }
  here() {
    return this.context.path;
  }
}

/** Has a child that can be kept busy. */
export class Keeper extends Actor<{ ledger: SharedArrayBuffer }> {
  static module = import.meta.url;
  #child: ActorRef<Kept> | undefined;
  override async onStart() {
    this.#child = await this.context.spawn(Kept, { name: 'kept', props: this.props });
  }
  child() {
    return this.#child as ActorRef<Kept>;
  }
  fail(message: string) {
    throw new Error(message);
  }
}

export class Kept extends Actor<{ ledger: SharedArrayBuffer }> {
  static module = import.meta.url;
  /** Waits for an answer that its parent cannot give while it is restarted. */
  async askParent(parent: ActorRef<Keeper>) {
    await parent.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.child();
  }
  async hold(gate: SharedArrayBuffer) {
    await passGate(gate);
  }
  note(n: number) {
    enter(this.props.ledger, n);
  }
}

/** Does not wait for the child that it spawns, and has no `onStop`. */
export class Hasty extends Actor {
  static module = import.meta.url;
  begin() {
    void this.context.spawn(Idle, { name: 'late', placement: 'shared' }).catch(() => undefined);
  }
}

export class Idle extends Actor {
  static module = import.meta.url;
}
