/** Actors to be looked at: they do what they are told, and fail, hang or wait. */
import { Actor } from '../../../core/index.js';
import { knock, passGate } from '../../support/gate.js';

const here = import.meta.url;

export class Player extends Actor<unknown> {
  static module = here;
  readonly #notes: unknown[] = [];

  note(item: unknown): void {
    this.#notes.push(item);
  }
  notes(): readonly unknown[] {
    return this.#notes;
  }
  /** Fails unless it has been told to be good. */
  careful(item: unknown): void {
    if (!this.#notes.includes('be good')) throw new RangeError(`no use for ${item}`);
    this.note(item);
  }
  pass(to: string, item: unknown): void {
    this.context.find(Player, to).tell.note(item);
  }
  async hold(gate: SharedArrayBuffer): Promise<void> {
    await passGate(gate);
  }
  /** Keeps its thread until the gate is open. */
  spin(gate: SharedArrayBuffer): void {
    knock(gate);
    while (Atomics.load(new Int32Array(gate), 0) === 0);
  }
  async spinLater(gate: SharedArrayBuffer): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.spin(gate);
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let n = 0; n < to; n++) yield n;
  }
}

/** Fails what it is told, and goes on. */
export class Careless extends Actor<unknown> {
  static module = here;
  fail(message: string): void {
    throw new Error(message);
  }
}
