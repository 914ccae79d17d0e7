/** Actors whose threads die when they have told of a message that they give up, and before they do anything else. */
import { Actor } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

/** What is said to another thread is put, and then marked, by this call. */
function dieOfNextWord(): void {
  Atomics.or = () => process.exit(3);
}

export class LastWord extends Actor {
  static module: string = import.meta.url;
  fail(..._beside: unknown[]): void {
    dieOfNextWord();
    throw new Error('its last word');
  }
  async wait(gate: SharedArrayBuffer): Promise<void> {
    this.context.signal.addEventListener('abort', dieOfNextWord);
    await passGate(gate);
  }
  hello(): string {
    return 'hello';
  }
}

export class SeveralLastWords extends LastWord {
  static override module = import.meta.url;
  static concurrency = 2;
}
