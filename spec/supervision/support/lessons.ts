/** Actors for what others got wrong. */
import { Actor } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

/** Its constructor leaves a timer, and throws. */
export class Zombie extends Actor<{ ticks: SharedArrayBuffer }> {
  static module = import.meta.url;
  constructor() {
    super();
    const words = new Int32Array(this.props.ticks);
    this.context.schedule.every(1, () => Atomics.add(words, 0, 1));
    throw new Error('not to be');
  }
}

export class Patient extends Actor {
  static module = import.meta.url;
  hello(): string {
    return 'hello';
  }
  /** Its thread is free meanwhile. */
  async rest(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
  async hold(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
  }
  async untilAborted(gate: SharedArrayBuffer): Promise<void> {
    const { signal } = this.context;
    void passGate(gate);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  /** Whether its own signal has aborted after so long. */
  async isAborted(ms: number): Promise<boolean> {
    const { signal } = this.context;
    await this.rest(ms);
    return signal.aborted;
  }
}
