/** Actors that hand on what they are given, by every way there is. */
import { Observable } from 'rxjs';
import { Actor, type ActorRef } from '../../../core/index.js';

const here = import.meta.url;

export class Carrier extends Actor<{ value?: unknown } | undefined> {
  static module = here;
  #kept: unknown[] = [];
  echo(...args: unknown[]) {
    return args;
  }
  ofProps() {
    return this.props?.value;
  }
  throwWith(value: unknown) {
    throw Object.assign(new Error('carries'), { value });
  }
  async *items(...values: unknown[]): AsyncGenerator<unknown> {
    yield* values;
  }
  observed(...values: unknown[]): Observable<unknown> {
    return new Observable((subscriber) => {
      for (const value of values) subscriber.next(value);
      subscriber.complete();
    });
  }
  failingWith(value: unknown): Observable<unknown> {
    return new Observable((subscriber) => subscriber.error(Object.assign(new Error('carries'), { value })));
  }
  keep(value: unknown) {
    this.#kept.push(value);
  }
  kept() {
    return this.#kept;
  }
  write(memory: SharedArrayBuffer, at: number, value: number) {
    new Int32Array(memory)[at] = value;
  }
  writeProps(at: number, value: number) {
    new Int32Array((this.props as { value: SharedArrayBuffer }).value)[at] = value;
  }
  isSelf(ref: unknown, inside: { deep: Map<unknown, unknown> }) {
    return [ref === this.self, inside.deep.get('ref') === ref, inside.deep.has(ref)];
  }
  async useProps(method: 'isHere') {
    return await (this.props as { value: { list: ActorRef<Carrier>[] } }).value.list[0].ask[method]();
  }
  isHere() {
    return this.context.path;
  }
  sizeOf(value: { length: number } | { byteLength: number }) {
    return 'byteLength' in value ? value.byteLength : value.length;
  }
  big(bytes: number) {
    return Buffer.alloc(bytes, 7);
  }
  portAnswers(port: import('node:worker_threads').MessagePort) {
    port.postMessage('moved');
    port.close();
  }
  failOn(value: unknown, how: string) {
    this.#kept.push(value);
    if (how === 'throw') throw new Error('on purpose');
    if (how === 'exit') process.exit(3);
  }
}
