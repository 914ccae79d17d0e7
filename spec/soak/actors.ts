/** Who comes and goes during the soak. */
import { workerData } from 'node:worker_threads';
import { Actor } from '../../core/index.js';

export class Guest extends Actor<{ text?: string }> {
  static module = import.meta.url;
  #notes = 0;
  note(_text: string) {
    this.#notes++;
  }
  count() {
    return this.#notes;
  }
  fail() {
    throw new Error('on purpose');
  }
  exit() {
    process.exit(3);
  }
  async *items(count: number) {
    for (let n = 0; n < count; n++) yield n;
  }
  /** Has a child for a moment. */
  async raise() {
    const child = await this.context.spawn(Guest, { name: 'child', placement: 'shared' });
    child.tell.note('hello');
    const notes = await child.ask.count();
    await child.stop();
    return notes;
  }
  /** What all threads share, for who measures it. */
  arena(): SharedArrayBuffer {
    return (workerData as Record<string, { buffer: SharedArrayBuffer }>)['troupe:boot'].buffer;
  }
}
