import { Actor } from '../../../core/index.js';
import { knock } from '../../support/gate.js';

/** Longer than a turn, for as many messages as an actor handles in a row. */
const WORK_MS = 0.02;

/** Actors of one thread, each of which can see how far the others have come. */
export class Crowded extends Actor {
  static module = import.meta.url;
  static handled: Record<string, number> = {};

  /** Blocks the thread until the gate opens. */
  hold(gate: SharedArrayBuffer): void {
    knock(gate);
    Atomics.wait(new Int32Array(gate), 0, 0);
  }

  work(): void {
    const { name } = this.context;
    for (const end = performance.now() + WORK_MS; performance.now() < end; );
    Crowded.handled[name] = (Crowded.handled[name] ?? 0) + 1;
  }

  /** By name, how many have been handled in this thread. */
  look(): Record<string, number> {
    return { ...Crowded.handled };
  }
}
