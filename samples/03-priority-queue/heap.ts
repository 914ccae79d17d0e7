/** A heap of numbers in shared memory, made safe for threads by a mutex and a condition variable. */
import type { SharedHandle } from '../../core/queue/index.js';
import { Condition, Mutex } from '../../core/queue/sync/index.js';

export interface HeapHandle {
  readonly cells: SharedArrayBuffer;
  readonly notEmpty: SharedHandle<'Condition'>;
}

/** Cell 0 counts; the smallest number stands in cell 1, and the children of cell i in 2i and 2i + 1. */
export class SharedHeap {
  readonly #cells: Int32Array;
  readonly #notEmpty: Condition;

  constructor(readonly handle: HeapHandle) {
    this.#cells = new Int32Array(handle.cells);
    this.#notEmpty = Condition.attach(handle.notEmpty);
  }

  static create(capacity: number): SharedHeap {
    const cells = new SharedArrayBuffer((capacity + 1) * Int32Array.BYTES_PER_ELEMENT);
    return new SharedHeap({ cells, notEmpty: Condition.create(Mutex.create()).handle });
  }

  /** Blocks while another is at the heap. */
  pushSync(value: number): void {
    using _guard = this.#notEmpty.mutex.acquireSync();
    const cells = this.#cells;
    let at = ++cells[0];
    for (; at > 1 && cells[at >> 1] > value; at >>= 1) cells[at] = cells[at >> 1];
    cells[at] = value;
    this.#notEmpty.notify();
  }

  /** Waits while the heap is empty; meanwhile the mutex is free, and others can push. */
  async pop(): Promise<number> {
    using _guard = await this.#notEmpty.mutex.acquire();
    await this.#notEmpty.waitFor(() => this.#cells[0] > 0);
    return this.#removeSmallest();
  }

  #removeSmallest(): number {
    const cells = this.#cells;
    const smallest = cells[1];
    const last = cells[cells[0]--];
    let at = 1;
    for (let child = 2; child <= cells[0]; child = at * 2) {
      if (child < cells[0] && cells[child + 1] < cells[child]) child++;
      if (cells[child] >= last) break;
      cells[at] = cells[child];
      at = child;
    }
    cells[at] = last;
    return smallest;
  }
}
