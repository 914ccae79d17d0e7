/** One that takes its question back when it is answered already, and the one that it asks. */
import { Actor, type ActorRef } from '../../../core/index.js';
import { knock } from '../../support/gate.js';

export class Asked extends Actor {
  static module = import.meta.url;
  answer(gate: SharedArrayBuffer): string {
    knock(gate);
    return 'answered';
  }
}

export class TakingBack extends Actor {
  static module = import.meta.url;
  tooLate(asked: ActorRef<Asked>, gate: SharedArrayBuffer): void {
    const controller = new AbortController();
    const { signal } = controller;
    asked
      .with({ signal })
      .ask.answer(gate)
      .catch(() => undefined);
    // It reads no answer meanwhile.
    Atomics.wait(new Int32Array(gate), 1, 0);
    controller.abort();
  }
  async asks(asked: ActorRef<Asked>, gate: SharedArrayBuffer): Promise<string> {
    return asked.ask.answer(gate);
  }
  isUp(): boolean {
    return true;
  }
}
