/** Counts in shared memory, or ends its thread. */
import { Actor } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

export class Fatal extends Actor<{ number: number; counts: SharedArrayBuffer }> {
  static module = import.meta.url;
  hello(): string {
    return 'hello';
  }
  count(): void {
    Atomics.add(new Int32Array(this.props.counts), this.props.number, 1);
  }
  async countAt(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
    this.count();
  }
  die(): void {
    process.exit(3);
  }
}
